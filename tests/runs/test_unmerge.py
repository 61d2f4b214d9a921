"""Two people taken for one, written, taken apart and joined again: what each run repairs, and that it falls silent.

One history is played once: a run that writes two people as one; a run on unchanged input; `leadflow review --split`;
the run that repairs the records, the run that writes the person who was split off, a silent one; `same` for the two,
who both have records now; a run, and a silent one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from assets.review import review
from pipeline.identity.decisions import Ruling
from resources.ledger.decisions import Decisions
from tests.runs.two_people import ADA, ADDRESS, GRACE, NUMBER, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assets.runs import RunReport
    from tests.runs.conftest import House

TWO = "SELECT person_key FROM identity.members WHERE source_id IN (?, ?)"
RUNS = ("first", "unchanged", "repair", "second person", "silent", "joined", "silent again")


@dataclass
class Tale:
    """What one house went through."""

    house: House
    reports: dict[str, RunReport] = field(default_factory=dict)
    writes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    keys: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)
    plans: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    zoho: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    ghl: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    duplicates: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def run(self, name: str) -> None:
        """Run, and keep what it did and what the vendors hold of the two people."""
        before = self.house.last_request()
        self.reports[name] = self.house.run()
        self.writes[name] = self.house.requests("write", since=before)
        members = self.house.rows(f"SELECT * FROM identity.members WHERE person_key IN ({TWO})", ADA[1], GRACE[1])
        self.keys[name] = {(row["source"], row["source_id"]): row["person_key"] for row in members}
        self.plans[name] = [
            row
            for table in ("crm.zoho__plan", "outreach.ghl__plan")
            for row in self.house.rows(f"SELECT * FROM {table} WHERE person_key IN ({TWO})", ADA[1], GRACE[1])
        ]
        self.duplicates[name] = self.house.rows("SELECT * FROM crm.zoho__duplicates")
        with self.house.workspace() as workspace:
            leads = [row for rows, _ in workspace.vendors.zoho.records("Leads") for row in rows]
            contacts = [row for rows, _ in workspace.vendors.ghl.contacts() for row in rows]
        self.zoho[name] = {row["id"]: row for row in leads if row.get("Last_Name") in {"Byron", "Hopper"}}
        self.ghl[name] = {row["id"]: row for row in contacts if row.get("lastName") in {"Byron", "Hopper"}}

    def planned(self, name: str, vendor: str, *actions: str) -> list[dict[str, Any]]:
        """Return the rows of a plan about the two."""
        return [row for row in self.plans[name] if row["vendor"] == vendor and row["action"] in actions]


@pytest.fixture(scope="module")
def tale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tale]:
    from tests.runs.conftest import houses

    with houses(tmp_path_factory.mktemp("unmerge")) as build:
        told = Tale(build(people=10, samples=False))
        write(told.house.folder / "inbox" / "two.csv")
        one = Ruling(verdict="same", pairs=((ADA, GRACE),), left=frozenset({ADA}), right=frozenset({GRACE}))
        with told.house.workspace() as workspace:
            Decisions(workspace.ledger.store).decide(one, who="somebody")
        told.run("first")
        told.run("unchanged")
        decide = {"is_decided": False, "who": "Grace", "limit": None, "as_json": True}
        review([told.keys["first"][ADA], ":".join(GRACE)], is_split=True, **decide)
        told.run("repair")
        told.run("second person")
        told.run("silent")
        review([":".join(ADA), ":".join(GRACE), "same"], is_split=False, **decide)
        told.run("joined")
        told.run("silent again")
        yield told


def test_every_run_ends_done(tale: Tale) -> None:
    assert {name: (tale.reports[name].exit_code, tale.reports[name].messages) for name in RUNS} == dict.fromkeys(
        RUNS, (0, [])
    )


def test_two_people_decided_to_be_one_are_one_record_with_the_values_of_both(tale: Tale) -> None:
    (lead,) = tale.zoho["first"].values()
    (contact,) = tale.ghl["first"].values()
    assert (lead["Last_Name"], lead["Email"], lead["Phone"]) == ("Byron", ADDRESS, NUMBER)
    assert (contact["lastName"], contact["email"], contact["phone"]) == ("Byron", ADDRESS, NUMBER)


def test_a_decision_that_names_contradict_holds_for_the_records_written_of_it(tale: Tale) -> None:
    assert len(set(tale.keys["unchanged"].values())) == 1
    assert {record[0] for record in tale.keys["unchanged"]} == {"salesnav", "zoho:Leads", "ghl:contact"}
    assert tale.writes["unchanged"] == []


def test_the_key_stays_where_the_vendor_record_is_and_both_sides_are_restored(tale: Tale) -> None:
    before, after = tale.keys["unchanged"], tale.keys["repair"]
    assert {record for record, key in after.items() if key == before[ADA]} == set(before) - {GRACE}
    assert after[GRACE] not in {before[ADA], None}
    people = tale.house.rows("SELECT * FROM identity.redirects")
    assert {row["old_key"]: row["new_key"] for row in people} == {after[GRACE]: before[ADA]}


def test_the_values_of_the_other_are_taken_off_the_records(tale: Tale) -> None:
    (lead,) = tale.zoho["repair"].values()
    (contact,) = tale.ghl["repair"].values()
    assert (lead["Last_Name"], lead["Email"], lead["Phone"], lead["City"]) == ("Byron", None, None, "London")
    assert [contact.get(name) for name in ("lastName", "email", "phone")] == ["Byron", None, None]
    reasons = {row["reason"] for row in tale.planned("repair", "zoho", "update") if row["field"] in {"Email", "Phone"}}
    assert reasons == {"was somebody else's, taken apart since: we wrote it and no longer have it"}


def test_the_other_waits_until_the_address_is_free(tale: Tale) -> None:
    for vendor in ("zoho", "ghl"):
        assert tale.planned("repair", vendor, "insert") == []
        (held,) = tale.planned("repair", vendor, "hold")
        assert held["person_key"] == tale.keys["repair"][GRACE]
        assert "gives it up first: the next run" in held["reason"]


def test_then_the_other_gets_records_of_her_own(tale: Tale) -> None:
    for vendor, records, name in (("zoho", tale.zoho, "Last_Name"), ("ghl", tale.ghl, "lastName")):
        there, before = records["second person"], records["repair"]
        (fresh,) = set(there) - set(before)
        assert {name: there[fresh][name] for name in there[fresh] if name in {"Email", "email"}} in (
            {"Email": ADDRESS},
            {"email": ADDRESS},
        )
        assert there[fresh][name] == "Hopper"
        assert {there[old][name] for old in before} == {"Byron"}
        assert tale.planned("second person", vendor, "update", "hold") == []
    (fresh,) = set(tale.zoho["second person"]) - set(tale.zoho["repair"])
    assert tale.zoho["second person"][fresh]["Leadflow_ID"] == tale.keys["repair"][GRACE]


@pytest.mark.parametrize("name", ["silent", "silent again"])
def test_the_run_after_a_repair_sends_nothing(tale: Tale, name: str) -> None:
    assert tale.writes[name] == []


def test_of_two_records_of_one_person_the_survivor_is_updated_and_the_other_left_alone(tale: Tale) -> None:
    assert len(set(tale.keys["joined"].values())) == 1
    survivor = next(row["id"] for row in tale.zoho["silent"].values() if row["Last_Name"] == "Byron")
    (other,) = set(tale.zoho["silent"]) - {survivor}
    updated = {row["record_id"] for row in tale.planned("joined", "zoho", "update")}
    (skipped,) = tale.planned("joined", "zoho", "skip")
    assert updated == {survivor}
    assert (skipped["record_id"], skipped["reason"]) == (other, f"duplicate of Leads/{survivor}")
    assert tale.zoho["joined"][survivor]["Email"] == ADDRESS
    assert tale.zoho["joined"][other] == tale.zoho["silent"][other]
    (duplicate,) = tale.duplicates["joined"]
    assert (duplicate["record_id"], duplicate["survivor_id"]) == (other, survivor)
    assert duplicate["person_key"] == tale.keys["joined"][ADA]


def test_an_address_is_not_given_to_a_second_contact_of_a_platform_that_finds_by_it(tale: Tale) -> None:
    skipped = {row["field"]: row["reason"] for row in tale.planned("joined", "ghl", "skip")}
    assert set(skipped) == {"email", "phone"}
    assert all("already: one would be written over the other" in reason for reason in skipped.values())
    assert {status for line in tale.writes["joined"] for status in [line["status"]]} <= {200, 201}
    assert set(tale.ghl["joined"]) == set(tale.ghl["silent"])


def test_a_value_is_taken_off_by_sending_nothing_in_its_place(tale: Tale) -> None:
    (row,) = (row for row in tale.planned("repair", "zoho", "update") if row["field"] == "Email")
    assert (json.loads(row["old_value"]), json.loads(row["new_value"])) == (ADDRESS, None)
    sent = [line["body"]["data"] for line in tale.writes["repair"] if line["path"].endswith("/Leads")]
    assert any("Email" in item and item["Email"] is None for data in sent for item in data)
