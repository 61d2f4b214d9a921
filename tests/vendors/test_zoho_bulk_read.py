"""Zoho's bulk read and the mirror, against an organisation whose records move while they are read (§3.3, §4.6, §5)."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import QuotaExhausted, RequestRefused, UnexpectedAnswer
from resources.http import Door, Retry
from resources.limits import Limiter
from resources.zoho import bulkmirror, bulkreader, bulkrecords, bulksizes, quota
from resources.zoho.answers import error_reader, token_refused
from resources.zoho.bulkmirror import ZohoMirror, rows_of_page
from resources.zoho.bulkreader import JobStuck, ZohoBulkReader
from resources.zoho.client import ZohoClient
from resources.zoho.dialect import ZohoDialect

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
FIELDS = [
    {"api_name": "id", "data_type": "bigint", "json_type": "string"},
    {"api_name": "Last_Name", "data_type": "text", "json_type": "string"},
    {"api_name": "Full_Name", "data_type": "text", "json_type": "string", "read_only": True},
    {"api_name": "Owner", "data_type": "ownerlookup", "json_type": "jsonobject"},
    {"api_name": "Account_Name", "data_type": "lookup", "json_type": "jsonobject"},
    {"api_name": "Email_Opt_Out", "data_type": "boolean", "json_type": "boolean"},
    {"api_name": "No_of_Employees", "data_type": "integer", "json_type": "integer"},
    {"api_name": "Annual_Revenue", "data_type": "currency", "json_type": "double"},
    {"api_name": "Languages", "data_type": "multiselectpicklist", "json_type": "jsonarray"},
    {"api_name": "Tag", "data_type": "text", "json_type": "jsonarray"},
    {"api_name": "Modified_Time", "data_type": "datetime", "json_type": "string", "read_only": True},
    {"api_name": "History", "data_type": "subform", "json_type": "jsonarray"},
]
ASKED = [entry for entry in FIELDS if entry["api_name"] not in {"id", "Tag", "History"}]


def refusal(code, status=400, **details):
    return httpx.Response(status, json={"code": code, "details": details, "message": "no", "status": "error"})


class Zoho:
    """Contacts or Leads in memory; `page_size` is that of bulk reads, `before` is called before each request."""

    def __init__(self, count=0, *, version="v2", page_size=200_000):
        self.version, self.page_size = version, page_size
        self.rows, self.converted, self.deleted, self.jobs = {}, {}, [], {}
        self.now, self.last, self.paused, self.calls = START, 1_000_000, [], []
        self.before = lambda _said: None
        self.unavailable, self.tags_told, self.bulk_tags = set(), True, False
        self.states = ["ADDED", "IN PROGRESS", "COMPLETED"]
        self.tagged = {}
        for _ in range(count):
            self.add()

    def add(self):
        self.last += 1
        name = str(self.last)
        self.rows[name] = {"id": name, "Last_Name": f"Ek {name}", "Modified_Time": self.now.isoformat()}
        return name

    def delete(self, name):
        del self.rows[name]
        self.deleted.append({"id": name, "deleted_time": self.now.isoformat(), "type": "recycle"})

    def touch(self, name):
        self.now += timedelta(seconds=1)
        self.rows[name] = {**self.rows[name], "Modified_Time": self.now.isoformat()}

    def sleep(self, seconds):
        self.paused.append(seconds)
        self.now += timedelta(seconds=seconds)

    def __call__(self, request):
        path = request.url.path
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        body = json.loads(request.content) if request.content else {}
        said = f"{request.method} {path}"
        self.before(said)
        self.calls.append(said)
        for pattern, answer in self.routes():
            found = re.fullmatch(pattern, said)
            if found:
                return answer(query, body, *found.groups())
        raise AssertionError(said)

    def routes(self):
        root = f"/crm/{self.version}"
        return [
            (rf"GET {root}/(\w+)/deleted", self.gone),
            (rf"GET {root}/(\w+)/actions/count", lambda *_: httpx.Response(200, json={"count": len(self.rows)})),
            (rf"GET {root}/settings/fields", lambda *_: httpx.Response(200, json={"fields": FIELDS})),
            (rf"GET {root}/settings/tags", self.tag_list),
            (rf"GET {root}/settings/tags/(\d+)/actions/records_count", self.tag_count),
            (rf"POST {root}/coql", self.coql),
            (rf"POST /crm/bulk/{self.version}/read", self.create),
            (rf"GET /crm/bulk/{self.version}/read/(\d+)", self.poll),
            (rf"GET /crm/bulk/{self.version}/read/(\d+)/result", self.download),
            (rf"GET {root}/(\w+)", self.listed),
        ]

    def shown(self, row):
        tags = [{"name": name, "id": "1"} for name, ids in self.tagged.items() if row["id"] in ids]
        return {**row, "Tag": tags, "$converted": row["id"] in self.converted}

    def listed(self, query, _body, module):
        rows = {**({} if query.get("converted") == "true" else self.rows)}
        if module == "Leads" and query.get("converted") in {"both", "true"}:
            rows |= self.converted
        ordered = [self.shown(rows[name]) for name in sorted(rows)]
        size = int(query.get("per_page", 200))
        start = int(query.get("page_token") or (int(query.get("page", 1)) - 1) * size)
        part, more = ordered[start : start + size], start + size < len(ordered)
        info = {"more_records": more, "next_page_token": str(start + size) if more else None}
        return httpx.Response(200, json={"data": part, "info": info}) if part else httpx.Response(204)

    def gone(self, *_):
        return httpx.Response(200, json={"data": self.deleted}) if self.deleted else httpx.Response(204)

    def tag_list(self, *_):
        if not self.tags_told:
            return refusal("INVALID_URL_PATTERN", 404)
        tags = [{"id": str(number), "name": name} for number, name in enumerate(self.tagged)]
        return httpx.Response(200, json={"tags": tags}) if tags else httpx.Response(204)

    def tag_count(self, _query, _body, number):
        return httpx.Response(200, json={"count": str(len(list(self.tagged.values())[int(number)]))})

    def coql(self, _query, body):
        text = body["select_query"]
        after = re.search(r"id > '(\d+)'", text)
        limit = int(re.search(r"limit (\d+)$", text)[1])
        rows = [row for name, row in sorted(self.rows.items()) if after is None or name > after[1]]
        info = {"more_records": len(rows) > limit}
        return httpx.Response(200, json={"data": rows[:limit], "info": info}) if rows else httpx.Response(204)

    def create(self, _query, body):
        bad = next((name for name in body["query"]["fields"] if name in self.unavailable), None)
        if bad:
            return refusal("FIELD_NOT_AVAILABLE", api_name=bad)
        name = str(len(self.jobs) + 1)
        self.jobs[name] = {"query": body["query"], "asked": 0}
        item = {"status": "success", "code": "ADDED_SUCCESSFULLY", "details": {"id": name, "state": "ADDED"}}
        return httpx.Response(201, json={"data": [item], "info": {}})

    def poll(self, _query, _body, name):
        job = self.jobs[name]
        state = self.states[min(job["asked"], len(self.states) - 1)]
        job["asked"] += 1
        item = {"id": name, "operation": "read", "state": state, "query": job["query"]}
        if state == "COMPLETED":
            item["result"] = self.cut(name, job)
        if state == "FAILURE":
            item["result"] = {"error_message": {"code": "INVALID_CRITERIA", "message": "no"}}
        return httpx.Response(200, json={"data": [item]})

    def cut(self, name, job):
        ordered = [self.rows[key] for key in sorted(self.rows)]
        query = job["query"]
        start = int(query.get("page_token") or (query.get("page", 1) - 1) * self.page_size)
        job["rows"], more = ordered[start : start + self.page_size], start + self.page_size < len(ordered)
        result = {"page": 1, "count": len(job["rows"]), "more_records": more}
        if self.version != "v2" and more:
            result["next_page_token"] = str(start + self.page_size)
        return {**result, "download_url": f"/crm/bulk/{self.version}/read/{name}/result"}

    def download(self, _query, _body, name):
        job = self.jobs[name]
        header = ["id", *(field for field in job["query"]["fields"] if field != "id")]
        lines = [",".join(header)]
        for row in job["rows"]:
            tags = ",".join(tag for tag, ids in self.tagged.items() if row["id"] in ids) if self.bulk_tags else ""
            cells = {**row, "Tag": f'"{tags}"'}
            lines.append(",".join(str(cells.get(field) or "") for field in header))
        return httpx.Response(200, content=zipped("\n".join(lines) + "\n"))


def zipped(text):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("records.csv", text)
    return target.getvalue()


def make(zoho, *, time_scale=1.0, limiter=None, on_call=None):
    api = Door(
        vendor="zoho",
        base_url="https://www.zohoapis.com",
        authorize=lambda _: {"Authorization": "Zoho-oauthtoken 1000.abcdef"},
        read_error=error_reader(lambda: zoho.now, 1.0),
        token_refused=token_refused,
        retry=Retry(attempts=2),
        transport=httpx.MockTransport(zoho),
        limiter=limiter,
        on_call=on_call,
        clock=lambda: zoho.now,
        sleep=zoho.sleep,
    )
    client = ZohoClient(api=api, dialect=ZohoDialect(zoho.version), clock=lambda: zoho.now)
    reader = ZohoBulkReader(client=client, time_scale=time_scale, pause=zoho.sleep, clock=lambda: zoho.now)
    return client, reader, ZohoMirror(client=client, reader=reader)


def read(reader, **how):
    return [row for page in reader.read("Contacts", ASKED, **how) for row in page.rows()]


def mirrored(mirror, module="Contacts", **how):
    """Return the latest version of each record, as a replay of what would be landed gives it."""
    found, times = {}, Counter()
    for page in mirror.pages(module, **how):
        context = json.loads(json.dumps(page.context))
        rows = rows_of_page(page.content, context)
        for row in json.loads(page.content)["data"] if rows is None else rows:
            found[row["id"]] = row
            times[row["id"]] += 1
    return found, times


# --- records out of a CSV


KINDS = bulkrecords.kinds_of([entry for entry in FIELDS if entry["api_name"] not in {"id", "History"}])


def test_cells_are_typed_as_lists_show_them():
    text = (
        "\ufeffId,Last_Name,Full_Name,Owner,Account_Name,Account_Name.Account_Name,Email_Opt_Out,No_of_Employees,"
        "Annual_Revenue,Languages,Tag,Modified_Time\r\n"
        '7,"Ek, ""Bo""\nJr",,41,42,Fjord,true,120,5000.5,English;German,"lf-hot,vip",2026-03-02T08:00:00+05:30\r\n'
    )
    assert list(bulkrecords.records(zipped(text), KINDS)) == [
        {
            "id": "7",
            "Last_Name": 'Ek, "Bo"\nJr',
            "Full_Name": None,
            "Owner": {"id": "41"},
            "Account_Name": {"name": "Fjord", "id": "42"},
            "Email_Opt_Out": True,
            "No_of_Employees": 120,
            "Annual_Revenue": 5000.5,
            "Languages": ["English", "German"],
            "Tag": [{"name": "lf-hot"}, {"name": "vip"}],
            "Modified_Time": "2026-03-02T08:00:00+05:30",
        }
    ]


def test_blanks_are_null_and_what_does_not_fit_stays_text():
    kinds = {"Owner": "lookup", "Email_Opt_Out": "boolean", "No_of_Employees": "integer", "Annual_Revenue": "double"}
    text = "id,Owner,Email_Opt_Out,No_of_Employees,Annual_Revenue\n1,,,,\n2,41,FALSE,12.5,many\n"
    blank, odd = bulkrecords.records(zipped(text), kinds)
    assert blank == {"id": "1", "Owner": None, "Email_Opt_Out": None, "No_of_Employees": None, "Annual_Revenue": None}
    assert odd["Email_Opt_Out"] is False
    assert (odd["No_of_Employees"], odd["Annual_Revenue"]) == (12.5, "many")


@pytest.mark.parametrize("text", ["", "id\n1\n", "Last_Name\nEk\n", "id,Last_Name\n,Ek\n", "id,Last_Name\n1\n"])
def test_a_file_that_lacks_a_column_an_id_or_a_cell_is_not_used(text):
    with pytest.raises(UnexpectedAnswer):
        list(bulkrecords.records(zipped(text), {"Last_Name": "text"}))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1), max_size=20))
def test_the_same_bytes_always_give_the_same_records(names):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["id", "Last_Name"], *([str(n), name] for n, name in enumerate(names, 1))])
    content = zipped(text.getvalue())
    once = list(bulkrecords.records(content, {"Last_Name": "text"}))
    assert [row["Last_Name"] for row in once] == names
    assert list(bulkrecords.records(content, {"Last_Name": "text"})) == once


# --- jobs


@pytest.mark.parametrize("version", ["v2", "v8"])
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25])
def test_collected_is_the_world_for_every_size_around_the_page(version, count):
    zoho = Zoho(count, version=version, page_size=10)
    _, reader, _ = make(zoho)
    assert sorted(row["id"] for row in read(reader)) == sorted(zoho.rows)


def test_the_request_names_module_fields_page_and_moment_as_its_version_wants():
    old, new = Zoho(1), Zoho(1, version="v8")
    read(make(old)[1], modified_since=START)
    read(make(new)[1], modified_since=START)
    first, second = old.jobs["1"]["query"], new.jobs["1"]["query"]
    assert (first["module"], first["page"]) == ("Contacts", 1)
    assert first["criteria"]["group"] == [
        {"api_name": "Modified_Time", "comparator": "greater_equal", "value": "2026-03-02T08:00:00+00:00"}
    ]
    assert second["module"] == {"api_name": "Contacts"}
    assert second["criteria"]["group"][0]["field"] == {"api_name": "Modified_Time"}
    assert "Account_Name.Account_Name" in first["fields"]
    assert "Tag" not in first["fields"]


def test_pauses_grow_and_shrink_with_the_time_scale():
    zoho = Zoho(1)
    read(make(zoho)[1])
    slow = zoho.paused
    zoho = Zoho(1)
    read(make(zoho, time_scale=10.0)[1])
    assert slow == sorted(slow)
    assert zoho.paused == [seconds / 10 for seconds in slow]


def test_a_job_that_never_ends_is_given_up():
    zoho = Zoho(1)
    zoho.states = ["IN PROGRESS"]
    with pytest.raises(JobStuck):
        read(make(zoho)[1])
    assert bulkreader.PATIENCE <= sum(zoho.paused) < bulkreader.PATIENCE + 60


def test_a_job_that_failed_says_why():
    zoho = Zoho(1)
    zoho.states = ["ADDED", "FAILURE"]
    with pytest.raises(RequestRefused) as caught:
        read(make(zoho)[1])
    assert caught.value.code == "INVALID_CRITERIA"


def test_no_more_than_ten_files_are_downloaded_in_a_minute(tmp_path):
    zoho = Zoho(25, page_size=1)
    zoho.states = ["COMPLETED"]
    moments = []
    zoho.before = lambda said: moments.append(zoho.now) if said.endswith("/result") else None
    limiter = Limiter(
        path=tmp_path / "limits.db",
        scope="zoho",
        windows=quota.windows(50_000.0),
        clock=lambda: zoho.now,
        sleep=zoho.sleep,
    )
    assert len(read(make(zoho, limiter=limiter)[1])) == 25
    limiter.close()
    assert all(later - earlier >= timedelta(seconds=60) for earlier, later in zip(moments, moments[10:], strict=False))


def test_a_page_costs_a_job_questions_and_a_download():
    records = []
    zoho = Zoho(3)
    read(make(zoho, on_call=records.append)[1])
    assert sum(record.units for record in records) == 50 + 3 + 1


# --- records that move


moves = st.lists(st.tuples(st.integers(1, 12), st.sampled_from(["delete", "touch", "add"]), st.integers(0, 10**6)))


def play(zoho, plan):
    """Make what happens before the n-th request happen; return the ids that lived all the time."""
    stayed = set(zoho.rows)
    counted = Counter()

    def before(_said):
        counted["n"] += 1
        for when, what, which in plan:
            if when != counted["n"] or (what != "add" and not zoho.rows):
                continue
            if what == "add":
                zoho.add()
                continue
            name = sorted(zoho.rows)[which % len(zoho.rows)]
            if what == "delete":
                zoho.delete(name)
                stayed.discard(name)
            else:
                zoho.touch(name)

    zoho.before = before
    return stayed


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(["v2", "v8"]), st.integers(0, 40), moves)
def test_bulk_pages_neither_lose_nor_repeat_records_that_move(version, count, plan):
    zoho = Zoho(count, version=version, page_size=10)
    zoho.states = ["COMPLETED"]
    stayed = play(zoho, plan)
    found = [row["id"] for row in read(make(zoho)[1])]
    assert len(found) == len(set(found))
    assert stayed <= set(found)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["v2", "v8"]), st.integers(150, 650), moves)
def test_lists_neither_lose_nor_repeat_records_that_move(version, count, plan):
    zoho = Zoho(count, version=version)
    stayed = play(zoho, plan)
    client, _, _ = make(zoho)
    found = [row["id"] for rows, _ in client.records("Contacts") for row in rows]
    assert len(found) == len(set(found))
    assert stayed <= set(found)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["v2", "v8"]), moves, st.sampled_from(["coql", "bulk"]))
def test_the_cheaper_ways_lose_nothing_that_moves(version, plan, way):
    zoho = Zoho(450, version=version, page_size=150)
    zoho.states = ["COMPLETED"]
    _, _, mirror = make(zoho)
    stayed = play(zoho, plan)
    fields = mirror._fields("Contacts")
    pages = mirror._queried("Contacts", fields) if way == "coql" else mirror._bulk("Contacts", {})
    rows = [row["id"] for page in pages for row in rows_of_page(page.content, page.context)]
    assert len(rows) == len(set(rows))
    assert stayed <= set(rows)


# --- which way is taken


@pytest.fixture
def cheap(monkeypatch):
    """Let a bulk read pay from 1,201 records on, and COQL from 201."""
    monkeypatch.setattr(bulksizes, "SMALL", 200)
    monkeypatch.setattr(bulksizes, "PROBES", (200, 1_200))
    monkeypatch.setattr(bulksizes, "BULK_CREDITS", 5.0)


def ways(zoho):
    return {
        "coql": sum(said.endswith("/coql") for said in zoho.calls),
        "bulk": len(zoho.jobs),
        "list": sum(bool(re.fullmatch(r"GET /crm/v\d/(Leads|Contacts)", said)) for said in zoho.calls),
    }


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_small_module_is_read_by_its_list(version):
    zoho = Zoho(450, version=version)
    found, times = mirrored(make(zoho)[2])
    assert set(found) == set(zoho.rows)
    assert max(times.values()) == 1
    assert (ways(zoho)["coql"], ways(zoho)["bulk"]) == (0, 0)


@pytest.mark.parametrize(("version", "count", "way"), [("v2", 700, "coql"), ("v8", 700, "coql"), ("v2", 1_300, "bulk")])
@pytest.mark.usefixtures("cheap")
def test_a_large_module_without_tags_is_read_the_cheapest_way(version, count, way):
    zoho = Zoho(count, version=version)
    found, times = mirrored(make(zoho)[2])
    assert set(found) == set(zoho.rows)
    assert max(times.values()) == 1
    assert ways(zoho)[way] > 0
    assert ways(zoho)["list"] <= 2


@pytest.mark.usefixtures("cheap")
def test_the_tags_of_a_bulk_read_are_believed_when_they_are_as_many_as_zoho_counts():
    zoho = Zoho(1_300)
    zoho.bulk_tags = True
    names = sorted(zoho.rows)
    zoho.tagged = {"lf-hot": set(names[:40]), "Vip": set(names[20:60])}
    found, _ = mirrored(make(zoho)[2])
    assert ways(zoho)["bulk"] == 1
    assert [tag["name"] for tag in found[names[30]]["Tag"]] == ["lf-hot", "Vip"]
    assert ways(zoho)["list"] <= 2


@pytest.mark.usefixtures("cheap")
def test_a_bulk_read_without_its_tags_is_not_believed_and_the_list_is_read():
    zoho = Zoho(1_300)
    names = sorted(zoho.rows)
    zoho.tagged = {"lf-hot": set(names[:40])}
    found, times = mirrored(make(zoho)[2])
    assert set(found) == set(zoho.rows)
    assert [tag["name"] for tag in found[names[0]]["Tag"]] == ["lf-hot"]
    assert max(times.values()) == 1


@pytest.mark.parametrize("trouble", ["tags untold", "field", "failed job", "stuck job", "no scope", "html"])
@pytest.mark.usefixtures("cheap")
def test_whenever_the_cheaper_way_is_in_doubt_the_list_is_read(trouble):
    zoho = Zoho(1_300)
    answers = {
        "no scope": refusal("OAUTH_SCOPE_MISMATCH", 401),
        "html": httpx.Response(200, text="<html>"),
    }
    if trouble == "tags untold":
        zoho.tags_told = False
    if trouble == "field":
        zoho.unavailable = {"Last_Name"}
    if trouble == "failed job":
        zoho.states = ["FAILURE"]
    if trouble == "stuck job":
        zoho.states = ["QUEUED"]
    if trouble in answers:
        zoho.create = lambda *_: answers[trouble]
    found, _ = mirrored(make(zoho)[2])
    assert set(found) == set(zoho.rows)
    assert all("$converted" in row for row in found.values())


@pytest.mark.usefixtures("cheap")
def test_a_field_that_nobody_can_write_may_be_missing_from_a_bulk_read():
    zoho = Zoho(1_300)
    zoho.unavailable = {"Full_Name"}
    found, _ = mirrored(make(zoho)[2])
    assert set(found) == set(zoho.rows)
    assert "Full_Name" not in next(iter(found.values()))
    assert ways(zoho)["list"] <= 2


@pytest.mark.usefixtures("cheap")
def test_converted_leads_come_from_the_list_whatever_the_way():
    zoho = Zoho(1_300)
    zoho.converted = {"999": {"id": "999", "Last_Name": "Berg", "$converted_detail": {"contact": "5"}}}
    found, _ = mirrored(make(zoho)[2], "Leads")
    assert ways(zoho)["bulk"] == 1
    assert (found["999"]["$converted"], found["999"]["$converted_detail"]) == (True, {"contact": "5"})
    assert len(found) == 1_301


def test_what_was_modified_since_is_asked_of_the_list_alone():
    zoho = Zoho(300)
    mirrored(make(zoho)[2], since=START)
    assert ways(zoho) == {"coql": 0, "bulk": 0, "list": 2}


def test_a_list_that_ends_before_all_was_read_is_replaced_by_a_bulk_read():
    zoho = Zoho(700, version="v8")
    whole = zoho.listed

    def short(query, body, module):
        return refusal("PAGINATION_LIMIT_EXCEEDED") if query.get("page_token") == "400" else whole(query, body, module)

    zoho.listed = short
    found, _ = mirrored(make(zoho)[2], since=START - timedelta(days=400))
    assert set(found) == set(zoho.rows)
    assert ways(zoho)["bulk"] == 1


@pytest.mark.usefixtures("cheap")
def test_a_used_up_budget_stops_the_mirror_and_is_no_reason_to_try_a_dearer_way():
    zoho = Zoho(1_300)
    body = {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "API credits limit", "status": "error"}
    zoho.create = lambda *_: httpx.Response(429, json=body)
    with pytest.raises(QuotaExhausted):
        mirrored(make(zoho)[2])
    assert ways(zoho)["list"] <= 2


@pytest.mark.parametrize("version", ["v2", "v8"])
@given(records=st.integers(0, 3_000_000))
def test_the_cheapest_way_is_never_dearer_than_another(version, records):
    dialect = ZohoDialect(version)
    ways = ("list", "coql", "bulk")
    best = bulksizes.cheapest(records, dialect, ways)
    assert bulksizes.credits_of(best, records, dialect) == min(
        bulksizes.credits_of(way, records, dialect) for way in ways
    )


def test_a_hundred_thousand_contacts_cost_less_than_a_hundredth_of_their_list():
    assert bulksizes.credits_of("bulk", 100_000, ZohoDialect("v2")) < 60
    assert bulksizes.credits_of("list", 100_000, ZohoDialect("v2")) == 1500


@pytest.mark.usefixtures("cheap")
def test_a_module_with_more_fields_than_a_bulk_read_takes_is_read_by_its_list(monkeypatch):
    monkeypatch.setattr(bulkmirror, "MOST_FIELDS", 3)
    zoho = Zoho(1_300)
    found, _ = mirrored(make(zoho)[2])
    assert (ways(zoho)["bulk"], len(found)) == (0, 1_300)
