"""Bulk write, bulk read and the mirror against the sandbox, in simulated time; and what landing makes of it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest

from assets.raw.cursors import read_cursor, utc_text
from assets.raw.feeds import Page, keep, rebuild
from assets.raw.zoho import zoho_page
from pipeline.errors import AnswerLost
from pipeline.feeds import FEEDS
from pipeline.models import Intent
from resources.landing import Landing
from resources.sandbox.calls import Call
from resources.sandbox.clock import Clock
from resources.sandbox.world import World
from resources.sandbox.zoho import ZohoSandbox
from resources.warehouse import Warehouse
from resources.zoho import bulksizes
from resources.zoho.bulkmirror import ZohoMirror, rows_of_page
from resources.zoho.bulkreader import ZohoBulkReader
from resources.zoho.bulkwriter import ZohoBulkWriter
from resources.zoho.connecting import connect
from resources.zoho.grant import Grant
from resources.zoho.surveys import ZohoSurveyor

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROOT = "http://127.0.0.1:8000"
LEADS = FEEDS["raw.zoho__leads"]


class Town:
    """The simulated Zoho with our clients in front of it; time moves only when somebody waits."""

    def __init__(self, folder, *, version="v2", people=60, **switches):
        self.moment = START
        self.lost, self.version = "", version
        self.vendor = ZohoSandbox(World(7, people), Clock(source=lambda: self.moment), time_scale=1.0, **switches)
        told = self.vendor.credentials()
        self.client = connect(
            credentials=Grant(
                client_id=told["ZOHO_CLIENT_ID"],
                client_secret=told["ZOHO_CLIENT_SECRET"],
                refresh_token=told["ZOHO_REFRESH_TOKEN"],
            ),
            state_dir=folder,
            version=version,
            accounts_url=f"{ROOT}/zoho/accounts",
            api_url=f"{ROOT}/zoho/api",
            upload_url=f"{ROOT}/zoho/upload",
            transport=httpx.MockTransport(self.carry),
            clock=lambda: self.moment,
            sleep=self.wait,
        )
        self.writer = ZohoBulkWriter(client=self.client)
        self.reader = ZohoBulkReader(client=self.client, pause=self.wait, clock=lambda: self.moment)
        self.mirror = ZohoMirror(client=self.client, reader=self.reader)

    def wait(self, seconds):
        self.moment += timedelta(seconds=seconds)

    def carry(self, request):
        _, _, host, rest = request.url.path.split("/", 3)
        query = tuple((name, value) for name, value in request.url.params.multi_items())
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self.vendor.answer(Call(host, request.method, f"/{rest}", query, headers, request.content))
        if self.lost and rest.endswith(self.lost):
            self.lost = ""
            raise httpx.ReadTimeout("late", request=request)
        if isinstance(answer.body, dict | list):
            return httpx.Response(answer.status, json=answer.body, headers=answer.headers)
        return httpx.Response(answer.status, content=answer.body or b"", headers=answer.headers)

    def ended(self, job_id):
        for _ in range(200):
            status = self.writer.job(job_id)
            if status.state != "running":
                return status
            self.wait(10)
        raise AssertionError("the job never ended")

    def write(self, intents):
        return self.writer.results(self.ended(self.writer.submit(intents, self.writer.upload(intents))))


def insert(number, **payload):
    payload = {"Last_Name": f"Ek {number}", "Company": "Fjord, AS", "Email": f"e{number}@fjord.example", **payload}
    return Intent(
        intent_id=f"i{number}", vendor="zoho", object="Leads", person_key=f"key-{number}", record_id=None,
        operation="insert", payload=payload,
    )  # fmt: skip


def update(number, record_id, **payload):
    return Intent(
        intent_id=f"u{number}", vendor="zoho", object="Leads", person_key=f"key-{number}", record_id=record_id,
        operation="update", payload=payload,
    )  # fmt: skip


@pytest.fixture(params=["v2", "v8"])
def town(request, tmp_path):
    return Town(tmp_path, version=request.param)


def test_new_leads_are_added_once_though_the_job_is_sent_twice(town):
    intents = [insert(number) for number in range(30)]
    first, second = town.write(intents), town.write(intents)
    assert Counter(row.status for row in first) == {"added": 30}
    assert Counter(row.status for row in second) == {"updated": 30}
    assert {row.key: row.record_id for row in first} == {row.key: row.record_id for row in second}
    assert {row.key for row in first} == {town.writer.row_key(intent) for intent in intents}


def test_an_update_changes_what_it_says_and_clears_nothing(town):
    ids = {row.key: row.record_id for row in town.write([insert(1, City="Oslo"), insert(2, City="Bergen")])}
    rows = town.write([update(1, ids["key-1"], City="Moss"), update(2, ids["key-2"], Company="Dal")])
    assert {row.key for row in rows} == set(ids.values())
    one, two = (town.client.record("Leads", ids[key]) for key in ("key-1", "key-2"))
    assert (one["City"], one["Company"], one["Email"]) == ("Moss", "Fjord, AS", "e1@fjord.example")
    assert (two["City"], two["Company"]) == ("Bergen", "Dal")


def test_bad_rows_are_skipped_with_their_code_and_field_and_the_others_are_written(town):
    rows = {row.key: row for row in town.write([insert(1), insert(2, Email="no address"), insert(3)])}
    assert [rows[f"key-{number}"].status for number in (1, 2, 3)] == ["added", "skipped", "added"]
    assert rows["key-2"].code == "INVALID_DATA"
    assert "Email" in rows["key-2"].message


def test_kinds_of_values_arrive_as_they_were_meant(town):
    owner = town.client.users()[0]["id"]
    (row,) = town.write([insert(1, Owner={"id": owner}, Email_Opt_Out=True, No_of_Employees=12, Annual_Revenue=5e6)])
    found = town.client.record("Leads", row.record_id)
    assert found["Owner"]["id"] == owner
    assert (found["Email_Opt_Out"], found["No_of_Employees"], found["Annual_Revenue"]) == (True, 12, 5_000_000)


def test_a_job_whose_answer_was_lost_is_found_by_its_keys(town):
    intents = [insert(number) for number in range(3)]
    file_id = town.writer.upload(intents)
    town.lost = "/write"
    with pytest.raises(AnswerLost):
        town.writer.submit(intents, file_id)
    town.wait(600)
    keys = [intent.person_key for intent in intents]
    assert len(town.client.select("Leads", ["id"], "Leadflow_ID", keys)) == 3


def test_a_job_that_nobody_made_is_none(town):
    assert town.writer.job("999") is None


def test_a_bulk_read_shows_what_the_list_shows(town):
    town.write([insert(number, City="Ål") for number in range(40)])
    fields = [entry for entry in town.client.fields("Leads") if entry["api_name"] not in {"id", "Tag"}]
    found = {row["id"]: row for page in town.reader.read("Leads", fields) for row in page.rows()}
    listed = {row["id"]: row for rows, _ in town.client.records("Leads", converted="false") for row in rows}
    assert set(found) == set(listed)
    for name, row in listed.items():
        for field, value in found[name].items():
            shown = {"id": row[field]["id"]} if isinstance(row[field], dict) and "id" in row[field] else row[field]
            told = {"id": value["id"]} if isinstance(value, dict) else value
            assert told == shown, field


@pytest.mark.parametrize("price", [0.5, 1_000.0])
def test_whichever_way_is_cheaper_the_mirror_holds_every_record(town, monkeypatch, price):
    monkeypatch.setattr(bulksizes, "SMALL", 0)
    monkeypatch.setattr(bulksizes, "PROBES", (200, 400))
    monkeypatch.setattr(bulksizes, "BULK_CREDITS", price)
    town.write([insert(number) for number in range(450)])
    found = {}
    for page in town.mirror.pages("Leads"):
        rows = rows_of_page(page.content, page.context)
        found |= {row["id"]: row for row in (json.loads(page.content)["data"] if rows is None else rows)}
    listed = {row["id"]: row for rows, _ in town.client.records("Leads") for row in rows}
    assert set(found) == set(listed)
    assert {row["Leadflow_ID"] for row in found.values()} == {row["Leadflow_ID"] for row in listed.values()}


# --- landing


@pytest.fixture
def stage(tmp_path):
    made = SimpleNamespace(day=START.date(), is_watch=False, moment=START + timedelta(hours=3))
    made.now = lambda: made.moment
    made.landing = Landing(tmp_path / "landing")
    made.warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    made.opened = SimpleNamespace(settings=SimpleNamespace(time_scale=1.0))
    yield made
    made.warehouse.release()


def lands(stage, town, *, began_at):
    fields = [entry for entry in town.client.fields("Leads") if entry["api_name"] not in {"id", "Tag"}]
    for page in town.reader.read("Leads", fields):
        context = {"form": "bulk_read", "kinds": dict(page.kinds), "repeated": [], "module": "Leads"}
        told = Page(page.content, {**context, "began_at": began_at.isoformat()})
        keep(stage, LEADS, told, name="0")


def test_a_landed_bulk_read_is_rebuilt_the_same_each_time(stage, town):
    town.write([insert(number) for number in range(20)])
    lands(stage, town, began_at=stage.moment)
    seen = []
    for _ in range(2):
        counts = rebuild(stage, LEADS, moved_by="Modified_Time", records=zoho_page)
        with stage.warehouse.open() as session:
            seen.append(session.rows("SELECT * FROM raw.zoho__leads ORDER BY position"))
    assert seen[0] == seen[1]
    assert counts["rows_of_day"] == len(seen[0]) >= 20
    assert json.loads(seen[0][0]["context"]) == {"form": "bulk_read", "module": "Leads"}
    assert {"id", "Modified_Time"} <= set(json.loads(seen[0][0]["payload"]))


def test_a_cursor_stays_behind_what_changed_while_a_long_fetch_went_on(stage, town):
    town.write([insert(number) for number in range(3)])
    newest = max(row["Modified_Time"] for rows, _ in town.client.records("Leads") for row in rows)
    lands(stage, town, began_at=stage.moment - timedelta(minutes=45))
    rebuild(stage, LEADS, moved_by="Modified_Time", records=zoho_page)
    began = datetime.fromisoformat(utc_text(newest)) - timedelta(minutes=45)
    assert read_cursor(stage, LEADS) <= began


def test_the_cursor_of_a_quick_fetch_is_its_newest_record_less_the_overlap(stage, town):
    town.write([insert(1)])
    newest = max(row["Modified_Time"] for rows, _ in town.client.records("Leads") for row in rows)
    lands(stage, town, began_at=stage.moment)
    rebuild(stage, LEADS, moved_by="Modified_Time", records=zoho_page)
    assert read_cursor(stage, LEADS) == datetime.fromisoformat(utc_text(newest)) - timedelta(minutes=10)


def test_the_last_of_many_changes_is_not_read_again_once_it_was_read_long_after_it(stage, town):
    town.write([insert(1)])
    newest = max(row["Modified_Time"] for rows, _ in town.client.records("Leads") for row in rows)
    last = datetime.fromisoformat(utc_text(newest))
    for minutes, behind in ((0, 10), (4, 6), (30, 0)):
        asked = last + timedelta(minutes=minutes)
        stage.moment = asked
        lands(stage, town, began_at=asked)
        rebuild(stage, LEADS, moved_by="Modified_Time", records=zoho_page)
        assert read_cursor(stage, LEADS) == last - timedelta(minutes=10)
        assert read_cursor(stage, LEADS, is_prompt=True) == last - timedelta(minutes=behind)


def surveyed(town, since, *, records, has_tags=True, module="Leads"):
    surveyor = ZohoSurveyor(client=town.client, reader=town.reader)
    return list(surveyor.survey(module, ["Email"], since=since, records=records, has_tags=has_tags))


@pytest.mark.parametrize("records", [1_000, 100_000])
@pytest.mark.parametrize("bulk_read_tags", [True, False])
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_survey_shows_fields_and_tags_of_what_was_modified_and_nothing_older(
    tmp_path, version, records, bulk_read_tags
):
    town = Town(tmp_path, version=version, bulk_read_tags=bulk_read_tags)
    town.wait(3600)
    began = town.moment
    town.wait(60)
    ids = [row.record_id for row in town.write([insert(number) for number in range(3)])]
    town.client.add_tags("Leads", ids[:2], ["lf-a"])
    seen = surveyed(town, began, records=records)
    assert {one.record_id for one in seen} == set(ids)
    assert {one.values["Email"]: list(one.values["tags"]) for one in seen} == {
        f"e{number}@fjord.example": ["lf-a"] if one_of_two else []
        for number, one_of_two in zip(range(3), [row in ids[:2] for row in ids], strict=True)
    }


def test_a_survey_without_tags_is_one_bulk_read_where_there_are_many(town):
    town.write([insert(1)])
    (seen,) = [one for one in surveyed(town, START, records=100_000, has_tags=False) if "fjord" in one.values["Email"]]
    assert dict(seen.values) == {"id": seen.record_id, "Email": "e1@fjord.example"}


def test_a_survey_of_a_module_that_zoho_does_not_know_shows_nothing(town):
    assert surveyed(town, START, records=1_000, module="Nowhere") == []


def test_a_survey_pays_for_many_records_only(town):
    surveyor = ZohoSurveyor(client=town.client, reader=town.reader)
    assert [surveyor.pays(count) for count in (0, 999, 1_000, 200_000)] == [False, False, True, True]


def test_who_opted_out_is_found_among_many_changes_without_reading_them(town):
    town.wait(3600)
    began = town.moment
    town.wait(60)
    ids = [row.record_id for row in town.write([insert(number) for number in range(450)])]
    assert town.client.marked("Leads", "Email_Opt_Out", since=began) == []
    for start in range(0, 250, 50):
        town.client.update("Leads", [{"id": name, "Email_Opt_Out": True} for name in ids[start : start + 50]])
    found = town.client.marked("Leads", "Email_Opt_Out", since=began)
    assert sorted(row["id"] for row in found) == sorted(ids[:250])
    town.wait(60)
    assert town.client.marked("Leads", "Email_Opt_Out", since=town.moment) == []
