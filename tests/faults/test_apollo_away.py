"""Apollo out of reach: nobody new is bought, and everything else of the day is done, opt-outs first."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.conftest import variants
from tests.faults.test_spoiled_answers import Renamed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.faults.conftest import Place, Town


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Why Apollo cannot be asked, and how the run says so: exit code and words of one message."""

    exit_code: int = 1
    words: tuple[str, ...]
    rule: Mapping[str, Any] | None = None
    renamed: tuple[str, str, str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


ABSENCES = {
    "unreachable": Absence(words=("apollo", "no answer"), settings={"APOLLO_BASE_URL": "down"}),
    "broken": Absence(words=("apollo", "503"), rule={"action": "status:503"}),
    "a proxy's page": Absence(words=("apollo", "api_search"), rule={"path": "/mixed_people", "action": "html"}),
    "cut answers": Absence(words=("apollo", "api_search"), rule={"path": "/mixed_people", "action": "truncate"}),
    "another shape": Absence(words=("api_search", "`people`"), renamed=("/mixed_people/.*", "people", "persons")),
    "a revoked key": Absence(exit_code=2, words=("APOLLO_API_KEY",), settings={"APOLLO_API_KEY": "revoked-key"}),
    "too many calls": Absence(words=("Apollo", "api_search"), rule={"path": "/mixed_people", "action": "status:429"}),
    "refused requests": Absence(words=("Apollo", "422"), rule={"path": "/mixed_people", "action": "status:422"}),
}
TRIED = ["unreachable", "another shape", "a revoked key", "too many calls"]


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize("name", variants(TRIED, [name for name in ABSENCES if name not in TRIED]))
def test_without_apollo_the_rest_of_the_day_is_done_and_the_next_run_ends_as_if_nothing_had_happened(
    town: Town, name: str, nobody: str
) -> None:
    absence = ABSENCES[name]
    place = town.at_day(2)
    sandbox = place.running.sandbox
    whole = sandbox.vendors["apollo"]
    begun = len(place.requests())
    place.spoil(*([{"vendor": "apollo", **absence.rule}] if absence.rule else []))
    if absence.renamed is not None:
        sandbox.vendors["apollo"] = Renamed(whole, *absence.renamed)
    settings = {name: nobody if value == "down" else value for name, value in absence.settings.items()}

    report = place.run(**settings)

    place.spoil()
    sandbox.vendors["apollo"] = whole
    assert report.exit_code == absence.exit_code, report.messages
    assert [told for told in report.messages if all(word in told for word in absence.words)], report.messages
    assert {"crm/zoho__readback", "outreach/ghl__enrolments", "reports/publication"} <= {*report.assets}
    assert optouts(place, begun) == {"zoho", "ghl"}

    again = place.run()

    assert (again.exit_code, again.messages) == (0, [])
    town.as_undisturbed(place, day=2)


def optouts(place: Place, begun: int) -> set[str]:
    """Return the vendors that were told of an opt-out."""
    marks = ("Email_Opt_Out", "dndSettings")
    sent = [line for line in place.requests("write", since=begun) if line["status"] < 300]
    return {line["vendor"] for line in sent if any(mark in str(line["body"]) for mark in marks)}
