"""Zoho's bulk write against a small organisation written from the Zoho fact sheet (§4)."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import HTTP

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import (
    AnswerLost,
    CredentialsRejected,
    QuotaExhausted,
    RequestRefused,
    UnexpectedAnswer,
    VendorUnavailable,
)
from pipeline.models import Intent
from resources.http import Door, Retry
from resources.zoho import bulkanswers, bulkfiles, bulklinks
from resources.zoho.answers import error_reader, token_refused
from resources.zoho.bulklinks import Downloads
from resources.zoho.bulkrows import sheet
from resources.zoho.bulkwriter import ZohoBulkWriter
from resources.zoho.client import ZohoClient
from resources.zoho.datacenters import data_center, data_center_of
from resources.zoho.dialect import ZohoDialect

KEY = "Leadflow_ID"
API, CONTENT, ACCL = "https://www.zohoapis.eu", "https://content.zohoapis.eu", "https://download-accl.zoho.eu"
FIELDS = [
    {"api_name": KEY, "data_type": "text", "unique": {"casesensitive": False}},
    {"api_name": "Last_Name", "data_type": "text", "unique": {}},
    {"api_name": "Company", "data_type": "text"},
    {"api_name": "Email", "data_type": "email", "unique": {}},
    {"api_name": "Email_Opt_Out", "data_type": "boolean"},
    {"api_name": "Owner", "data_type": "ownerlookup"},
    {"api_name": "Account_Name", "data_type": "lookup"},
    {"api_name": "Next_Touch", "data_type": "date"},
    {"api_name": "Last_Reply", "data_type": "datetime"},
    {"api_name": "Languages", "data_type": "multiselectpicklist"},
    {"api_name": "Annual_Revenue", "data_type": "currency"},
    {"api_name": "Score_Formula", "data_type": "formula"},
]


def insert(number=1, **payload):
    payload = {"Last_Name": f"Ek {number}", "Company": "Fjord", **payload}
    return Intent(
        intent_id=f"i{number}", vendor="zoho", object="Leads", person_key=f"key-{number}", record_id=None,
        operation="insert", payload=payload,
    )  # fmt: skip


def update(number=1, **payload):
    return Intent(
        intent_id=f"u{number}", vendor="zoho", object="Leads", person_key=f"key-{number}", record_id=f"900{number}",
        operation="update", payload=payload,
    )  # fmt: skip


def result_zip(text, name="Leads-leadflow.csv"):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return target.getvalue()


def cells(content):
    return list(bulkfiles.lines(content, place="the upload"))


class Zoho:
    """Upload host, API host and download host of one organisation; the first fault whose pattern fits is played."""

    def __init__(self, version="v2"):
        self.version = version
        self.files, self.jobs, self.requests, self.faults = {}, {}, [], []
        self.result = result_zip(f"{KEY},Company,Last_Name,STATUS,RECORD_ID,ERRORS\nkey-1,Fjord,Ek 1,ADDED,77,\n")
        self.status = {"status": "ADDED", "resource": [{"status": "ADDED", "file": {"status": "ADDED"}}]}

    def __call__(self, request):
        self.requests.append(request)
        said = f"{request.method} {request.url}"
        for fault in self.faults:
            if re.search(fault[0], said):
                return self.play(fault, request)
        return self.answer(request)

    def play(self, fault, request):
        if isinstance(fault[1], httpx.Response):
            return fault[1]
        if fault[1] == "after":
            self.answer(request)
        raise httpx.ReadTimeout("late", request=request)

    def answer(self, request):
        path, version = request.url.path, self.version
        if path.endswith("11.zip"):
            return httpx.Response(200, content=self.result)
        known = {
            f"/crm/{version}/org": lambda: {"org": [{"zgid": "700"}]},
            f"/crm/{version}/settings/fields": lambda: {"fields": FIELDS},
            f"/crm/{version}/upload": lambda: self.upload(request),
            f"/crm/bulk/{version}/write": lambda: self.create(json.loads(request.content)),
            f"/crm/bulk/{version}/write/11": lambda: {"id": "11", "operation": "upsert", **self.status},
        }
        if path not in known:
            return httpx.Response(404, json=refused("RESOURCE_NOT_FOUND"))
        return httpx.Response(200, json=known[path]())

    def create(self, job):
        self.jobs["11"] = job
        return {"status": "success", "code": "SUCCESS", "message": "success", "details": {"id": "11"}}

    def upload(self, request):
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        (part,) = message_from_bytes(head + request.content, policy=HTTP).iter_parts()
        assert part.get_param("name", header="content-disposition") == "file"
        assert part.get_content_type() == "application/zip"
        self.files["5"] = part.get_payload(decode=True)
        return {"status": "success", "code": "FILE_UPLOAD_SUCCESS", "message": "ok", "details": {"file_id": "5"}}


def refused(code, **details):
    return {"code": code, "details": details, "message": "no", "status": "error"}


def door(zoho, base_url, **changes):
    now = datetime(2026, 3, 2, 8, tzinfo=UTC)
    arguments = {
        "vendor": "zoho",
        "base_url": base_url,
        "authorize": lambda _: {"Authorization": "Zoho-oauthtoken 1000.abcdef"},
        "read_error": error_reader(lambda: now, 1.0),
        "token_refused": token_refused,
        "retry": Retry(attempts=2),
        "transport": httpx.MockTransport(zoho),
        "clock": lambda: now,
        "sleep": lambda _: None,
    }
    return Door(**{**arguments, **changes})


def make(zoho=None, *, api=API, upload=CONTENT, **changes):
    zoho = zoho or Zoho()
    client = ZohoClient(
        api=door(zoho, api, **changes),
        upload=door(zoho, upload, **changes) if upload else None,
        dialect=ZohoDialect(zoho.version),
        external_key=KEY,
    )
    return ZohoBulkWriter(client=client), zoho


# --- the file


def test_the_same_intents_always_give_the_same_bytes():
    one = sheet([insert(1), insert(2, Email="a@b.example")], FIELDS, key_field=KEY)
    other = sheet([insert(1), insert(2, Email="a@b.example")], FIELDS, key_field=KEY)
    assert one.content() == other.content()
    assert one.mappings == other.mappings


def test_an_insert_has_our_key_first_and_nothing_where_it_says_nothing():
    made = sheet([insert(1), insert(2, Email="a@b.example", Company=None)], FIELDS, key_field=KEY)
    assert cells(made.content()) == [
        [KEY, "Company", "Email", "Last_Name"],
        ["key-1", "Fjord", "", "Ek 1"],
        ["key-2", "", "a@b.example", "Ek 2"],
    ]
    assert (made.operation, made.find_by) == ("upsert", KEY)
    assert [(entry["api_name"], entry["index"]) for entry in made.mappings] == [
        (KEY, 0),
        ("Company", 1),
        ("Email", 2),
        ("Last_Name", 3),
    ]


def test_an_update_has_the_id_first_and_the_key_second():
    made = sheet([update(1, Company="A", Leadflow_ID="key-1"), update(2, Company="B")], FIELDS, key_field=KEY)
    assert cells(made.content()) == [["id", KEY, "Company"], ["9001", "key-1", "A"], ["9002", "", "B"]]
    assert (made.operation, made.find_by) == ("update", "id")


def test_an_update_writes_no_key_that_was_not_planned():
    assert sheet([update(1, Company="A")], FIELDS, key_field=KEY).header == ["id", "Company"]


def test_values_are_written_as_their_kind_wants():
    made = sheet(
        [
            insert(
                1,
                Email_Opt_Out=True,
                Owner={"id": "41"},
                Account_Name="42",
                Next_Touch="2026-03-09",
                Last_Reply="2026-03-02T08:30:00.123Z",
                Languages=["English", "German"],
                Annual_Revenue=1e16,
                Company='He said "hi",\nand left',
            )
        ],
        FIELDS,
        key_field=KEY,
    )
    header, row = cells(made.content())
    told = dict(zip(header, row, strict=True))
    assert told["Email_Opt_Out"] == "true"
    assert (told["Owner"], told["Account_Name"]) == ("41", "42")
    assert (told["Next_Touch"], told["Last_Reply"]) == ("2026-03-09", "2026-03-02T08:30:00+00:00")
    assert told["Languages"] == "English;German"
    assert told["Annual_Revenue"] == "10000000000000000"
    assert told["Company"] == 'He said "hi",\nand left'
    mapped = {entry["api_name"]: entry for entry in made.mappings}
    assert mapped["Next_Touch"]["format"] == "yyyy-MM-dd"
    assert mapped["Last_Reply"]["format"] == "yyyy-MM-dd'T'HH:mm:ssXXX"
    assert mapped["Owner"]["find_by"] == mapped["Account_Name"]["find_by"] == "id"
    assert "find_by" not in mapped["Company"]
    assert "format" not in mapped["Company"]


@pytest.mark.parametrize(
    ("intents", "code"),
    [
        ([insert(1), insert(1)], "DUPLICATE_KEY"),
        ([update(1, Company=None)], "CANNOT_CLEAR"),
        ([update(1, Company="")], "CANNOT_CLEAR"),
        ([update(1, Languages=[])], "CANNOT_CLEAR"),
        ([insert(1, Unknown_Field="x")], "INVALID_FIELD"),
        ([insert(1, Score_Formula=3)], "INVALID_FIELD"),
        ([insert(1, Tag=[{"name": "a"}])], "INVALID_FIELD"),
        ([insert(1, Company={"a": 1})], "INVALID_FIELD"),
        ([], "TOO_MANY_ROWS"),
        ([insert(number) for number in range(25_001)], "TOO_MANY_ROWS"),
        ([insert(1), update(2, Company="B")], "MIXED_ROWS"),
    ],
)
def test_what_a_job_cannot_carry_is_refused_before_anything_is_sent(intents, code):
    writer, zoho = make()
    with pytest.raises(RequestRefused) as caught:
        writer.upload(intents)
    assert caught.value.code == code
    assert all(request.method == "GET" for request in zoho.requests)


def test_more_columns_or_bytes_than_a_job_takes_are_refused(monkeypatch):
    with pytest.raises(RequestRefused, match="201 columns"):
        bulkfiles.packed("a.csv", [str(number) for number in range(201)], [["x"] * 201])
    assert bulkfiles.packed("a.csv", [str(number) for number in range(200)], [["x"] * 200])
    monkeypatch.setattr(bulkfiles, "LARGEST_UPLOAD", 100)
    with pytest.raises(RequestRefused) as caught:
        bulkfiles.packed("a.csv", ["a"], [["x"]])
    assert caught.value.code == "FILE_TOO_LARGE"


def test_a_key_that_is_not_unique_in_live_metadata_stops_the_job():
    fields = [{**entry, "unique": {}} for entry in FIELDS]
    zoho = Zoho()
    writer = ZohoBulkWriter(
        client=ZohoClient(api=door(zoho, API), upload=door(zoho, CONTENT), external_key=KEY), fields=lambda _: fields
    )
    assert not writer.takes("Leads", "insert")
    assert writer.takes("Leads", "update")
    with pytest.raises(RequestRefused) as caught:
        writer.submit([insert(1)], "5")
    assert (caught.value.code, zoho.requests) == ("FIND_BY_NOT_UNIQUE", [])


def test_it_takes_inserts_and_updates_of_modules_that_bulk_write_supports():
    writer, _ = make()
    assert writer.takes("Leads", "insert")
    assert not writer.takes("Leads", "add_tags")
    assert not writer.takes("Notes", "insert")
    assert not make(upload=None)[0].takes("Leads", "insert")


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["Last_Name", "Company", "Email"]),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_text_comes_back_out_of_the_zip(payloads):
    intents = [insert(number, **payload) for number, payload in enumerate(payloads)]
    header, *rows = csv.reader(io.StringIO(read_text(sheet(intents, FIELDS, key_field=KEY).content()), newline=""))
    for intent, row in zip(intents, rows, strict=True):
        told = dict(zip(header, row, strict=True))
        assert told[KEY] == intent.person_key
        assert all(told[name] == (value or "") for name, value in intent.payload.items())


def read_text(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(archive.namelist()[0]).decode()


# --- upload and job


def test_the_upload_goes_to_the_content_host_with_its_two_headers():
    writer, zoho = make()
    assert writer.upload([insert(1)]) == "5"
    sent = zoho.requests[-1]
    assert str(sent.url) == f"{CONTENT}/crm/v2/upload"
    assert (sent.headers["feature"], sent.headers["x-crm-org"]) == ("bulk-write", "700")
    assert cells(zoho.files["5"])[1][0] == "key-1"


def test_an_upload_whose_answer_is_lost_is_repeated():
    writer, zoho = make()
    zoho.faults = [("/upload$", "after")]
    with pytest.raises(VendorUnavailable) as caught:
        writer.upload([insert(1)])
    assert not isinstance(caught.value, AnswerLost)
    assert sum(request.url.path.endswith("/upload") for request in zoho.requests) == 2


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, refused("INVALID_FILE_FORMAT"), "INVALID_FILE_FORMAT"),
        (200, refused("INVALID_FILE_FORMAT"), "INVALID_FILE_FORMAT"),
        (200, {"code": "NOT_SUPPORTED_FEATURE", "message": "no"}, "NOT_SUPPORTED_FEATURE"),
        (413, refused("FILE_TOO_LARGE"), "FILE_TOO_LARGE"),
        (400, {"ERROR_CODE": 400, "ERROR_MESSAGE": "Bad Request", "x-error": "check headers"}, "ERROR_400"),
        (200, {"ERROR_CODE": 400, "ERROR_MESSAGE": "Bad Request"}, "ERROR_400"),
    ],
)
def test_a_refused_upload_is_known_by_its_code_whatever_the_status(status, body, code):
    writer, zoho = make()
    zoho.faults = [("/upload$", httpx.Response(status, json=body))]
    with pytest.raises(RequestRefused) as caught:
        writer.upload([insert(1)])
    assert caught.value.code == code


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_the_job_says_what_to_do_with_each_column(version):
    writer, zoho = make(Zoho(version))
    assert writer.submit([insert(1, Owner={"id": "41"})], "5") == "11"
    job = zoho.jobs["11"]
    (resource,) = job["resource"]
    assert (job["operation"], job["ignore_empty"], job["character_encoding"]) == ("upsert", True, "UTF-8")
    assert resource["module"] == ("Leads" if version == "v2" else {"api_name": "Leads"})
    assert resource.get("file_names") == (None if version == "v2" else ["leadflow.csv"])
    assert (resource["type"], resource["file_id"], resource["find_by"]) == ("data", "5", KEY)
    assert resource["field_mappings"][0] == {"api_name": KEY, "index": 0}
    assert {"api_name": "Owner", "index": 3, "find_by": "id"} in resource["field_mappings"]
    assert zoho.requests[-1].headers["content-type"] == "application/json"


def test_the_mapping_fits_the_file_that_an_earlier_process_uploaded():
    zoho = Zoho()
    intents = [update(2, Company="B", Last_Name="Å"), update(1, Email="x@y.example")]
    make(zoho)[0].upload(intents)
    make(zoho)[0].submit(intents, "5")
    header = cells(zoho.files["5"])[0]
    mapped = zoho.jobs["11"]["resource"][0]["field_mappings"]
    assert [header[entry["index"]] for entry in mapped] == [entry["api_name"] for entry in mapped]


@pytest.mark.parametrize("fault", ["after", "before", httpx.Response(502, text="<html>")])
def test_a_job_whose_answer_is_lost_is_never_sent_again(fault):
    writer, zoho = make()
    zoho.faults = [("/write$", fault)]
    with pytest.raises(AnswerLost):
        writer.submit([insert(1)], "5")
    assert sum(request.url.path.endswith("/write") for request in zoho.requests) == 1


def test_an_answer_without_a_job_id_is_a_lost_answer():
    writer, zoho = make()
    zoho.faults = [("/write$", httpx.Response(201, json={"status": "success", "code": "SUCCESS", "details": {}}))]
    with pytest.raises(AnswerLost):
        writer.submit([insert(1)], "5")


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (
            httpx.Response(400, json=refused("MANDATORY_FIELDS_NOT_MAPPED")),
            RequestRefused,
            "MANDATORY_FIELDS_NOT_MAPPED",
        ),
        (httpx.Response(200, json=refused("INVALID_FIELD")), RequestRefused, "INVALID_FIELD"),
        (httpx.Response(415, json=refused("MEDIA_TYPE_NOT_SUPPORTED")), RequestRefused, "MEDIA_TYPE_NOT_SUPPORTED"),
        (httpx.Response(401, json=refused("OAUTH_SCOPE_MISMATCH")), CredentialsRejected, "OAUTH_SCOPE_MISMATCH"),
    ],
)
def test_a_refused_job_was_certainly_not_created(answer, error, code):
    writer, zoho = make()
    zoho.faults = [("/write$", answer)]
    with pytest.raises(error) as caught:
        writer.submit([insert(1)], "5")
    assert caught.value.code == code


def test_no_credits_left_is_a_quota():
    writer, zoho = make()
    body = {**refused("TOO_MANY_REQUESTS"), "message": "You have crossed the API credits limit"}
    zoho.faults = [("/write$", httpx.Response(429, json=body))]
    with pytest.raises(QuotaExhausted):
        writer.submit([insert(1)], "5")


def test_a_job_costs_five_hundred_credits():
    records = []
    writer, _ = make(on_call=records.append)
    writer.submit([insert(1)], "5")
    assert [record.units for record in records if record.path.endswith("/write")] == [500]


# --- where it stands


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("ADDED", "running"),
        ("INPROGRESS", "running"),
        ("IN PROGRESS", "running"),
        ("IN_PROGRESS", "running"),
        ("COMPLETED", "completed"),
        ("FAILED", "failed"),
    ],
)
def test_every_spelling_of_a_status_is_understood(said, state):
    writer, zoho = make()
    zoho.status = {"status": said, "resource": [{"status": said, "file": {"status": said}}]}
    assert writer.job("11").state == state


def test_counts_are_told_when_zoho_tells_them():
    writer, zoho = make()
    assert writer.job("11").counts == {}
    file = {"status": "COMPLETED", "added_count": 90, "updated_count": "5", "skipped_count": 5, "total_count": 100}
    zoho.status = {"status": "COMPLETED", "resource": [{"status": "COMPLETED", "code": "SUCCESS", "file": file}]}
    assert writer.job("11").counts == {"added": 90, "updated": 5, "skipped": 5, "total": 100}


def test_a_failed_job_keeps_its_whole_answer_and_counts_nothing():
    writer, zoho = make()
    zoho.status = {"status": "FAILED", "resource": [{"status": "FAILED", "code": "INVALID_DATA", "message": "bad"}]}
    status = writer.job("11")
    assert (status.code, status.message) == ("INVALID_DATA", "bad")
    assert status.counts == {"added": 0, "updated": 0, "skipped": 0, "total": 0}
    assert status.answer["resource"][0]["status"] == "FAILED"


def test_a_job_whose_only_file_failed_has_failed_though_it_says_completed():
    writer, zoho = make()
    zoho.status = {"status": "COMPLETED", "resource": [{"status": "FAILED", "code": "INVALID_FORMAT"}]}
    assert writer.job("11").state == "failed"


@pytest.mark.parametrize("status", [400, 404])
def test_an_unknown_job_is_none(status):
    writer, zoho = make()
    zoho.faults = [("/write/", httpx.Response(status, json=refused("RESOURCE_NOT_FOUND")))]
    assert writer.job("99") is None


def test_a_job_without_a_status_is_not_believed():
    writer, zoho = make()
    zoho.faults = [("/write/", httpx.Response(200, json={"id": "11"}))]
    with pytest.raises(UnexpectedAnswer):
        writer.job("11")


# --- the result


def completed(writer, zoho, url):
    zoho.status = {"status": "COMPLETED", "result": {"download_url": url}}
    return writer.results(writer.job("11"))


@pytest.mark.parametrize(
    "url",
    [
        f"{ACCL}/v2/crm/700/bulk-write/11/11.zip",
        "/v7/crm/org700/bulk-write/11/11.zip",
        "v7/crm/org700/bulk-write/11/11.zip",
        "//download-accl.zoho.eu/v2/crm/700/bulk-write/11/11.zip",
    ],
)
def test_absolute_and_relative_links_are_followed_with_the_token(url):
    writer, zoho = make()
    (row,) = completed(writer, zoho, url)
    assert (row.key, row.status, row.record_id, row.code) == ("key-1", "added", "77", None)
    assert zoho.requests[-1].headers["authorization"].endswith("1000.abcdef")


def test_a_relative_link_that_the_api_host_does_not_know_is_tried_on_the_download_host():
    writer, zoho = make()
    zoho.faults = [(f"{API}/v7", httpx.Response(403, json={"info": "Forbidden", "x-info": "Link not valid"}))]
    assert len(completed(writer, zoho, "/v7/crm/org700/bulk-write/11/11.zip")) == 1
    assert zoho.requests[-1].url.host == "download-accl.zoho.eu"


def test_a_relative_link_may_lie_below_the_path_of_a_local_base_url():
    zoho = Zoho()
    zoho.answer = lambda request: (
        httpx.Response(200, content=zoho.result)
        if request.url.path == "/zoho/api/v7/11.zip"
        else httpx.Response(200, json={"status": "COMPLETED", "result": {"download_url": "/v7/11.zip"}})
    )
    writer, _ = make(zoho, api="http://127.0.0.1:8000/zoho/api", upload="http://127.0.0.1:8000/zoho/upload")
    assert len(writer.results(writer.job("11"))) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/11.zip",
        "https://zoho.eu.evil.example/11.zip",
        "https://evilzoho.eu/11.zip",
        "https://www.zoho.eu@evil.example/11.zip",
        "https://evil.example\\.zoho.eu/11.zip",
        "http://download-accl.zoho.eu/11.zip",
        "https://download-accl.zoho.com/11.zip",
        "http://127.0.0.1/11.zip",
        "ftp://download-accl.zoho.eu/11.zip",
        "file:///etc/passwd",
    ],
)
def test_no_other_host_is_ever_asked(url):
    writer, zoho = make()
    with pytest.raises(UnexpectedAnswer):
        completed(writer, zoho, url)
    assert [str(request.url) for request in zoho.requests] == [f"{API}/crm/bulk/v2/write/11"]


def test_a_redirect_inside_the_data_centre_is_followed():
    writer, zoho = make()
    zoho.faults = [("/start.zip", httpx.Response(302, headers={"location": f"{ACCL}/x/11.zip?sig=a%2Fb"}))]
    assert len(completed(writer, zoho, "/start.zip")) == 1
    assert str(zoho.requests[-1].url) == f"{ACCL}/x/11.zip?sig=a%2Fb"


def test_a_redirect_to_another_host_is_not_followed_and_sees_no_token():
    writer, zoho = make()
    zoho.faults = [("/start.zip", httpx.Response(302, headers={"location": "https://evil.example/11.zip"}))]
    with pytest.raises(UnexpectedAnswer, match=r"evil\.example"):
        completed(writer, zoho, "/start.zip")
    assert {request.url.host for request in zoho.requests} == {"www.zohoapis.eu"}


def test_redirects_end():
    writer, zoho = make()
    zoho.faults = [("/start.zip", httpx.Response(307, headers={"location": "/start.zip"}))]
    with pytest.raises(UnexpectedAnswer, match="without end"):
        completed(writer, zoho, f"{ACCL}/start.zip")


def test_loopback_links_are_for_loopback_organisations_only():
    local = Downloads(api=door(Zoho(), "http://127.0.0.1:8000/api"))
    assert local.allows("http://127.0.0.1:9000/11.zip")
    assert not local.allows("http://127.0.0.2:9000/11.zip")
    assert not local.allows(f"{ACCL}/11.zip")
    assert not Downloads(api=door(Zoho(), API)).allows("http://127.0.0.1:9000/11.zip")


@pytest.mark.parametrize("name", ["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk"])
def test_every_data_centre_allows_its_own_hosts_and_no_other(name):
    centre = data_center(name)
    assert data_center_of(centre.api) == centre
    downloads = Downloads(api=door(Zoho(), centre.api))
    assert all(downloads.allows(f"{root}/x") for root in (centre.api, centre.upload, centre.accounts, centre.download))
    other = data_center("eu" if name != "eu" else "us")
    assert not downloads.allows(f"{other.download}/x")


@pytest.mark.parametrize("status", [200, 403])
def test_a_link_that_expired_says_so(status):
    writer, zoho = make()
    zoho.faults = [("zip$", httpx.Response(status, json={"info": "Forbidden", "x-info": "Link not valid"}))]
    with pytest.raises(RequestRefused) as caught:
        completed(writer, zoho, f"{ACCL}/11.zip")
    assert caught.value.code == "LINK_NOT_VALID"


@pytest.mark.parametrize("content", [b"<html>login</html>", b"PK\x03\x04broken", b""])
def test_a_result_that_is_no_zip_is_not_used(content):
    writer, zoho = make()
    zoho.result = content
    with pytest.raises(UnexpectedAnswer):
        completed(writer, zoho, f"{ACCL}/11.zip")


def test_a_download_larger_than_is_believable_is_not_used(monkeypatch):
    monkeypatch.setattr(bulklinks, "LARGEST_DOWNLOAD", 10)
    writer, zoho = make()
    with pytest.raises(UnexpectedAnswer, match="over"):
        completed(writer, zoho, f"{ACCL}/11.zip")


def test_a_signed_link_is_in_no_log():
    records = []
    writer, zoho = make(on_call=records.append)
    completed(writer, zoho, f"{ACCL}/11.zip?signature=abc")
    assert records[-1].path == "/11.zip"


def test_a_job_without_a_result_file_has_no_rows_to_give():
    writer, zoho = make()
    zoho.status = {"status": "COMPLETED"}
    with pytest.raises(UnexpectedAnswer):
        writer.results(writer.job("11"))


def test_rows_are_read_whatever_their_order_case_and_byte_order_mark():
    text = (
        f"\ufeff{KEY},Company,Last_Name,STATUS,RECORD_ID,ERRORS\r\n"
        'key-3,Fjord,Ek,skipped,,"INVALID_DATA-Email,Phone:DUPLICATE_DATA-Leadflow_ID"\r\n'
        "key-1,Fjord,Ek,Added,77,\r\n"
        "key-2,Fjord,Ek,UPDATED,78,\r\n"
        "key-4,Fjord,Ek,UNPROCESSED,,\r\n"
        "key-5,Fjord,Ek,FAILED,,CANNOT_PROCESS\r\n"
        "key-6,Fjord,Ek,HELD,,something else\r\n"
    )
    rows = bulkanswers.result_rows(result_zip(text))
    assert [(row.key, row.status, row.record_id, row.code) for row in rows] == [
        ("key-3", "skipped", None, "INVALID_DATA"),
        ("key-1", "added", "77", None),
        ("key-2", "updated", "78", None),
        ("key-4", "unprocessed", None, None),
        ("key-5", "skipped", None, "CANNOT_PROCESS"),
        ("key-6", "unprocessed", None, "STATUS_HELD"),
    ]
    assert rows[0].message == "INVALID_DATA (Email, Phone); DUPLICATE_DATA (Leadflow_ID)"
    assert rows[5].message == "something else"


def test_a_row_key_is_what_the_result_file_will_say():
    writer, _ = make()
    assert writer.row_key(insert(4)) == "key-4"
    assert writer.row_key(insert(4, Leadflow_ID="key-old")) == "key-old"
    assert writer.row_key(update(4, Company="A")) == "9004"


@pytest.mark.parametrize(
    "text", [f"{KEY},Company,RECORD_ID,ERRORS\nkey-1,A,1,\n", "STATUS,RECORD_ID,ERRORS\nADDED,1,\n", ""]
)
def test_a_result_without_the_documented_columns_is_not_used(text):
    with pytest.raises(UnexpectedAnswer):
        bulkanswers.result_rows(result_zip(text))


def test_a_zip_bomb_is_not_unpacked():
    bomb = result_zip("x,y\n" * 300_000)
    assert len(bomb) < 10_000
    given = []
    with pytest.raises(UnexpectedAnswer, match="believable"):
        given.extend(bulkfiles.lines(bomb, place="the result", largest=1_000_000))
    assert len(given) <= 250_000


def test_a_zip_with_several_files_is_not_used():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b.csv", "x")
    with pytest.raises(UnexpectedAnswer, match="2 files"):
        bulkanswers.result_rows(target.getvalue())


def test_nothing_of_the_token_reaches_an_error():
    writer, zoho = make()
    zoho.faults = [("/write$", httpx.Response(400, json={**refused("X"), "message": "Zoho-oauthtoken 1000.abcdef"}))]
    with pytest.raises(RequestRefused) as caught:
        writer.submit([insert(1)], "5")
    assert "1000.abcdef" not in str(caught.value)
