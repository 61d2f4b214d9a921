"""Tasks and notes for people who answered: one of each per event, in the words of the mapping. Pure.

The reference in the title names the event, so that a lost answer is settled by looking for it. It begins with
`lf-`, is made of the event's own id and never changes; what was made under it once is never made again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal, cast

from pydantic import Field

from pipeline.models import PlanRow
from pipeline.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pipeline.mapping import ActivityMapping, VendorMapping
    from pipeline.models import Action, Json
    from pipeline.planning.desired import Desired
    from pipeline.planning.diff import Place

Kind = Literal["reply", "booked", "call"]

REFERENCE_DIGITS = 16
TITLES: Mapping[Kind, tuple[str, str]] = {
    "reply": ("Answer the reply", "Replied"),
    "booked": ("Prepare the meeting", "Booked a meeting"),
    "call": ("Follow up the call", "Took a call"),
}
"""Kind of event → what is to be done, what happened."""
WAYS: Mapping[str, str] = {"email": "by e-mail", "sms": "by SMS", "call": "", "meeting": ""}


class Feedback(Rule):
    """What one platform receives when a person answers. See `rules/feedback.yaml`."""

    task: bool = True
    note: bool = True
    kinds: tuple[Kind, ...] = ("reply",)
    max_age_days: int = Field(14, ge=0, le=365)
    due_in_days: int = Field(1, ge=0, le=90)
    quote: bool = False
    quote_length: int = Field(400, ge=1, le=4000)
    negative: tuple[str, ...] = ()

    def since(self, as_of: date) -> date:
        """Return the first day whose events still count."""
        return as_of - timedelta(days=self.max_age_days)


class FeedbackRules(Rule):
    """`rules/feedback.yaml`."""

    zoho: Feedback


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a person did, as `sql/crm/zoho__events.sql` gives it; `text` is the message, where there is one."""

    engagement_id: str
    person_key: str
    kind: Kind
    channel: str | None
    occurred_at: datetime
    campaign: str | None = None
    grade: str | None = None
    text: str | None = None

    @property
    def reference(self) -> str:
        """Return the name of the event at the platform."""
        return f"lf-{self.engagement_id[:REFERENCE_DIGITS]}"


def activity_rows(
    events: Iterable[Event],
    rules: Feedback,
    mapping: VendorMapping,
    *,
    desired: Sequence[Desired],
    theirs: Mapping[Place, Mapping[str, Json]],
    created: Collection[str],
    begun: Collection[tuple[str, str]],
    users: Collection[str] = (),
) -> list[PlanRow]:
    """Return the plan rows of tasks and notes that the platform does not have yet.

    Args:
        events: what people did, human and in the time that counts.
        rules: what the platform receives.
        mapping: the platform's mapping; without `activities` nothing is planned.
        desired: where each person lives; whoever is held back, gone or unknown gets nothing.
        theirs: (object, record id) → fields as mirrored: the owner of a record is read here.
        created: keys of people whose record this plan makes.
        begun: (operation, reference) of what was made, or may have been.
        users: ids of active users; a task of anybody else would be seen by nobody. Empty: not known.
    """
    homes = {one.person_key: one for one in reversed(desired) if one.duplicate_of is None}
    rows = []
    for event in events:
        home = homes.get(event.person_key)
        if home is None or home.is_gone or home.hold is not None:
            continue
        kind = home.object or mapping.people
        record = theirs.get((kind, home.record_id)) if home.record_id is not None else None
        if record is None and (home.record_id is not None or event.person_key not in created):
            continue
        refusal = refused(event.text, rules.negative)
        owner = _owner(mapping, kind, record if record is not None else home.values, users)
        for operation, told in (
            ("add_note", mapping.activities.get("note")),
            ("add_task", mapping.activities.get("task")),
        ):
            is_wanted = rules.note if operation == "add_note" else rules.task and refusal is None
            if told is None or not is_wanted or (operation, event.reference) in begun:
                continue
            fields = _fields(event, rules, told, is_task=operation == "add_task", refusal=refusal, owner=owner)
            rows.append(
                PlanRow(
                    vendor=mapping.vendor,
                    object=kind,
                    record_id=home.record_id,
                    person_key=event.person_key,
                    action=cast("Action", operation),
                    field=event.reference,
                    new_value={"reference": event.reference, "fields": fields},
                    reason=_reason(event, refusal, owner if operation == "add_task" else None),
                )
            )
    return rows


def refused(text: str | None, phrases: Sequence[str]) -> str | None:
    """Return the phrase that makes a message a no, None when it has none, or when there is no text."""
    found = _pattern(tuple(phrases)).search(" ".join((text or "").replace("\u2019", "'").split())) if phrases else None
    return found[0].casefold() if found else None


@cache
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(re.escape(" ".join(phrase.split())) for phrase in sorted(phrases, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


def _fields(
    event: Event, rules: Feedback, told: ActivityMapping, *, is_task: bool, refusal: str | None, owner: str | None
) -> dict[str, Json]:
    to_do, happened = TITLES[event.kind]
    way = WAYS.get(event.channel or "", f"by {event.channel}" if event.channel else "")
    fields: dict[str, Json] = {
        told.title: f"{f'{to_do if is_task else happened} {way}'.strip()} ({event.reference})",
        told.text: _gist(event, refusal, f"{happened} {way}".strip()),
    }
    if not is_task and rules.quote and event.text:
        fields[told.text] += f"\n\n{event.text[: rules.quote_length].strip()}"
    if is_task and told.due:
        fields[told.due] = (event.occurred_at.astimezone(UTC).date() + timedelta(days=rules.due_in_days)).isoformat()
    if is_task and told.owner and owner:
        fields[told.owner] = {"id": owner}
    return fields


def _gist(event: Event, refusal: str | None, happened: str) -> str:
    told = f"{happened} on {event.occurred_at.astimezone(UTC):%Y-%m-%d}"
    told += f", campaign {event.campaign}" if event.campaign else ""
    told += f"; grade {event.grade}" if event.grade else ""
    told += f". Reads like a no: {refusal}" if refusal else ""
    return f"{told}. Look at the conversation in the outreach platform. Written by leadflow."


def _reason(event: Event, refusal: str | None, owner: str | None) -> str:
    told = f"{event.kind} of {event.occurred_at.astimezone(UTC):%Y-%m-%d}"
    told += f"; reads like a no ({refusal}): no task" if refusal else ""
    return told + ("; for the owner of the record" if owner else "")


def _owner(mapping: VendorMapping, kind: str, record: Mapping[str, Json], users: Collection[str]) -> str | None:
    fields = mapping.objects[kind].fields
    name = next((name for name, rule in fields.items() if rule.column == "owner_id"), None)
    value = record.get(name) if name is not None else None
    found = value.get("id") if isinstance(value, dict) else value
    return str(found) if found and (not users or str(found) in users) else None
