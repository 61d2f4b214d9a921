"""`leadflow review`: what only a person can decide, decided, told, and kept for every run."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from assets.__main__ import main
from pipeline import catalogue
from pipeline.identity.decisions import Ruling
from resources.ledger.decisions import Decisions
from tests.runs.small_world import ADA, APOLLO, CONTACT, LEAD, NAMESAKE, OTHER, TRAP, TWIN, TWIN_ONE, build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.conftest import House
    from tests.runs.small_world import World

Answer = tuple[int, str, str]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for name in list(os.environ):
        if name.startswith(("LEADFLOW_", "APOLLO_", "ZOHO_", "GHL_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADFLOW_DATA_DIR", str(tmp_path / "data"))
    return build(tmp_path / "data")


@pytest.fixture
def leadflow(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    assert world

    def call(*words: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["leadflow", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


def pairs(world: World) -> list[Any]:
    with world.ledger() as ledger:
        return Decisions(ledger.store).pairs()


def test_a_pair_that_waits_is_told_with_what_speaks_for_and_against(leadflow: Callable[..., Answer]) -> None:
    code, out, _ = leadflow("review", "--json")
    told = json.loads(out)
    (pair,) = told["pairs"]
    assert (code, told["waiting"], told["decided"]) == (0, 1, 0)
    assert (pair["left"]["key"], pair["right"]["key"], pair["left"]["full_name"]) == (ADA, OTHER, TRAP)
    assert pair["same"] == ["the same name: ada byron", "the same company: engine.example"]
    assert pair["different"] == ["different phone numbers: +441 and +442"]
    assert "only one of them has a mailbox: ada@engine.example" in pair["one_sided"]

    _, out, _ = leadflow("review")
    assert "1 pair waits for a decision" in out
    assert f"leadflow review {ADA} {OTHER} same|different" in out
    assert "\x1b" not in out


def test_a_decision_is_kept_on_records_and_the_pair_waits_no_longer(
    world: World, leadflow: Callable[..., Answer]
) -> None:
    code, out, _ = leadflow("review", "ada@engine.example", "777", "different", "--who", "Grace")
    assert code == 0
    assert "decided by Grace: different people" in out
    assert pairs(world) == [(APOLLO, NAMESAKE, "different")]
    _, out, _ = leadflow("review")
    assert out == "no pair waits for a decision; 1 decided, in force from the next run on\n"
    _, out, _ = leadflow("review", "--decided")
    assert "apollo:a1 and zoho:Contacts:777: different, Grace (leadflow review)" in out
    _, out, _ = leadflow("why", ADA, "--json")
    assert json.loads(out)["decisions"][0]["decided_by"] == "Grace"


def test_same_tells_the_key_that_will_stay(leadflow: Callable[..., Answer]) -> None:
    _, out, _ = leadflow("review", ADA, OTHER, "same", "--json")
    told = json.loads(out)
    (one,) = told["people"]
    # The CRM stores the key of the first; that of the second was never written.
    assert one["key"] == ADA
    assert len(one["records"]) == 4
    assert one["repaired"] == []


def test_a_split_keeps_the_key_at_the_crm_record_and_says_what_will_be_mended(
    world: World, leadflow: Callable[..., Answer]
) -> None:
    code, out, _ = leadflow("review", ADA, "--split", "g1", "--json")
    told = json.loads(out)
    assert code == 0
    stays, goes = told["people"]
    assert (stays["key"], stays["records"]) == (ADA, ["apollo:a1", "zoho:Leads:501"])
    assert (goes["key"], goes["records"], goes["repaired"]) == (None, ["ghl:contact:g1"], ["ghl:contact:g1"])
    assert pairs(world) == [(APOLLO, CONTACT, "different"), (CONTACT, LEAD, "different")]

    _, out, _ = leadflow("review", "ghl:contact:g1", ADA, "same")
    assert "2 older decisions replaced" in out
    assert pairs(world) == [(APOLLO, CONTACT, "same")]


def test_when_the_crm_record_is_taken_apart_it_takes_the_key_with_it(leadflow: Callable[..., Answer]) -> None:
    told = json.loads(leadflow("review", ADA, "--split", "zoho:Leads:501", "--json")[1])
    stays, goes = told["people"]
    assert goes["key"] == ADA
    assert (stays["key"], stays["repaired"]) == (None, ["ghl:contact:g1"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((ADA, OTHER, "maybe"), "the decision is 'maybe'; allowed: same, different"),
        ((ADA, OTHER), "2 words were given; expected nothing, PERSON, LEFT RIGHT same|different"),
        ((ADA, ADA, "same"), "there is nothing to decide"),
        ((ADA, "g1", "different"), "--split RECORD..."),
        ((ADA, "x@y.example", "same"), "nobody is known by 'x@y.example' (read as an e-mail address)"),
        ((ADA, "info@twin.example", "same"), "is 2 people"),
        ((ADA, "--split"), "--split needs the person and the records to take apart"),
        ((ADA, "--split", "777"), "'777' is no record of"),
        ((ADA, "--split", "a1", "501", "g1"), "these are all the records"),
    ],
)
def test_a_mistake_is_one_sentence_and_decides_nothing(
    world: World, leadflow: Callable[..., Answer], words: tuple[str, ...], told: str
) -> None:
    code, out, error = leadflow("review", *words)
    assert (code, out) == (2, "")
    assert told in error
    assert len(error.splitlines()) == 1
    assert pairs(world) == []


def test_a_sheet_in_the_folder_is_taken_in_and_what_is_wrong_with_it_told(
    world: World, leadflow: Callable[..., Answer]
) -> None:
    folder = world.folder / "decisions"
    folder.mkdir()
    lines = f"left,right,decision,who,when\n{TWIN},{ADA},different,Grace,2026-11-20\nzoho:Leads:1,{ADA},same,Grace,\n"
    (folder / "monday.csv").write_text(lines)
    code, out, _ = leadflow("review")
    assert code == 2
    assert "not taken in: monday.csv, line 3: left is 'zoho:Leads:1', which is not known" in out
    assert pairs(world) == [(APOLLO, TWIN_ONE, "different")]


def test_a_run_publishes_what_was_decided_and_goes_on_where_a_line_is_wrong(house_of: Callable[..., House]) -> None:
    house = house_of(people=10, samples=False)
    ruling = Ruling(verdict="same", pairs=((APOLLO, LEAD),), left=frozenset({APOLLO}), right=frozenset({LEAD}))
    with house.workspace() as workspace:
        Decisions(workspace.ledger.store).decide(ruling, who="Grace")
    folder = house.folder / "decisions"
    folder.mkdir()
    (folder / "x.csv").write_text("left,right,decision,who,when\nnobody,nobody,same,Grace,\n")
    report = house.run(select="identity")
    assert report.exit_code == 0
    (row,) = house.rows("SELECT * FROM identity.decisions")
    assert (row["left_id"], row["right_source"], row["verdict"]) == ("a1", "zoho:Leads", "same")
    assert (row["decided_by"], row["is_standing"]) == ("Grace", True)


def test_the_rows_of_the_ledger_fit_the_published_table(world: World, leadflow: Callable[..., Answer]) -> None:
    leadflow("review", ADA, TWIN, "different", "--who", "Grace")
    with world.ledger() as ledger:
        (row,) = Decisions(ledger.store).rows()
    assert set(row) == {column.name for column in catalogue.table("identity.decisions").columns}
