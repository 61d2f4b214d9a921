"""The main job, end to end, over real sockets: what it writes, and what it must never do twice.

One history is played once: a first run, a run on unchanged input, a day of events, a run, a run on unchanged
input. The tests look at what was recorded on the way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from assets.definitions import defs
from pipeline import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assets.runs import RunReport
    from tests.runs.conftest import House

WRITES = ("write", "spend")


@dataclass
class History:
    """What one house went through."""

    house: House
    reports: list[RunReport] = field(default_factory=list)
    writes: list[list[dict[str, Any]]] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    people_seen_by_a_reader: tuple[Any, Any] = ()  # type: ignore[assignment]

    def run(self) -> None:
        before = self.house.last_request()
        self.reports.append(self.house.run())
        self.writes.append(self.house.requests(*WRITES, since=before))
        self.states.append(self.house.ask("state")["vendors"])


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    from tests.runs.conftest import houses

    with houses(tmp_path_factory.mktemp("history")) as build:
        told = History(build())
        told.run()
        with duckdb.connect(str(told.house.folder / "leadflow.duckdb"), read_only=True) as reader:
            first = reader.execute("SELECT count(*), max(as_of) FROM reports.people, reports.publication").fetchall()
            told.run()
            told.people_seen_by_a_reader = (
                first,
                reader.execute("SELECT count(*), max(as_of) FROM reports.people, reports.publication").fetchall(),
            )
        told.states.append(told.house.ask("state")["vendors"])
        told.events = told.house.ask("advance", {"days": 1})["events"]
        told.states.append(told.house.ask("state")["vendors"])
        told.run()
        told.run()
        yield told


FIRST, SILENT, AFTER_EVENTS, SILENT_AGAIN = range(4)


def test_every_run_ends_done(history: History) -> None:
    assert [(report.exit_code, report.messages) for report in history.reports] == [(0, [])] * 4


def test_a_first_run_fills_every_layer(history: History) -> None:
    report = history.reports[FIRST]
    may_be_empty = {"crm/zoho__rejects", "crm/zoho__conversions", "identity/redirects", "raw/zoho__deleted"}
    may_be_empty |= {"crm/zoho__duplicates", "crm/zoho__activities", "identity/reviews", "identity/decisions"}
    may_be_empty |= {"reports/redirects", "outreach/ghl__enrolments"}
    assert not {name for name, counts in report.assets.items() if not counts["rows"]} - may_be_empty
    assert {name.replace("/", ".") for name in report.assets} | {"raw.cursors", "staging.spellings"} == set(
        catalogue.tables()
    )


@pytest.mark.parametrize("run", [SILENT, SILENT_AGAIN])
def test_a_run_on_unchanged_input_sends_no_write_and_pays_nothing(history: History, run: int) -> None:
    assert history.writes[run] == []


def test_who_is_who_is_told_in_the_same_rows_as_long_as_nothing_changes(history: History) -> None:
    # Not the tables that grow by run, nor provenance, which names the landing file that was received last.
    tables = ("features", "edges", "members", "people", "companies", "redirects", "reviews")

    def rows() -> dict[str, list[str]]:
        return {name: sorted(map(str, history.house.rows(f"SELECT * FROM identity.{name}"))) for name in tables}

    before = rows()
    assert before["edges"]
    assert before["members"]
    history.house.run(select="identity")
    assert rows() == before


def test_every_value_that_was_written_says_where_it_came_from_and_every_charge_what_was_left(history: History) -> None:
    silent = history.house.rows(
        "SELECT DISTINCT object, field FROM reports.changes WHERE value_source IS NULL AND state = 'confirmed'"
        " AND action IN ('insert', 'update', 'add_tags', 'remove_tags', 'set_optout')"
    )
    assert silent == []
    assert history.house.rows("SELECT DISTINCT vendor, unit FROM reports.spend WHERE left_after IS NULL") == []
    assert history.house.rows("SELECT vendor FROM reports.spend WHERE purpose = ''") == []


def test_nobody_is_bought_twice(history: History) -> None:
    bought = [
        item["id"]
        for lines in history.writes
        for line in lines
        if line["kind"] == "spend"
        for item in line["body"]["details"]
    ]
    assert bought
    assert len(bought) == len(set(bought))


def test_a_day_of_events_leads_to_the_writes_it_requires_and_no_others(history: History) -> None:
    assert history.writes[AFTER_EVENTS]
    written = history.house.rows(
        "SELECT DISTINCT person_key, field, reason FROM reports.changes WHERE run_id = ? AND state <> 'held'",
        history.reports[AFTER_EVENTS].run_id,
    )
    concerned = {
        row["person_key"]
        for row in history.house.rows(
            "SELECT DISTINCT person_key FROM reports.touches WHERE kind NOT IN ('sent', 'delivered', 'open')"
        )
    } | {event["key"] for event in history.events if event.get("key")}
    # The conversion of somebody makes an account, which is told what we know of the company.
    employers = "SELECT person_key, company_key FROM identity.people WHERE company_key IS NOT NULL"
    concerned |= {row["company_key"] for row in history.house.rows(employers) if row["person_key"] in concerned}
    assert [row for row in written if row["person_key"] not in concerned] == []


def test_what_a_person_edited_in_the_crm_survives(history: History) -> None:
    edits = [event for event in history.events if event["kind"] == "edited"]
    assert edits
    edited, now = history.states[-3]["zoho"], history.states[-1]["zoho"]
    for event in edits:
        module = "Leads" if event["key"] in edited["Leads"] else "Contacts"
        before, after = edited[module][event["key"]], now[module].get(event["key"])
        if after is not None and not after.get("converted"):
            changed = {name for name in before if before[name] != after.get(name)}
            assert changed <= {"Account_Fit", "Persona_Influence", "Engagement", "Email_Opt_Out", "Tag"}


def test_opt_outs_reach_both_platforms_before_anything_else_is_written(history: History) -> None:
    unaware = history.house.rows(
        """
        SELECT r.vendor, r.object, r.record_id
        FROM "qualify".holds AS h
        INNER JOIN identity.members AS m USING (person_key)
        INNER JOIN staging.crm_people AS r ON m.source = r.vendor || ':' || r.object AND m.source_id = r.record_id
        WHERE h.is_optout AND h.channel IN ('email', 'all') AND NOT r.is_opted_out_email
            AND NOT coalesce(r.is_converted, FALSE) AND NOT coalesce(r.is_deleted, FALSE)
        """
    )
    assert unaware == []
    told = 0
    for vendor, mark in (("zoho", "Email_Opt_Out"), ("ghl", "dndSettings")):
        lines = [str(line["body"]) for line in history.writes[AFTER_EVENTS] if line["vendor"] == vendor]
        opted = [number for number, text in enumerate(lines) if mark in text]
        told += len(opted)
        assert opted == list(range(len(opted))), f"{vendor} was told of opt-outs first"
    assert told


def test_a_person_who_replied_becomes_a_contact_that_carries_our_key(history: History) -> None:
    converted = history.house.rows("SELECT * FROM crm.zoho__conversions")
    assert converted
    assert all(row["state"] == "confirmed" and row["is_key_carried"] for row in converted)
    assert {row["person_key"] for row in converted} <= set(history.states[-1]["zoho"]["Contacts"])


def test_who_replied_has_one_task_for_the_owner_and_one_note_at_the_contact(history: History) -> None:
    told = history.house.rows("SELECT * FROM crm.zoho__activities")
    assert {row["kind"] for row in told} == {"note", "task"}
    assert {(row["state"], row["landed"], row["object"]) for row in told} == {("confirmed", "stored", "Contacts")}
    zoho = history.states[-1]["zoho"]
    references = [row["reference"] for row in told if row["kind"] == "task"]
    assert sorted(name[-20:-1] for name in zoho["Tasks"] if "(lf-" in name) == sorted(references)
    people = {row["person_key"] for row in told if row["kind"] == "task"}
    tasks = [task for name, task in zoho["Tasks"].items() if "(lf-" in name]
    assert {task["Who_Id"] for task in tasks} == people
    assert all(task["Owner"] == zoho["Contacts"][task["Who_Id"]]["Owner"] for task in tasks)
    held = {row["person_key"] for row in history.house.rows('SELECT person_key FROM "qualify".holds WHERE is_crm_held')}
    assert people.isdisjoint(held)


def test_no_automation_of_the_crm_was_started(history: History) -> None:
    assert not history.states[-1]["zoho"].get("automations")


def test_nobody_was_created_twice(history: History) -> None:
    for module in ("Leads", "Contacts"):
        ours = [key for key in history.states[-1]["zoho"][module] if key.startswith("lf_")]
        assert not [key for key in ours if "#" in key]


def test_every_source_record_is_a_lead_or_a_reject(history: History) -> None:
    counts = history.house.rows(
        "SELECT (SELECT count(*) FROM raw.salesnav__people) AS lines,"
        " (SELECT count(*) FROM staging.sightings WHERE source <> 'apollo') AS sightings,"
        " (SELECT count(*) FROM staging.rejects WHERE source IN ('salesnav', 'apollo_export')) AS rejects"
    )[0]
    assert counts["lines"] == counts["sightings"]
    assert counts["rejects"] > 0


def test_scores_are_explained_by_points_that_sum_to_them(history: History) -> None:
    rows = history.house.rows('SELECT * FROM "qualify".scores')
    assert rows
    for row in rows:
        points = dict.fromkeys(("account_fit", "persona_influence", "engagement"), 0)
        for reason in json.loads(row["reasons"]):
            points[reason["score"]] += reason["points"]
        assert points == {name: row[name] for name in points}


def test_an_open_reader_of_the_published_database_is_not_disturbed_by_a_run(history: History) -> None:
    before, after = history.people_seen_by_a_reader
    assert before == after


def test_every_output_is_there(history: History) -> None:
    folder = history.house.folder
    assert {"leadflow.duckdb", "leadflow.html"} <= {path.name for path in folder.iterdir()}
    assert list((folder / "published").rglob("*.parquet"))


def test_a_past_day_replays_its_landing_without_asking_a_vendor_for_data(history: History) -> None:
    today = history.house.rows("SELECT max(landed_on) AS day FROM raw.zoho__leads")[0]["day"]
    rows = history.house.rows("SELECT count(*) AS n FROM raw.zoho__leads")
    for _ in range(2):
        # The first time the feeds that tell a past day for nothing are asked for it, and what they say is kept.
        before = history.house.last_request()
        result = defs.resolve_job_def("raw").execute_in_process(
            instance=history.house.instance, partition_key=(today - timedelta(days=3)).isoformat(), raise_on_error=False
        )
        assert result.success

    assert history.house.requests(since=before) == []
    assert history.house.rows("SELECT count(*) AS n FROM raw.zoho__leads") == rows


def test_another_sandbox_behind_the_same_folder_is_refused_before_any_write(
    house_of: Callable[..., House],
) -> None:
    house_of(people=20, seed=11, samples=False).run()
    other = house_of(people=20, seed=12, samples=False)

    report = other.run()

    assert report.exit_code == 2
    assert "belongs to another workspace" in report.messages[0]
    assert other.requests(*WRITES) == []
