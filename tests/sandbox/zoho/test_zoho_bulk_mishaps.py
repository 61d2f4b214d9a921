"""Bulk jobs that go wrong on purpose, late calls, and state kept between starts."""

from __future__ import annotations

import json
import time

import pytest

HEADER = "key,name,company,mail,town\n"


def rows(count: int, town: str = "Oslo") -> str:
    return HEADER + "".join(f"k{n},Berg {n},Fjord,b{n}@fjord.example,{town}\n" for n in range(1, count + 1))


def keys(desk) -> list[str]:
    desk.vendor.catch_up()
    found = (record.values.get("Leadflow_ID") for record in desk.vendor.organisation.tables["Leads"].ordered())
    return [key for key in found if key]


def test_a_stuck_job_writes_half_and_stays_in_progress_until_released(bulk):
    bulk.vendor.bulk.mishaps.stuck_jobs = 1
    stuck, other = bulk.submit(rows(10)), bulk.submit(HEADER)
    bulk.wait(100_000)
    bulk.token = bulk.refresh().body["access_token"]
    assert (bulk.poll(stuck)["status"], bulk.poll(other)["status"]) == ("INPROGRESS", "COMPLETED")
    assert len(keys(bulk)) == 5
    bulk.vendor.bulk.release()
    assert bulk.poll(stuck)["status"] == "COMPLETED"
    assert len(keys(bulk)) == 10


@pytest.mark.parametrize("written", [0, 3])
def test_a_failed_job_tells_no_counts_and_no_result_whatever_it_wrote(bulk, written):
    bulk.vendor.bulk.mishaps.failed_jobs, bulk.vendor.bulk.mishaps.failed_rows = 1, written
    ident = bulk.submit(rows(10))
    bulk.wait(200)
    shown = bulk.poll(ident, "v8")
    assert (shown["status"], shown["resource"][0]["status"]) == ("FAILED", "FAILED")
    assert "result" not in shown
    assert shown["resource"][0]["file"] == {"status": "FAILED", "name": "leads.csv"}
    assert len(keys(bulk)) == written


def test_lost_untold_and_skipped_rows_are_what_their_names_say(bulk):
    mishaps = bulk.vendor.bulk.mishaps
    mishaps.lost_every, mishaps.untold_every, mishaps.skipped_every = 3, 4, 5
    ident = bulk.submit(rows(10))
    assert bulk.counts(ident) == (5, 0, 2, 10)
    told = {row["key"]: row["STATUS"] for row in bulk.result(ident)}
    assert told == {
        "k1": "ADDED",
        "k2": "ADDED",
        "k5": "SKIPPED",
        "k7": "ADDED",
        "k10": "SKIPPED",
    }
    assert keys(bulk) == ["k1", "k2", "k4", "k7", "k8"]


def test_rows_behind_a_stop_are_unprocessed_in_a_completed_job(bulk):
    bulk.vendor.bulk.mishaps.stops_after = 4
    ident = bulk.submit(rows(6))
    assert bulk.counts(ident) == (4, 0, 0, 6)
    told = {row["key"]: row["STATUS"] for row in bulk.result(ident)}
    assert [told[f"k{n}"] for n in range(1, 7)] == ["ADDED"] * 4 + ["UNPROCESSED"] * 2


def test_a_delayed_result_comes_later_than_completed(bulk):
    bulk.vendor.bulk.mishaps.result_delay_seconds = 100
    ident = bulk.submit(rows(1))
    bulk.wait(60)
    shown = bulk.poll(ident)
    assert (shown["status"], "result" in shown) == ("COMPLETED", False)
    bulk.wait(100)
    assert "result" in bulk.poll(ident)


def test_a_dropped_field_and_an_overwriting_workflow_leave_the_row_green(bulk):
    bulk.vendor.bulk.mishaps.dropped_fields = ("City",)
    bulk.vendor.bulk.mishaps.overwrites = {"Lead_Status": "Contacted"}
    ident = bulk.submit(rows(1))
    (row,) = bulk.result(ident)
    assert row["STATUS"] == "ADDED"
    shown = bulk.shown("Leads", row["RECORD_ID"])
    assert (shown["City"], shown["Lead_Status"]) == (None, "Contacted")


def test_a_job_keeps_the_mishaps_of_its_creation(bulk):
    first = bulk.submit(rows(2))
    bulk.vendor.bulk.mishaps.skipped_every = 1
    second = bulk.submit(rows(2))
    assert bulk.counts(first) == (2, 0, 0, 2)
    assert bulk.counts(second) == (0, 0, 2, 2)


def test_a_job_whose_creation_is_still_executing_exists_only_later(bulk):
    body = bulk.job(rows(3))
    bulk.vendor.late.expect("POST /crm/bulk/v2/write", seconds=600)
    answer = bulk.bulk("POST", "/write", body)
    assert answer.status == 504
    bulk.wait(500)
    assert (bulk.vendor.bulk.writes.jobs, keys(bulk)) == ({}, [])
    bulk.wait(101)
    bulk.vendor.catch_up()
    assert len(bulk.vendor.bulk.writes.jobs) == 1
    assert keys(bulk) == []
    bulk.wait(200)
    assert keys(bulk) == ["k1", "k2", "k3"]


def test_a_late_upsert_takes_effect_at_its_own_moment_and_only_the_expected_calls_are_late(bulk, new_lead):
    bulk.vendor.late.expect("POST /crm/v2/Leads/upsert", seconds=90)
    assert bulk.call("POST", "/Leads/upsert", {"data": [new_lead(1)]}).status == 504
    assert bulk.call("POST", "/Leads/upsert", {"data": [new_lead(2)]}).status == 200
    assert bulk.coql("select id from Leads where Leadflow_ID = 'key-1'").status == 204
    due = bulk.vendor.organisation.moment() + 90
    bulk.wait(1000)
    (found,) = bulk.coql("select id from Leads where Leadflow_ID = 'key-1'").body["data"]
    assert bulk.vendor.organisation.tables["Leads"].records[found["id"]].created == due


def test_a_late_call_that_comes_to_nothing_disturbs_nobody(bulk):
    bulk.vendor.late.expect("(POST|DELETE)", seconds=5, times=3)
    assert bulk.call("POST", "/Leads", b"{").status == 504
    assert bulk.call("DELETE", "/nowhere").status == 504
    assert bulk.bulk("POST", "/write", {}).status == 504
    before = bulk.vendor.canonical()
    bulk.wait(6)
    assert bulk.call("GET", "/org").status == 200
    assert bulk.vendor.late.waiting == []
    assert bulk.vendor.canonical() == before


def test_a_late_upload_gives_nobody_its_id(bulk, zip_of):
    bulk.vendor.late.expect("POST /crm/v2/upload", seconds=5)
    assert bulk.upload(zip_of(leads=HEADER)).status == 504
    bulk.wait(6)
    assert bulk.upload(zip_of(leads=HEADER)).body["code"] == "FILE_UPLOAD_SUCCESS"
    assert len(bulk.vendor.bulk.files.dump()["kept"]) == 2


def test_a_late_call_and_a_running_job_take_effect_in_the_order_of_their_moments(bulk):
    bulk.submit(rows(100))
    late = {"data": [{"Leadflow_ID": "k100", "City": "Bergen"}, {"Leadflow_ID": "k1", "City": "Bergen"}]}
    bulk.vendor.late.expect("POST /crm/v2/Leads/upsert", seconds=20)
    bulk.call("POST", "/Leads/upsert", late)
    bulk.wait(1000)
    bulk.vendor.catch_up()
    towns = {
        record.values.get("Leadflow_ID"): record.values.get("City")
        for record in bulk.vendor.organisation.tables["Leads"].ordered()
    }
    assert (towns["k1"], towns["k100"]) == ("Bergen", "Oslo")


def test_files_jobs_and_late_calls_survive_a_dump_and_a_load(bulk, open_bulk, new_lead):
    done = bulk.submit(rows(2))
    bulk.wait(100)
    running = bulk.submit(rows(100, town="Bergen"))
    reading = bulk.bulk("POST", "/read", {"query": {"module": "Leads"}}).body["data"][0]["details"]["id"]
    bulk.vendor.late.expect("POST /crm/v2/Leads", seconds=300)
    bulk.call("POST", "/Leads", {"data": [new_lead(500)]})
    bulk.wait(16)
    assert 0 < bulk.poll(running)["resource"][0]["file"]["added_count"] < 100
    state = json.loads(json.dumps(bulk.vendor.dump()))
    again = open_bulk()
    again.moment = bulk.moment
    again.vendor.load(state)
    again.token = bulk.token
    again.wait(400)
    bulk.wait(400)
    assert again.counts(running) == bulk.counts(running) == (98, 2, 0, 100)
    assert again.vendor.canonical() == bulk.vendor.canonical()
    assert "key-500" in keys(again)
    assert again.result(done) == bulk.result(done)
    assert sorted(map(str, again.result(running))) == sorted(map(str, bulk.result(running)))
    poll = again.bulk("GET", f"/read/{reading}").body["data"][0]
    assert poll["state"] == "COMPLETED"
    assert again.submit(rows(1)) not in {done, running}


def test_a_state_from_before_bulk_jobs_is_loaded(bulk, open_bulk):
    state = bulk.vendor.dump()
    del state["bulk"], state["late"]
    again = open_bulk()
    again.vendor.load(state)
    again.token = bulk.token
    assert again.counts(again.submit(rows(1))) == (1, 0, 0, 1)


def test_a_job_of_25000_rows_is_a_matter_of_a_few_seconds(bulk):
    text = rows(25_000)
    begun = time.process_time()
    first = bulk.submit(text)
    bulk.wait(86_400)
    bulk.token = bulk.refresh().body["access_token"]
    assert bulk.counts(first) == (25_000, 0, 0, 25_000)
    second = bulk.submit(text)
    assert bulk.counts(second) == (0, 25_000, 0, 25_000)
    assert time.process_time() - begun < 20
