"""A platform out of reach: nothing but opt-outs is sent anywhere that day, and these reach the other platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.conftest import variants

if TYPE_CHECKING:
    from tests.faults.conftest import Town

OTHER = {"zoho": "ghl", "ghl": "zoho"}
ABSENCES = {
    "broken": {"action": "status:503"},
    "a proxy's page": {"action": "html"},
    "gone": {"action": "drop_before"},
    "a refused key": {"action": "status:401"},
    "too many calls": {"action": "status:429"},
    "no lists": {"kind": "read", "path": ".*/(Leads|Contacts|coql|contacts/search)", "action": "status:500"},
}
TRIED = [("zoho", "broken"), ("zoho", "no lists"), ("ghl", "a refused key"), ("ghl", "no lists")]


@pytest.mark.parametrize(
    ("vendor", "name"), variants(TRIED, [(v, n) for v in OTHER for n in ABSENCES if (v, n) not in TRIED])
)
def test_opt_outs_reach_the_other_platform_when_one_is_out_of_reach(town: Town, vendor: str, name: str) -> None:
    place = town.at_day(2)
    begun = len(place.requests())
    place.spoil({"vendor": vendor, **ABSENCES[name]})

    report = place.run()

    place.spoil()
    assert report.exit_code == (2 if name == "a refused key" else 1), report.messages
    assert [told for told in report.messages if vendor in told.lower()], report.messages
    assert {"crm/zoho__plan", "outreach/ghl__plan"} <= {*report.assets}
    sent = [line for line in place.requests("write", since=begun) if line["status"] < 300]
    assert OTHER[vendor] in {line["vendor"] for line in sent}, "who said no is taken out there"
    assert [(line["method"], line["path"], line["body"]) for line in sent if not is_of_a_no(line)] == []

    again = place.run()

    assert (again.exit_code, again.messages) == (0, [])
    town.as_undisturbed(place, day=2)


def is_of_a_no(line: dict[str, Any]) -> bool:
    """Return whether a write sets an opt-out, or takes somebody's tags or campaigns away."""
    told = any(mark in str(line["body"]) for mark in ("Email_Opt_Out", "dndSettings"))
    return told or line["method"] == "DELETE" or "remove_tags" in str(line["path"])
