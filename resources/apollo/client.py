"""Apollo: people search (teasers, free) and enrichment by id (one credit a person found).

Docs: https://docs.apollo.io/reference/people-api-search, /bulk-people-enrichment (Apollo fact sheet §4, §8).
Oddities: the search silently ignores filters it does not know, so their names are checked here; it names
people without surname, address or domain; enrichment charges each time a person is returned and has no
idempotency key, so a lost answer is never repeated. Limits are three windows per endpoint, in nine headers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import AnswerLost, CredentialsRejected, RequestRefused, UnexpectedAnswer
from resources.apollo.answers import (
    MOST_PAGES,
    MOST_PER_PAGE,
    CreditUsage,
    MatchAnswer,
    SearchPage,
    credit_usage,
    mapping,
    match_answer,
    search_page,
    sequence_rows,
)
from resources.apollo.filters import query_of
from resources.pagination import Page, by_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.models import Json
    from resources.http import Door

MOST_PER_MATCH = 10
LONGEST_QUERY = 6000
"""Characters of filters that still go into the query; more (a long list of domains) goes as a JSON body."""


class ApolloClient:
    """Apollo as leadflow uses it. The door knows the key, the limits and what errors mean."""

    def __init__(self, *, door: Door) -> None:
        self._door = door

    def search_people(self, filters: Mapping[str, Json], *, page: int, per_page: int = MOST_PER_PAGE) -> SearchPage:
        """Return one page of teasers; costs no credit.

        Filters go by Apollo's names without `[]`; ranges are `{"min": …, "max": …}`.

        Raises:
            ConfigurationError: a filter is unknown (Apollo would ignore it and return anybody).
            UnexpectedAnswer: the answer holds no list of people or no total.
        """
        query = [*query_of(filters), ("page", str(page)), ("per_page", str(per_page))]
        is_long = sum(len(name) + len(value) for name, value in query) > LONGEST_QUERY
        reply = self._door.call(
            "POST",
            "/mixed_people/api_search",
            params=None if is_long else query,
            json={**filters, "page": page, "per_page": per_page} if is_long else None,
            repeatable=True,
            writes=False,
            purpose="people search",
        )
        return search_page(reply, page, per_page)

    def search(self, filters: Mapping[str, Json], *, most: int) -> Iterator[SearchPage]:
        """Yield pages until `most` people were seen or the search ends; each person once.

        Apollo shows the first 50,000 people of a search; split broader ones by country, seniority or size.
        """
        seen: set[str] = set()
        for number in range(1, MOST_PAGES + 1):
            page = self.search_people(filters, page=number)
            people = [person for person in page.people if person["id"] not in seen][: most - len(seen)]
            seen.update(person["id"] for person in people)
            is_last = page.is_last or len(seen) >= most
            yield SearchPage(number=number, total=page.total, people=people, content=page.content, is_last=is_last)
            if is_last:
                return

    def sequences(self) -> list[dict[str, Json]]:
        """Return the sequences of the team with their running totals; costs no credit (fact sheet §9).

        Raises:
            CredentialsRejected, RequestRefused: the key, or the plan, does not reach sequences.
            UnexpectedAnswer: the answer holds no list of sequences.
        """

        def fetch(number: int) -> Page:
            reply = self._door.call(
                "POST",
                "/emailer_campaigns/search",
                params={"page": str(number), "per_page": str(MOST_PER_PAGE)},
                repeatable=True,
                writes=False,
                purpose="sequences",
            )
            return Page(rows=sequence_rows(reply), content=reply.content)

        return [row for page in by_number(fetch, vendor="apollo", size=MOST_PER_PAGE) for row in page.rows]

    def match_people(self, ids: Sequence[str]) -> MatchAnswer:
        """Buy up to 10 people by id; personal addresses and mobile numbers are not asked for.

        Raises:
            AnswerLost: Apollo may have charged: the answer never came, or holds no `matches` (it is kept in
                the error's `answer`). It must not be sent again before somebody looked.
            RequestRefused: nothing was charged.
        """
        if not 0 < len(ids) <= MOST_PER_MATCH:
            raise ValueError(f"people/bulk_match takes 1 to {MOST_PER_MATCH} ids, not {len(ids)}")
        reply = self._door.call(
            "POST",
            "/people/bulk_match",
            params={"reveal_personal_emails": "false", "reveal_phone_number": "false"},
            json={"details": [{"id": each} for each in ids]},
            repeatable=False,
            units=len(ids),
            purpose="enrichment",
        )
        try:
            return match_answer(reply, ids)
        except UnexpectedAnswer as error:
            raise AnswerLost(
                f"{error}; it may have been charged",
                vendor=error.vendor,
                status=error.status,
                answer=error.answer,
            ) from error

    def credit_usage(self) -> CreditUsage | None:
        """Return the credits of the running cycle; None when the key may not ask."""
        try:
            reply = self._door.call(
                "POST", "/usage_stats/credit_usage_stats", repeatable=True, writes=False, purpose="credits"
            )
        except (CredentialsRejected, RequestRefused) as error:
            if error.status == 401:
                raise
            return None
        return credit_usage(reply)

    def profile(self) -> dict[str, Json]:
        """Return the user the key acts as (`id`, `team_id`, `email`); costs nothing."""
        params = {"include_credit_usage": "true"}
        reply = self._door.call("GET", "/users/api_profile", params=params, repeatable=True, purpose="identity check")
        return mapping(reply)
