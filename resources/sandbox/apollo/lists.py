"""The lists: people, companies and saved contacts, page by page (Apollo fact sheet §4, §7, §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo import shapes
from resources.sandbox.apollo.organizations import brief_organization
from resources.sandbox.apollo.parameters import Page, flag, parameters
from resources.sandbox.apollo.refusals import Refusal
from resources.sandbox.apollo.search import Search

if TYPE_CHECKING:
    from resources.sandbox.apollo.directory import Directory
    from resources.sandbox.apollo.team import Team
    from resources.sandbox.calls import Call


class Lists:
    """The searches of one team."""

    def __init__(self, directory: Directory, team: Team) -> None:
        self._world = directory.world
        self._team = team
        self._search = Search(directory)

    def teasers(self, call: Call) -> dict[str, Any]:
        """Search people: teasers and a total on top."""
        wanted = parameters(call)
        page = Page.read(wanted)
        total, found = self._search.people(wanted)
        shown = found[page.start : page.start + page.size]
        return {"total_entries": total, "people": [shapes.teaser(entry) for entry in shown]}

    def legacy(self, call: Call) -> dict[str, Any]:
        """Search people the old way: whole people with locked e-mail, saved ones as contacts."""
        wanted = parameters(call)
        page = Page.read(wanted)
        total, found = self._search.people(wanted)
        shown = found[page.start : page.start + page.size]
        saved, revealed = self._team.saved, self._team.revealed
        people = [
            shapes.locked_person(entry, self._world, revealed=entry.person.id24 in revealed)
            for entry in shown
            if entry.person.id24 not in saved
        ]
        contacts = [saved[entry.person.id24] for entry in shown if entry.person.id24 in saved]
        ids = [entry.person.id24 for entry in shown]
        return _listing(page.summary(total), contacts=contacts, people=people, model_ids=ids, derived_params=None)

    def companies(self, call: Call) -> dict[str, Any]:
        """Search companies, one credit a page."""
        wanted = parameters(call)
        page = Page.read(wanted)
        found = self._search.companies(wanted)
        shown = found[page.start : page.start + page.size]
        self._team.pay(1.0)
        rows = [brief_organization(company) for company in shown]
        ids = [company.id24 for company in shown]
        return _listing(page.summary(len(found)), accounts=[], organizations=rows, model_ids=ids)

    def contacts(self, call: Call) -> dict[str, Any]:
        """List the team's saved contacts, in the order asked for."""
        wanted = parameters(call)
        page = Page.read(wanted, default=25)
        ascending = flag(wanted.get("sort_ascending"))
        ordered = self._team.sorted_contacts(wanted.get("sort_by_field"), ascending=ascending)
        if ordered is None:
            raise Refusal(422, {"error": "Invalid sort criteria", "skip_alert_dialog": True})
        words = str(wanted.get("q_keywords") or "").lower().split()
        found = [c for c in ordered if all(word in f"{c['name']} {c['email']} {c['title']}".lower() for word in words)]
        return _listing(page.summary(len(found)), contacts=found[page.start : page.start + page.size])


def _listing(pagination: dict[str, int], **rows: Any) -> dict[str, Any]:
    """Give the envelope of the older list answers."""
    return {
        "breadcrumbs": [],
        "partial_results_only": False,
        "partial_results_limit": 10_000,
        "has_join": False,
        "disable_eu_prospecting": False,
        "pagination": pagination,
        **rows,
        "num_fetch_result": None,
    }
