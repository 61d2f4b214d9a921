from __future__ import annotations

import json
from time import perf_counter

import pytest

from resources.sandbox.calls import Call


@pytest.fixture
def busy(open_desk, new_lead):
    desk = open_desk(people=2000)
    for start in range(0, 300, 100):
        desk.insert("Leads", *(new_lead(n, Account_Fit=1) for n in range(start, start + 100)))
    return desk


def kinds(events):
    return [event["kind"] for event in events]


def test_the_organisation_begins_with_people_deals_opt_outs_and_duplicates(open_desk):
    desk = open_desk(people=2000)
    tables = desk.vendor.organisation.tables
    assert 120 <= len(tables["Leads"].records) <= 220
    assert 40 <= len(tables["Contacts"].records) <= 100
    assert len(tables["Deals"].records) >= 10
    leads = list(tables["Leads"].records.values())
    assert 1 <= sum(1 for lead in leads if lead.values.get("Email_Opt_Out")) <= 30
    emails = [lead.values["Email"].lower() for lead in leads if lead.values.get("Email")]
    assert len(emails) > len(set(emails))
    assert len({lead.owner for lead in leads}) == 3


def test_two_worlds_alike_give_organisations_alike(open_desk):
    assert open_desk(people=500).vendor.canonical() == open_desk(people=500).vendor.canonical()
    assert open_desk(people=500).vendor.canonical() != open_desk(people=500, seed=8).vendor.canonical()


def test_a_day_deletes_one_of_ours_opts_out_one_or_two_edits_and_moves_deals(busy):
    events = busy.vendor.pass_day(1)
    assert kinds(events).count("deleted") == 1
    assert kinds(events).count("opted_out") in {1, 2}
    assert kinds(events).count("edited") == 3
    assert kinds(events).count("deal_moved") >= 1
    assert kinds(events).count("deal_created") == 1
    ours = [event for event in events if event["module"] == "Leads"]
    assert all(event["key"].startswith("key-") for event in ours)
    assert len({event["id"] for event in ours}) == len(ours)


def test_what_happened_shows_in_the_api(busy):
    busy.wait(86_400)
    busy.token = busy.refresh().body["access_token"]
    events = busy.vendor.pass_day(1)
    since = {"if-modified-since": "2026-03-03T08:59:00+00:00"}
    changed = {row["id"]: row for row in busy.call("GET", "/Leads", headers=since).body["data"]}
    edited = [event for event in events if event["kind"] == "edited"]
    assert all(changed[event["id"]][event["field"]] == event["value"] for event in edited)
    opted = [event for event in events if event["kind"] == "opted_out"]
    assert all(changed[event["id"]]["Email_Opt_Out"] is True for event in opted)
    assert len(changed) == len(edited) + len(opted)
    me = busy.vendor.organisation.me
    assert all(row["Modified_By"]["id"] != me for row in changed.values())
    (deleted,) = busy.call("GET", "/Leads/deleted", headers=since).body["data"]
    assert deleted["id"] == next(event["id"] for event in events if event["kind"] == "deleted")


def test_a_day_depends_on_the_records_not_on_the_order_of_their_arrival(open_desk, new_lead):
    ends = []
    for order in (1, -1):
        desk = open_desk(people=500)
        desk.insert("Leads", *[new_lead(n) for n in range(100)][::order])
        events = desk.vendor.pass_day(1)
        told = sorted((event["kind"], event["key"]) for event in events)
        ends.append((told, desk.vendor.canonical()))
    assert ends[0] == ends[1]


def test_days_differ_from_each_other(busy):
    first, second = busy.vendor.pass_day(1), busy.vendor.pass_day(2)
    assert {event["key"] for event in first} != {event["key"] for event in second}


def test_a_saved_state_comes_back_whole(busy, open_desk, new_lead):
    busy.call("POST", "/Leads/actions/add_tags", ids=busy.call("GET", "/Leads").body["data"][0]["id"], tag_names="a")
    busy.vendor.pass_day(1)
    state = json.loads(json.dumps(busy.vendor.dump()))
    other = open_desk(people=2000)
    other.vendor.load(state)
    other.token = busy.token
    assert other.vendor.canonical() == busy.vendor.canonical()
    assert other.vendor.dump() == busy.vendor.dump()
    (fresh,) = other.insert("Leads", new_lead(999))
    assert fresh not in busy.vendor.organisation.tables["Leads"].records
    assert other.call("POST", "/Leads", {"data": [new_lead(5, Leadflow_ID="KEY-7")]}).status == 202


def test_a_batch_of_a_hundred_takes_well_under_fifty_milliseconds(busy, new_lead):
    body = {
        "data": [new_lead(n) for n in range(100)],
        "duplicate_check_fields": ["Leadflow_ID"],
        "trigger": [],
    }
    times = []
    for _ in range(5):
        begun = perf_counter()
        busy.call("POST", "/Leads/upsert", body)
        times.append(perf_counter() - begun)
    assert min(times) < 0.05


def test_the_journal_learns_what_a_call_is_for(desk):
    def kind(host: str, method: str, path: str) -> str:
        return desk.vendor.kind(Call(host, method, path, (), {}, b""))

    assert kind("accounts", "POST", "/oauth/v2/token") == "auth"
    assert kind("api", "POST", "/crm/v2/coql") == "read"
    assert kind("api", "GET", "/crm/v2/Leads") == "read"
    assert kind("api", "POST", "/crm/v2/Leads/upsert") == "write"
    assert kind("api", "DELETE", "/crm/v2/Leads") == "write"
