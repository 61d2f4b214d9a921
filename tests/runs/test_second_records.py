"""Second records in whole runs: what only they have moves, and none goes without a person, with work, or changed.

One history is played once: six leads were typed in a second time, each with a mobile number. A run; of the second
records that it would delete one gets a note, and one is changed; the plan is approved and sent.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from assets import undo
from pipeline.planning.undo import FROM_DELETED
from pipeline.rules import packaged
from resources.settings import load_settings
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assets.runs import RunReport
    from tests.runs.conftest import House

Record = dict[str, Any]
MOBILE = "+1 212 555 01{:02d}"


def ruled(folder: Path, action: str) -> str:
    """Write rules that do this with second records; return their folder."""
    place = folder / "rules"
    place.mkdir()
    (place / "gates.yaml").write_text(packaged()["gates"].replace("action: show", f"action: {action}"))
    return str(place)


def leads(house: House) -> dict[str, Record]:
    """Return what Zoho holds: record id → fields."""
    with house.workspace() as workspace:
        return {
            row["id"]: row
            for rows, _ in workspace.vendors.zoho.records("Leads")
            for row in rows
            if not row.get("$converted")
        }


def typed_again(house: House, number: int) -> dict[str, str]:
    """Enter leads a second time, as a colleague would; return second record → first record."""
    known = [row for row in leads(house).values() if row.get("Email") and not row.get("Email_Opt_Out")]
    names = Counter(row["Last_Name"].casefold() for row in known)
    known = [row for row in known if names[row["Last_Name"].casefold()] == 1 and len(row["First_Name"]) > 2]
    firsts = sorted(known, key=lambda row: row["id"])[:number]
    rows = [
        {name: first.get(name) for name in ("First_Name", "Last_Name", "Email", "Company")}
        | {"Mobile": MOBILE.format(place), "Tag": [{"name": "Fair"}]}
        for place, first in enumerate(firsts)
    ]
    with house.workspace() as workspace:
        made = workspace.vendors.zoho.insert("Leads", rows)
    return {outcome.record_id: first["id"] for outcome, first in zip(made, firsts, strict=True)}


@dataclass
class Tale:
    """What one house went through."""

    house: House
    seconds: dict[str, str] = field(default_factory=dict)
    reports: list[RunReport] = field(default_factory=list)
    writes: list[list[Record]] = field(default_factory=list)
    there: list[dict[str, Record]] = field(default_factory=list)
    planned: list[Record] = field(default_factory=list)

    def run(self, **how: Any) -> None:
        before = self.house.last_request()
        self.reports.append(self.house.run(**how))
        self.writes.append(self.house.requests("write", since=before))
        self.there.append(leads(self.house))

    def work(self) -> None:
        """A person works on one of the second records."""
        note = {"data": [{"Note_Content": "called back", "Note_Title": "call"}]}
        with self.house.workspace() as workspace:
            zoho = workspace.vendors.zoho
            zoho.api.call("POST", f"/crm/v2/Leads/{self.noted}/Notes", json=note, purpose="test", repeatable=False)

    def change(self) -> None:
        """A person changes another one after it was planned."""
        with self.house.workspace() as workspace:
            workspace.vendors.zoho.update("Leads", [{"id": self.changed, "Description": "mine"}])

    def approve(self) -> None:
        with closing(Workspace.open(load_settings())) as workspace:
            plan = workspace.ledger.latest_plan("zoho")
            workspace.ledger.approve(plan.plan_hash, "Ada")

    @property
    def noted(self) -> str:
        return min(self.seconds)

    @property
    def changed(self) -> str:
        return sorted(self.seconds)[1]

    @property
    def gone(self) -> list[str]:
        return sorted(self.seconds)[2:]


FIRST, APPROVED = range(2)


@pytest.fixture(scope="module")
def tale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tale]:
    from tests.runs.conftest import houses

    folder = tmp_path_factory.mktemp("seconds")
    with houses(folder) as build:
        told = Tale(build(people=120, samples=False, LEADFLOW_RULES=ruled(folder, "delete")))
        typed = typed_again(told.house, 6)
        told.run()
        told.planned = told.house.rows("SELECT * FROM crm.zoho__plan WHERE action = 'delete'")
        chosen = {row["record_id"] for row in told.planned}
        told.seconds = {second: first for second, first in typed.items() if second in chosen}
        told.work()
        told.change()
        told.approve()
        told.run(select="apply_zoho")
        yield told


def test_a_run_writes_everything_else_and_waits_for_a_person(tale: Tale) -> None:
    assert tale.reports[FIRST].exit_code == 4
    assert "never done without a person" in " ".join(tale.reports[FIRST].messages)
    assert set(tale.seconds) <= set(tale.there[FIRST])
    assert not [line for line in tale.writes[FIRST] if line["method"] == "DELETE"]
    assert len(tale.seconds) > 2, "those of people who are held back or converted are left alone"


def test_what_only_the_second_record_had_is_in_the_first_before_anything_is_deleted(tale: Tale) -> None:
    for second, first in tale.seconds.items():
        assert tale.there[FIRST][first]["Mobile"] == tale.there[FIRST][second]["Mobile"]
        assert "Fair" in {tag["name"] for tag in tale.there[FIRST][first]["Tag"]}


def test_an_approved_plan_deletes_what_nobody_touched_and_nothing_hangs_on(tale: Tale) -> None:
    assert (tale.reports[APPROVED].exit_code, tale.reports[APPROVED].messages) == (0, [])
    assert sorted(second for second in tale.seconds if second not in tale.there[APPROVED]) == tale.gone
    assert set(tale.seconds.values()) <= set(tale.there[APPROVED])
    deletes = [line for line in tale.writes[APPROVED] if line["method"] == "DELETE"]
    assert [dict(line["query"]).get("wf_trigger") for line in deletes] == ["false"]
    assert not tale.house.ask("state")["vendors"]["zoho"].get("automations")


def test_what_was_changed_since_or_has_work_stays_and_the_ledger_says_why(tale: Tale) -> None:
    rows = tale.house.rows("SELECT record_id, state, vendor_code FROM crm.zoho__writes WHERE operation = 'delete'")
    found = {row["record_id"]: (row["state"], row["vendor_code"]) for row in rows}
    assert found[tale.noted] == ("rejected", "NOT_ALONE")
    assert found[tale.changed] == ("rejected", "CHANGED_SINCE")
    assert {found[name][0] for name in tale.gone} == {"confirmed"}
    refused = tale.house.rows("SELECT record_id, vendor_message FROM crm.zoho__rejects WHERE operation = 'delete'")
    assert {row["record_id"]: row["vendor_message"] for row in refused} == {
        tale.noted: "not deleted: something hangs on it: Notes",
        tale.changed: "not deleted: it was changed since the plan was made",
    }


def test_a_deletion_is_read_back_like_every_other_write(tale: Tale) -> None:
    rows = tale.house.rows(
        "SELECT b.record_id, b.landed FROM crm.zoho__readback AS b"
        " INNER JOIN crm.zoho__writes AS w USING (intent_id) WHERE w.operation = 'delete'"
    )
    landed = {row["record_id"]: row["landed"] for row in rows}
    assert set(landed) >= set(tale.gone)
    assert set(landed.values()) == {"stored"}


def test_an_undo_says_that_a_deleted_record_is_restored_by_a_person_only(tale: Tale) -> None:
    undo.take_back(tale.reports[FIRST].run_id)
    report = undo.take_back(tale.reports[APPROVED].run_id)
    assert any("60 days" in reason for reason in report.stays["zoho"])
    assert FROM_DELETED not in report.stays["zoho"], "another run moved the values"


def test_marking_leaves_every_record_and_a_second_run_writes_nothing(
    house_of: Callable[..., House], tmp_path: Path
) -> None:
    house = house_of(people=120, samples=False, LEADFLOW_RULES=ruled(tmp_path, "mark"))
    seconds = typed_again(house, 1)
    first = house.run()
    there = leads(house)
    before = house.last_request()
    again = house.run()

    assert (first.exit_code, again.exit_code) == (0, 0)
    for second, survivor in seconds.items():
        assert {"Fair", "lf-duplicate"} <= {tag["name"] for tag in there[second]["Tag"]}
        assert there[survivor]["Mobile"] == there[second]["Mobile"]
    assert house.requests("write", "spend", since=before) == []
