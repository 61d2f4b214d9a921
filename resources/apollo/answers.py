"""What Apollo answers, as frozen types (Apollo fact sheet §0, §4, §8, §9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import RequestRefused, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Json
    from resources.http import Reply

MOST_PER_PAGE = 100
MOST_PAGES = 500
_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of a search: how many people match in all, the people of this page, the answer as received.

    Each person has an `id` that `match_people` takes; one the team has saved already also has `contact_id`.
    """

    number: int
    total: int
    people: list[dict[str, Json]]
    content: bytes
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchAnswer:
    """People in the order of the ids asked (None: not found), the credits it cost, the answer as received.

    `credits` is None when Apollo does not say. `strangers` are people under ids that were not asked.
    """

    people: list[dict[str, Json] | None]
    credits: float | None
    content: bytes
    strangers: tuple[dict[str, Json], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditUsage:
    """Lead credits of the running cycle; None where the plan has no such limit. Dates are ISO texts."""

    limit: float | None
    consumed: float | None
    left: float | None
    cycle_start: str | None
    cycle_end: str | None


def search_page(reply: Reply, number: int, per_page: int) -> SearchPage:
    """Return a page of either search; the older one has `contacts` beside and its total in `pagination`."""
    body = mapping(reply)
    people, contacts = body.get("people", _MISSING), body.get("contacts")
    people, contacts = [] if people is None else people, [] if contacts is None else contacts
    paging = _inner(body, "pagination")
    total = _number(body.get("total_entries", paging.get("total_entries")))
    if not isinstance(people, list) or not isinstance(contacts, list) or total is None:
        raise _unexpected(reply, "`people` and `total_entries`")
    is_empty = body.get("people") is None and not contacts
    if is_empty and (number - 1) * per_page < min(total, MOST_PAGES * MOST_PER_PAGE):
        raise _unexpected(reply, f"any of the {total:,.0f} people that it counts")
    # A saved contact carries the person's id apart from its own; one without cannot be enriched by id.
    saved = [
        {**each, "id": each["person_id"], "contact_id": each.get("id")} for each in contacts if each.get("person_id")
    ]
    found = {each["id"]: each for each in (*people, *saved) if each.get("id")}
    shown = min(total, MOST_PAGES * MOST_PER_PAGE)
    return SearchPage(
        number=number,
        total=int(total),
        people=list(found.values()),
        content=reply.content,
        is_last=not (people or contacts) or number * per_page >= shown or number >= MOST_PAGES,
    )


def match_answer(reply: Reply, ids: Sequence[str]) -> MatchAnswer:
    """Return the people of a bulk_match answer under the ids that were asked."""
    body = mapping(reply)
    matches = body.get("matches")
    if body.get("status") == "failed":
        raise RequestRefused(
            f"Apollo refused the enrichment: {body.get('error_message')}",
            vendor="apollo",
            status=reply.status,
            code=body.get("error_code"),
            answer=body,
        )
    if not isinstance(matches, list):
        raise _unexpected(reply, "`matches`")
    # By id, never by place: placeholders of people not found are not promised.
    found = {each["id"]: each for each in matches if isinstance(each, dict) and each.get("id")}
    return MatchAnswer(
        people=[found.get(each) for each in ids],
        credits=_number(body.get("credits_consumed")),
        content=reply.content,
        strangers=tuple(person for key, person in found.items() if key not in set(ids)),
    )


def credit_usage(reply: Reply) -> CreditUsage:
    """Return the lead credits that an answer of usage_stats/credit_usage_stats tells."""
    body = mapping(reply)
    stats = _inner(_inner(body, "credit_usage_stats"), "lead_credit")
    cycle = _inner(body, "current_credit_cycle")
    return CreditUsage(
        limit=_number(stats.get("limit")),
        consumed=_number(stats.get("consumed")),
        left=_number(stats.get("left_over")),
        cycle_start=cycle.get("start_date"),
        cycle_end=cycle.get("end_date"),
    )


def sequence_rows(reply: Reply) -> list[dict[str, Json]]:
    """Return the sequences of an answer of emailer_campaigns/search; UnexpectedAnswer when one has no id."""
    rows = mapping(reply).get("emailer_campaigns")
    if not isinstance(rows, list) or not all(isinstance(each, dict) and each.get("id") for each in rows):
        raise _unexpected(reply, "`emailer_campaigns[].id`")
    return rows


def mapping(reply: Reply) -> dict[str, Json]:
    """Return the body as an object; UnexpectedAnswer when it is something else."""
    body = reply.json()
    if not isinstance(body, dict):
        raise _unexpected(reply, "a JSON object")
    return body


def _inner(body: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    inner = body.get(key)
    return inner if isinstance(inner, dict) else {}


def _number(value: Json) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _unexpected(reply: Reply, wanted: str) -> UnexpectedAnswer:
    body = reply.json()
    seen = ", ".join(sorted(body)[:12]) if isinstance(body, dict) else type(body).__name__
    return UnexpectedAnswer(
        f"Apollo answered {reply.request} without {wanted} (it holds: {seen}); nothing of it was used",
        vendor="apollo",
        status=reply.status,
        answer=body,
    )
