"""Taking back a run, end to end over real sockets: what is restored, what stays, and that it stays restored.

One history is played once: a run; a person edits a value it wrote; the run is taken back, the plans are approved and
sent; a second run; a day of events and a third run; the undo is released, a fourth run.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from assets import undo, undoview
from pipeline.planning.equivalence import is_blank, tag_set
from resources.ledger.history import UnknownRun
from resources.ledger.undoings import Undoings
from resources.settings import load_settings
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assets.runs import RunReport
    from assets.undoreport import UndoReport
    from tests.runs.conftest import House

EDITED = "Edited-by-a-person"
Records = dict[tuple[str, str], dict[str, Any]]


def records(house: House) -> Records:
    """Return what Zoho holds: (module, id) → fields."""
    with house.workspace() as workspace:
        return {
            (module, row["id"]): row
            for module in ("Leads", "Contacts", "Accounts")
            for rows, _ in workspace.vendors.zoho.records(module)
            for row in rows
        }


@dataclass
class Tale:
    """What one house went through."""

    house: House
    steps: dict[str, RunReport] = field(default_factory=dict)
    writes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    there: dict[str, Records] = field(default_factory=dict)
    reports: dict[str, UndoReport] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    edited: dict[str, Any] = field(default_factory=dict)

    def run(self, name: str, **how: Any) -> None:
        before = self.house.last_request()
        self.steps[name] = self.house.run(**how)
        self.writes[name] = self.house.requests("write", since=before)
        self.there[name] = records(self.house)

    def edit(self) -> None:
        """A person replaces one of the values that the run filled in."""
        filled = self.house.rows(
            "SELECT record_id, field, new_value FROM crm.zoho__plan WHERE action = 'update' AND object = 'Leads'"
            " AND field IN ('City', 'State') AND old_value = 'null' ORDER BY record_id"
        )
        self.edited = filled[0]
        with self.house.workspace() as workspace:
            row = {"id": self.edited["record_id"], self.edited["field"]: EDITED}
            workspace.vendors.zoho.update("Leads", [row])

    def take_back(self, name: str, run: str) -> None:
        self.reports[name] = undo.take_back(run)
        with closing(Workspace.open(load_settings())) as workspace:
            for vendor, plan_hash in self.reports[name].plans.items():
                self.rows[f"{name} {vendor}"] = workspace.ledger.plan_rows(plan_hash)

    def approve(self, name: str) -> None:
        with closing(Workspace.open(load_settings())) as workspace:
            for plan_hash in self.reports[name].plans.values():
                workspace.ledger.approve(plan_hash, "Ada")


@pytest.fixture(scope="module")
def tale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tale]:
    from tests.runs.conftest import houses

    with houses(tmp_path_factory.mktemp("undo")) as build:
        told = Tale(build(people=40, samples=False))
        told.there["before"] = records(told.house)
        told.run("first")
        told.edit()
        told.take_back("undo", told.steps["first"].run_id[:8])
        told.run("unapproved", select="apply_zoho")
        told.approve("undo")
        told.run("sent", select="apply_zoho")
        told.run("sent ghl", select="apply_ghl")
        told.run("second")
        told.house.ask("advance", {"days": 1})
        told.run("third")
        undo.release(told.steps["first"].run_id)
        told.run("fourth")
        yield told


def values(row: dict[str, Any], *names: str) -> list[Any]:
    return [row.get(name) for name in names]


def restored(tale: Tale) -> list[dict[str, Any]]:
    return [row for row in tale.rows["undo zoho"] if row["action"] == "update"]


def test_a_plan_takes_the_run_back_toward_each_vendor_it_wrote_to(tale: Tale) -> None:
    report = tale.reports["undo"]
    assert report.exit_code == 4
    assert set(report.plans) == {"zoho", "ghl"}
    assert restored(tale)
    assert report.refused == {"zoho": {}, "ghl": {}}


def test_nothing_is_sent_before_a_person_approves_even_where_plans_are_applied_by_themselves(tale: Tale) -> None:
    assert tale.steps["unapproved"].exit_code == 4
    assert tale.writes["unapproved"] == []


def test_every_field_that_nobody_touched_is_as_it_was_before_the_run(tale: Tale) -> None:
    assert tale.steps["sent"].exit_code == 0
    for row in restored(tale):
        place, name = (row["object"], row["record_id"]), row["field"]
        # An account that a conversion of this run made held nothing before.
        before, after = tale.there["before"].get(place, {}).get(name), tale.there["sent"][place].get(name)
        assert after == before or (is_blank(after) and is_blank(before)), (place, name)
    whole = {place: row for place, row in tale.there["before"].items() if place in tale.there["sent"]}
    changed = Counter(
        name
        for place, row in whole.items()
        for name in row
        if name in {"City", "State", "Country", "Phone", "Designation", "Title", "Account_Fit", "Engagement"}
        and not (is_blank(row[name]) and is_blank(tale.there["sent"][place].get(name)))
        and row[name] != tale.there["sent"][place].get(name)
    )
    assert changed.total() == 1, "the value that a person edited since, and no other"


def test_what_a_person_edited_since_stays_and_is_named(tale: Tale) -> None:
    place, name = ("Leads", tale.edited["record_id"]), tale.edited["field"]
    assert tale.there["sent"][place][name] == EDITED
    named = [row for row in tale.rows["undo zoho"] if (row["record_id"], row["field"]) == (place[1], name)]
    assert [(row["action"], row["reason"]) for row in named] == [("skip", "edited by a person since: stays")]
    assert tale.reports["undo"].stays["zoho"]["edited by a person since: stays"] == 1


def test_tags_that_the_run_added_are_removed_and_tags_of_people_stay(tale: Tale) -> None:
    def split(when: str) -> tuple[set[str], list[Any]]:
        found = {place: tag_set(row.get("Tag") or []) for place, row in tale.there[when].items()}
        ours = {tag for tags in found.values() for tag in tags if tag.startswith("lf-")}
        theirs = sorted((place, tag) for place, tags in found.items() for tag in tags if not tag.startswith("lf-"))
        return ours, theirs

    assert split("first")[0]
    assert split("sent")[0] == set()
    assert split("sent")[1] == split("before")[1]


def test_created_records_and_opt_outs_stay_and_the_report_says_so(tale: Tale) -> None:
    stays = tale.reports["undo"].stays["zoho"]
    inserts = tale.house.rows(
        "SELECT person_key FROM crm.zoho__writes WHERE operation = 'insert' AND state = 'confirmed' AND run_id = ?",
        tale.steps["first"].run_id,
    )
    assert inserts
    assert stays["created by this run: the record stays, leadflow deletes nothing"] == len(inserts)
    assert set(tale.there["first"]) <= set(tale.there["sent"])
    assert tale.reports["undo"].spent["apollo_credit"] > 0


def test_the_next_plan_does_not_write_again_what_was_taken_back(tale: Tale) -> None:
    undone = {(row["record_id"], row["field"]) for row in restored(tale)}
    assert tale.steps["second"].exit_code == 0
    again = [
        (row["id"], name)
        for line in tale.writes["second"]
        if line["vendor"] == "zoho" and line["method"] == "PUT"
        for row in line["body"]["data"]
        for name in row
    ]
    assert undone & set(again) == set()
    assert not [line for line in tale.writes["second"] if "add_tags" in line["path"] or line["path"].endswith("/tags")]


def test_a_value_of_ours_that_changed_since_is_written_and_the_rest_still_waits(tale: Tale) -> None:
    undone = {(row["record_id"], row["field"]): row["old_value"] for row in restored(tale)}
    written = {
        (row["id"], name): value
        for line in tale.writes["third"]
        if line["vendor"] == "zoho" and line["method"] == "PUT"
        for row in line["body"]["data"]
        for name, value in row.items()
    }
    again = {spot: value for spot, value in written.items() if spot in undone}
    assert all(json.dumps(value) != undone[spot] for spot, value in again.items())
    assert len(again) < len(undone)


def test_what_a_person_released_is_written_again(tale: Tale) -> None:
    tags = {tag for row in tale.there["fourth"].values() for tag in tag_set(row.get("Tag") or [])}
    assert any(tag.startswith("lf-") for tag in tags)
    held = {
        row["person_key"]
        for row in tale.house.rows('SELECT person_key FROM "qualify".holds WHERE is_optout OR is_crm_held')
    }
    fits = [
        tale.there["fourth"][row["object"], row["record_id"]].get("Account_Fit")
        for row in restored(tale)
        if row["field"] == "Account_Fit"
        and row["person_key"] not in held
        and (row["object"], row["record_id"]) in tale.there["fourth"]
    ]
    assert fits
    assert not any(is_blank(value) for value in fits)


def test_the_history_of_changes_names_the_run_that_took_each_back(tale: Tale) -> None:
    rows = tale.house.rows(
        "SELECT field, undone_by_run FROM reports.changes WHERE run_id = ? AND undone_by_run IS NOT NULL"
        " AND vendor = 'zoho' AND action = 'update'",
        tale.steps["first"].run_id,
    )
    assert len(rows) == len(restored(tale))
    assert {row["undone_by_run"] for row in rows} == {tale.steps["sent"].run_id}


def test_the_report_can_be_printed_in_each_form_without_values_of_people(
    tale: Tale, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tale.reports["undo"]
    text = "\n".join(undoview.lines(report, bullet="- "))
    assert f"leadflow apply {report.plans['zoho'][:8]}" in text
    assert "edited by a person since: stays" in text
    assert "@" not in text + json.dumps(report.as_json())
    assert EDITED not in text
    with pytest.raises(UnknownRun, match="no run has the id 'nope'"):
        undoview.undo("nope", output="json", is_release=False)
    assert capsys.readouterr().out == ""


def test_a_run_that_wrote_nothing_has_nothing_to_take_back(house_of: Callable[..., House]) -> None:
    house = house_of(people=20, samples=False)
    house.run()
    second = house.run()
    report = undo.take_back(second.run_id)
    assert (report.exit_code, report.plans) == (0, {})
    with house.workspace() as workspace:
        assert Undoings(workspace.ledger.store).undo_plans() == []
