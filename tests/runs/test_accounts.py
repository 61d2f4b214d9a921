"""Accounts in whole runs: kept up to date, created where the rules say so, never doubled, never over people's words.

One history is played once, with the rule that creates accounts: a first run, a run on unchanged input, a person edits
accounts and deletes one, a third run. A second house has no key field on Accounts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from assets import undo
from pipeline.rules import packaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assets.runs import RunReport
    from tests.runs.conftest import House

KEY = "Leadflow_ID"
PLANNED = """
SELECT action, record_id, person_key, field, old_value ->> '$' AS old, new_value ->> '$' AS new, reason
FROM crm.zoho__plan
WHERE object = 'Accounts'
"""


def creating(folder: Path) -> str:
    """Write rules that create accounts; return their folder."""
    place = folder / "rules" / "mappings"
    place.mkdir(parents=True)
    text = packaged()["mappings/zoho"].replace("create_companies: never", "create_companies: qualified")
    (place / "zoho.yaml").write_text(text, encoding="utf-8")
    return str(folder / "rules")


def accounts(house: House) -> dict[str, dict[str, Any]]:
    """Return what Zoho holds: record id → fields."""
    with house.workspace() as workspace:
        return {row["id"]: row for rows, _ in workspace.vendors.zoho.records("Accounts") for row in rows}


@dataclass
class Tale:
    """What one house went through."""

    house: House
    reports: list[RunReport] = field(default_factory=list)
    plans: list[list[dict[str, Any]]] = field(default_factory=list)
    writes: list[list[dict[str, Any]]] = field(default_factory=list)
    there: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    edited: str = ""
    deleted: str = ""

    def run(self) -> None:
        before = self.house.last_request()
        self.reports.append(self.house.run())
        self.writes.append(self.house.requests("write", since=before))
        self.plans.append(self.house.rows(PLANNED))
        self.there.append(accounts(self.house))

    def edit(self) -> None:
        """A person overwrites what we wrote in one account, and deletes another that we created."""
        keys = {row["person_key"] for row in self.plans[0] if row["action"] == "insert"}
        self.edited, self.deleted = sorted(name for name, row in self.there[1].items() if row.get(KEY) in keys)[:2]
        with self.house.workspace() as workspace:
            told = {"id": self.edited, "Website": "https://people.example", "Account_Name": "Renamed by people"}
            workspace.vendors.zoho.update("Accounts", [told])
            workspace.vendors.zoho.delete("Accounts", [self.deleted])


@pytest.fixture(scope="module")
def tale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tale]:
    from tests.runs.conftest import houses

    folder = tmp_path_factory.mktemp("accounts")
    with houses(folder) as build:
        told = Tale(build(people=40, samples=False, LEADFLOW_RULES=creating(folder)))
        told.there.append(accounts(told.house))
        told.run()
        told.run()
        told.edit()
        told.run()
        yield told


BEFORE, FIRST, SILENT, EDITED = 0, 0, 1, 2


def test_every_run_ends_done(tale: Tale) -> None:
    assert [(report.exit_code, report.messages) for report in tale.reports] == [(0, [])] * 3


def test_accounts_that_were_there_are_filled_and_get_the_key_of_their_company(tale: Tale) -> None:
    updated = {row["record_id"]: row["person_key"] for row in tale.plans[FIRST] if row["action"] == "update"}
    assert updated
    assert {record_id: tale.there[1][record_id][KEY] for record_id in updated} == updated
    for row in tale.plans[FIRST]:
        if row["action"] == "update" and row["field"] not in {KEY, "Account_Fit"}:
            assert not tale.there[BEFORE][row["record_id"]].get(row["field"]), "only what was blank"


def test_companies_with_a_qualified_person_get_an_account_under_their_key(tale: Tale) -> None:
    created = {row["person_key"] for row in tale.plans[FIRST] if row["action"] == "insert"}
    assert created
    assert created <= {row[KEY] for row in tale.there[1].values()}


def test_no_company_has_two_accounts_and_no_name_is_there_twice(tale: Tale) -> None:
    keys = [row[KEY] for row in tale.there[1].values() if row.get(KEY)]
    names = [row["Account_Name"].casefold() for row in tale.there[1].values()]
    assert len(keys) == len(set(keys))
    assert len(names) == len(set(names))


def test_an_account_that_a_conversion_made_has_our_key_in_the_same_run(tale: Tale) -> None:
    made = tale.house.rows("SELECT account_id FROM crm.zoho__conversions")
    assert made
    assert all(tale.there[1][row["account_id"]][KEY] for row in made)


def test_a_second_run_writes_nothing(tale: Tale) -> None:
    assert tale.writes[SILENT] == []


def test_what_people_wrote_in_an_account_stays_and_what_they_deleted_stays_gone(tale: Tale) -> None:
    edited = tale.there[-1][tale.edited]
    assert (edited["Website"], edited["Account_Name"]) == ("https://people.example", "Renamed by people")
    assert tale.deleted not in tale.there[-1]
    assert len(tale.there[-1]) == len(tale.there[-2]) - 1
    assert [row["reason"] for row in tale.plans[EDITED] if row["action"] == "skip" and row["field"] is None] == [
        "gone: deleted there by a person; stays gone until somebody releases it"
    ]


def test_a_renamed_account_that_holds_our_key_is_still_its_companys(tale: Tale) -> None:
    (row,) = tale.house.rows(
        "SELECT c.zoho_account_id FROM identity.companies AS c"
        " INNER JOIN staging.crm_companies AS a ON a.leadflow_id = c.company_key WHERE a.record_id = ?",
        tale.edited,
    )
    assert row["zoho_account_id"] == tale.edited


def test_the_changes_tell_of_accounts_and_how_they_landed(tale: Tale) -> None:
    told = tale.house.rows(
        "SELECT state, landed, count(*) AS n FROM reports.changes"
        " WHERE object = 'Accounts' AND action IN ('insert', 'update') GROUP BY ALL"
    )
    assert {(row["state"], row["landed"]) for row in told} == {("confirmed", "stored")}


def test_an_undo_empties_what_was_filled_and_says_what_stays(tale: Tale) -> None:
    report = undo.take_back(tale.reports[FIRST].run_id)
    (rows,) = [tale.house.rows(PLANNED)]
    emptied = [row for row in rows if row["action"] == "update"]
    assert report.exit_code == 4
    assert {row["field"] for row in emptied} >= {"Account_Fit"}
    assert tale.edited not in {row["record_id"] for row in emptied}
    assert "created by this run: the record stays, leadflow deletes nothing" in {row["reason"] for row in rows}


def test_what_followed_a_conversion_is_told_and_taken_back_with_its_run(tale: Tale) -> None:
    followed = tale.house.rows(
        "SELECT DISTINCT c.record_id, c.field, c.old_value, c.reason, c.state FROM reports.changes AS c"
        " INNER JOIN crm.zoho__conversions AS v ON v.account_id = c.record_id WHERE c.run_id = ?",
        tale.reports[FIRST].run_id,
    )
    filled = {(row["record_id"], row["field"]) for row in followed if row["field"] != KEY}
    assert filled
    assert {(row["old_value"], row["reason"], row["state"]) for row in followed} == {
        (None, "the conversion made this record without it", "confirmed")
    }

    undo.take_back(tale.reports[FIRST].run_id)

    planned = tale.house.rows(PLANNED)
    emptied = {(row["record_id"], row["field"]) for row in planned if row["action"] == "update"}
    stays = {(row["record_id"], row["field"]): row["reason"] for row in planned if row["action"] == "skip"}
    assert filled & emptied
    for spot in filled - emptied:
        assert stays[spot] in {
            "edited by a person since: stays",
            "written again by a later run: take that one back first",
        }
    for record_id in {row["record_id"] for row in followed if row["field"] == KEY}:
        assert stays[record_id, KEY] == "our key stays: without it the record would be taken for a stranger"


def test_without_a_key_field_accounts_are_matched_by_their_id_and_none_is_created(
    house_of: Callable[..., House], tmp_path: Path
) -> None:
    house = house_of(people=40, samples=False, LEADFLOW_RULES=creating(tmp_path))
    del house.running.sandbox.vendors["zoho"].organisation.modules["Accounts"].fields[KEY]  # type: ignore[attr-defined]
    before = accounts(house)

    report = house.run()

    assert (report.exit_code, report.messages) == (0, [])
    planned = house.rows(PLANNED)
    assert {row["field"] for row in planned if row["action"] == "update"} == {"Account_Fit"}
    assert {row["action"] for row in planned} == {"update", "hold"}
    assert "without a unique field" in next(row["reason"] for row in planned if row["action"] == "hold")
    read = house.rows("SELECT DISTINCT landed FROM crm.zoho__readback WHERE object = 'Accounts'")
    assert [row["landed"] for row in read] == ["stored"]
    made = {row["account_id"] for row in house.rows("SELECT account_id FROM crm.zoho__conversions")}
    assert set(accounts(house)) == {*before, *made}
    with house.workspace() as workspace:
        (told,) = [
            detail
            for check, _, detail in workspace.ledger.judgements(workspace.ledger.latest_plan("zoho").plan_hash)
            if check == "gate__fields"
        ]
    assert "Accounts are matched by their id only" in told
