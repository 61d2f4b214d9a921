"""The main job, end to end, over real sockets: what it writes, and what it must never do twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipeline import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.conftest import House

WRITES = ("write", "spend")


def test_a_first_run_fills_every_layer_and_says_done(house: House) -> None:
    report = house.run()

    assert (report.exit_code, report.messages) == (0, [])
    empty_by_nature = {"crm/zoho__rejects", "crm/zoho__conversions", "identity/redirects", "raw/zoho__deleted"}
    silent = {name for name, counts in report.assets.items() if not counts["rows"]} - empty_by_nature
    assert not silent - {"crm/zoho__duplicates", "identity/reviews"}
    assert {name.replace("/", ".") for name in report.assets} | {"raw.cursors"} == set(catalogue.tables())


def test_a_second_run_on_unchanged_input_sends_no_write_and_pays_nothing(house: House) -> None:
    house.run()
    before = house.last_request()
    state = house.ask("state")["vendors"]

    report = house.run()

    assert report.exit_code == 0
    assert house.requests(*WRITES, since=before) == []
    assert house.ask("state")["vendors"] == state


def test_nobody_is_bought_twice_over_three_days(house: House) -> None:
    for _ in range(3):
        assert house.run().exit_code == 0
        house.ask("advance", {"days": 1})

    bought = [item["id"] for line in house.requests("spend") for item in line["body"]["details"]]
    assert bought
    assert len(bought) == len(set(bought))


def test_a_day_of_events_leads_to_the_writes_it_requires_and_no_others(house: House) -> None:
    house.run()
    before = house.last_request()
    events = house.ask("advance", {"days": 1})["events"]

    report = house.run()

    assert report.exit_code == 0
    touched = {
        row["person_key"]
        for row in house.rows("SELECT DISTINCT person_key FROM reports.changes WHERE run_id = ?", report.run_id)
    }
    concerned = {
        row["person_key"]
        for row in house.rows(
            "SELECT DISTINCT person_key FROM reports.touches WHERE kind NOT IN ('sent', 'delivered', 'open')"
        )
    } | {event["key"] for event in events if event.get("key")}
    assert touched <= concerned
    assert house.requests("write", since=before)
    house.run()
    assert house.requests(*WRITES, since=house.last_request()) == []


def test_what_a_person_edited_in_the_crm_survives(house: House) -> None:
    house.run()
    edits = [event for event in house.ask("advance", {"days": 1})["events"] if event["kind"] == "edited"]
    before = {event["id"]: house.ask("state")["vendors"]["zoho"]["Leads"].get(event["key"]) for event in edits}

    house.run()

    after = house.ask("state")["vendors"]["zoho"]
    for event in edits:
        record = after["Leads"].get(event["key"]) or after["Contacts"].get(event["key"])
        known = before[event["id"]]
        if record is None or known is None:
            continue
        for name in ("Phone", "Designation", "First_Name", "Last_Name"):
            if name in record and name in known:
                assert record[name] == known[name]


def test_opt_outs_reach_both_platforms_before_anything_else_is_written(house: House) -> None:
    house.run()
    before = house.last_request()
    house.ask("advance", {"days": 1})

    house.run()

    out = house.rows(
        """
        SELECT p.person_key, p.zoho_id, p.ghl_contact_id
        FROM "qualify".holds AS h INNER JOIN identity.people AS p USING (person_key)
        WHERE h.is_optout AND h.channel IN ('email', 'all')
        """
    )
    assert out
    house.run(select="raw")
    house.run(select="staging")
    unaware = house.rows(
        """
        SELECT vendor, record_id FROM staging.crm_people
        WHERE record_id IN (SELECT unnest(?)) AND NOT is_opted_out_email AND NOT coalesce(is_converted, FALSE)
        """,
        [row[name] for row in out for name in ("zoho_id", "ghl_contact_id") if row[name]],
    )
    assert unaware == []
    first = next(line for line in house.requests("write", since=before) if line["vendor"] == "zoho")
    assert "Email_Opt_Out" in str(first["body"])


def test_a_person_who_replied_becomes_a_contact_that_carries_our_key(house: House) -> None:
    house.run()
    house.ask("advance", {"days": 1})
    house.run()

    converted = house.rows("SELECT * FROM crm.zoho__conversions")
    assert converted
    assert all(row["state"] == "confirmed" and row["is_key_carried"] for row in converted)
    contacts = house.ask("state")["vendors"]["zoho"]["Contacts"]
    assert {row["person_key"] for row in converted} <= set(contacts)


def test_a_past_day_replays_its_landing_without_asking_a_vendor(house: House) -> None:
    house.run()
    before = house.last_request()
    day = house.rows("SELECT max(landed_on) AS day FROM raw.zoho__leads")[0]["day"] - timedelta(days=3)

    from assets.definitions import defs

    result = defs.resolve_job_def("raw").execute_in_process(
        instance=house.instance, partition_key=day.isoformat(), raise_on_error=False
    )

    assert result.success
    assert [line for line in house.requests(since=before) if line["vendor"] == "apollo"] == []
    assert house.requests(*WRITES, since=before) == []


def test_another_sandbox_behind_the_same_folder_is_refused_before_any_write(
    house_of: Callable[..., House],
) -> None:
    house_of(people=60, seed=11).run()
    other = house_of(people=60, seed=12)

    report = other.run()

    assert report.exit_code == 2
    assert "belongs to another workspace" in report.messages[0]
    assert other.requests(*WRITES) == []


def test_the_published_database_opens_read_only_while_a_run_writes(house: House) -> None:
    house.run()
    with duckdb.connect(str(house.folder / "leadflow.duckdb"), read_only=True) as reader:
        people = reader.execute("SELECT count(*) FROM reports.people").fetchall()
        house.run()
        assert reader.execute("SELECT count(*) FROM reports.people").fetchall() == people


def test_every_output_is_there_after_a_run(house: House) -> None:
    house.run()

    assert {"leadflow.duckdb", "leadflow.html"} <= {path.name for path in house.folder.iterdir()}
    assert list(Path(house.folder / "published").rglob("*.parquet"))
