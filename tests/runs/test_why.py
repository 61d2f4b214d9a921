"""`leadflow why`: one person, whole, from the warehouse and the ledger alone."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
from filelock import FileLock
from sqlglot import expressions

from assets.__main__ import main
from pipeline import catalogue, sql
from resources.glimpses import NothingToSee, glimpse
from tests.runs.small_world import ADA, OLD, OTHER, TOKEN, TWIN, build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.small_world import World

Answer = tuple[int, str, str]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for name in list(os.environ):
        if name.startswith(("LEADFLOW_", "APOLLO_", "ZOHO_", "GHL_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADFLOW_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GHL_TOKEN", TOKEN)
    return build(tmp_path / "data")


@pytest.fixture
def why(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    assert world

    def call(*words: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["leadflow", "why", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture
def ada(why: Callable[..., Answer]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(why(ADA, "--json")[1].splitlines()[-1])
    return told


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("ada@engine.example", "an e-mail address"),
        ("Ada+news@Engine.Example", "an e-mail address"),
        (ADA, "a key of ours"),
        (OLD, "a key of ours"),
        ("501", "a vendor's id"),
        ("zcrm_501", "a vendor's id"),
        ("902", "a vendor's id"),
        ("g1", "a vendor's id"),
        ("a1", "a vendor's id"),
        ("zoho:Leads:501", "a vendor's id"),
        ("https://crm.zoho.com/crm/org1/tab/Leads/501", "the id at the end of a web address"),
        ("https://de.linkedin.com/in/Ada-Byron/?trk=x", "a LinkedIn profile"),
    ],
)
def test_a_person_is_found_by_every_name_they_have(why: Callable[..., Answer], text: str, read_as: str) -> None:
    code, out, _ = why(text, "--json")

    told = json.loads(out.splitlines()[-1])
    assert (code, told["status"], told["key"], told["read_as"]) == (0, "found", ADA, read_as)
    assert told["is_old_key"] is (text == OLD)


def test_a_sales_navigator_address_finds_its_member(why: Callable[..., Answer]) -> None:
    told = json.loads(why("https://www.linkedin.com/sales/lead/ACwAAtwin,NAME_SEARCH,x", "--json")[1])
    assert (told["key"], told["read_as"]) == (TWIN, "a Sales Navigator member")


def test_a_mailbox_of_several_people_lists_them(why: Callable[..., Answer]) -> None:
    code, out, _ = why("info@twin.example", "--json")
    told = json.loads(out)
    assert (code, told["status"]) == (0, "several")
    assert {match["key"] for match in told["matches"]} == {OTHER, TWIN}

    code, out, _ = why("info@twin.example")
    assert code == 0
    assert "2 people answer to this" in out
    assert "Tim Twin" in out


def test_nobody_is_exit_1_with_what_was_looked_for_and_where(why: Callable[..., Answer]) -> None:
    code, out, error = why("grace@hopper.example")
    assert (code, out) == (1, "")
    assert error == (
        "leadflow: nobody is known by 'grace@hopper.example' (read as an e-mail address); searched were "
        "3 source records, 3 records of Zoho and GoHighLevel, 1 merged keys and the ledger\n"
    )
    code, out, _ = why("lost@nowhere.example", "--json")
    told = json.loads(out)
    assert (code, told["status"]) == (1, "none")
    assert "a record set aside holds it (s.csv, 9: no name)" in told["message"]


def test_a_record_that_only_the_ledger_knows_yet_is_found(world: World, why: Callable[..., Answer]) -> None:
    with world.ledger() as ledger:
        ledger.recognise("zoho", TWIN, "Leads", "60001")
    assert json.loads(why("60001", "--json")[1])["key"] == TWIN


def test_the_cluster_is_told_with_the_evidence_that_holds_it(ada: dict[str, Any]) -> None:
    assert [row["record"] for row in ada["records"]] == ["apollo:a1", "zoho:Leads:501", "ghl:contact:g1"]
    pairs = {(pair["left"], pair["right"]): pair for pair in ada["edges"]}
    keyed = pairs["apollo:a1", "zoho:Leads:501"]
    assert (keyed["bits"], keyed["holds"]) == (55.0, True)
    assert keyed["evidence"][1]["words"] == "the same name at the same company: ada byron, engine.example"
    mailbox = pairs["zoho:Leads:501", "ghl:contact:g1"]
    assert (mailbox["holds"], mailbox["evidence"][0]["words"]) == (True, "the same mailbox: ada@engine.example")
    # Without it nothing falls apart.
    assert pairs["apollo:a1", "ghl:contact:g1"]["holds"] is False
    assert ada["reviews"] == [{"other_key": OTHER, "reason": "same name, other ids", "bits": 15.0}]
    assert ada["old_keys"] == [{"key": OLD, "merged_at": ada["old_keys"][0]["merged_at"]}]


def test_a_value_tells_its_record_rule_and_what_lost(ada: dict[str, Any]) -> None:
    (city,) = ada["values"]
    assert (city["field"], city["value"], city["record"]) == ("city", "Paris", "apollo:a1")
    assert city["rule"] == "newest value of trust tier 1"
    seen = {"seen_at": "2026-11-22T07:00:00+00:00"}
    assert city["losing_values"] == [{"value": "Rome", "record": "zoho:Leads:501", "reason": "older", **seen}]
    assert city["seen_at"] == "2026-11-22T07:00:00+00:00"


def test_the_account_of_a_person_tells_what_decided(ada: dict[str, Any]) -> None:
    (account,) = ada["accounts"]
    assert (account["account_id"], account["evidence"], account["is_winner"]) == ("31", "the same name", True)
    assert account["tie_breaker"] == "the only candidate"


def test_the_reasons_of_each_score_sum_to_it(ada: dict[str, Any]) -> None:
    scores = ada["scores"]
    assert scores["is_explained"]
    assert [(part["total"], sum(each["points"] for each in part["reasons"])) for part in scores["parts"]] == [
        (40, 40),
        (0, 0),
        (25, 25),
    ]
    assert ada["score_history"][0]["changed_because"] == "new data"
    assert ada["segments"] == [{"segment": "hot", "tag": "lf-hot"}]


def test_changes_of_old_keys_and_of_a_plan_that_waits_are_told_newest_first(ada: dict[str, Any]) -> None:
    waiting, inserted = ada["changes"]
    assert (waiting["vendor"], waiting["state"], waiting["fields"][0]["new"]) == ("ghl", "unlinked", "Paris")
    assert (inserted["operation"], inserted["state"], inserted["approved_by"]) == ("insert", "confirmed", "Charles")
    assert inserted["record_id"] == "501"
    landed = {field["field"]: (field["stored"], field["landed"]) for field in inserted["fields"]}
    assert landed == {"Last_Name": ("Byron", "stored"), "City": ("Nottingham", "truncated")}


def test_a_plan_that_was_linked_is_told_once(world: World, why: Callable[..., Answer]) -> None:
    with world.ledger() as ledger:
        ledger.link_plan(ledger.latest_plan("ghl").plan_hash)
    waiting = [change for change in json.loads(why(ADA, "--json")[1])["changes"] if change["vendor"] == "ghl"]
    assert [change["state"] for change in waiting] == ["planned"]


def test_what_holds_a_person_back_touches_conversions_and_money_are_told(ada: dict[str, Any]) -> None:
    assert ada["holds"][0]["reason"] == "opted out of SMS"
    (hold,) = ada["left_alone"]
    assert (hold["plans"], hold["first_at"][11:16], hold["last_at"][11:16]) == (2, "07:00", "12:00")
    assert [touch["kind"] for touch in ada["touches"]] == ["reply", "sent"]
    assert ada["conversions"][0]["contact_id"] == "902"
    assert (ada["money"]["usd"], ada["money"]["charges"][0]["search"]) == (0.025, "founders")


def test_the_page_says_it_in_words_and_obeys_nothing_that_it_shows(why: Callable[..., Answer]) -> None:
    code, out, _ = why(OLD)
    assert code == 0
    assert "[bold]Ada[/bold]" in out
    assert "\x1b" not in out
    assert "you asked by a key that was merged into this person" in out
    assert "held back because the person opted out of SMS" in out
    assert "cut short by the vendor" in out
    assert "planned, waits for approval" in out
    assert "account fit" in out


def test_a_person_with_nothing_but_records_has_a_sentence_for_every_section(why: Callable[..., Answer]) -> None:
    _, out, _ = why("tim@twin.example")
    assert "not in Zoho: no source of ours found this person, a platform had it" in out
    assert "not in GoHighLevel: in no segment, and only people of a segment are written there" in out
    for sentence in (
        "nobody decided anything about this person",
        "nothing holds this person back",
        "nothing was planned or written for this person",
        "nothing happened between this person and us",
        "not scored yet",
    ):
        assert sentence in out


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_credential_that_slipped_into_an_answer_is_never_shown(why: Callable[..., Answer], form: Any) -> None:
    _, out, _ = why(OTHER, *form)
    assert "no, says" in out
    assert TOKEN not in out


def test_a_warehouse_that_a_run_holds_is_one_clear_sentence(world: World) -> None:
    path = world.folder / "warehouse.duckdb"
    with (
        FileLock(f"{path}.lock"),
        pytest.raises(NothingToSee, match=r"a run is using warehouse\.duckdb .* try again shortly"),
        glimpse(path, wait=0.01),
    ):
        pass


def test_before_the_first_run_nothing_is_known_and_nothing_is_made(
    tmp_path: Path, why: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADFLOW_DATA_DIR", str(tmp_path / "empty"))
    code, _, error = why(ADA)
    assert code == 1
    assert "nothing is known yet" in error
    assert not (tmp_path / "empty").exists()


def test_looking_changes_neither_the_warehouse_nor_the_ledger(world: World, why: Callable[..., Answer]) -> None:
    path = world.folder / "warehouse.duckdb"
    before = path.read_bytes()
    why(ADA)
    assert path.read_bytes() == before
    with world.ledger() as ledger:
        assert len(ledger.intents("zoho")) == 2


@pytest.mark.parametrize("name", sql.names("why"))
def test_a_question_is_one_select_on_tables_of_the_catalogue(name: str) -> None:
    text = sql.statement(f"why/{name}")
    assert text.startswith("-- One row per ")
    (parsed,) = sqlglot.parse(text, dialect="duckdb")
    assert parsed is not None
    read = {f"{table.db}.{table.name}" for table in parsed.find_all(expressions.Table) if table.db}
    assert read
    assert read <= set(catalogue.tables())
