"""Bulk write jobs on the wire: what is refused, how a job lives, where its result is (Zoho fact sheet §4.2-§4.4)."""

from __future__ import annotations

import pytest

HEADER = "key,name,company,mail,town\n"
ROW = "k1,Berg,Fjord,b@fjord.example,Oslo\n"


def rows(count: int) -> str:
    return HEADER + "".join(f"k{n},Berg {n},Fjord,b{n}@fjord.example,Oslo\n" for n in range(count))


def test_a_job_costs_500_credits_and_a_refused_one_a_single_credit(bulk):
    start = bulk.vendor.meter.used
    ident = bulk.submit(HEADER + ROW)
    assert bulk.vendor.meter.used == start + 500
    bulk.refused(module="Nobody")
    assert bulk.vendor.meter.used == start + 501
    bulk.vendor.meter.load(bulk.vendor.meter.dump())
    assert bulk.vendor.meter.used == start + 501
    bulk.wait(200)
    bulk.download(bulk.poll(ident)["result"]["download_url"])
    assert bulk.vendor.meter.used == start + 503


def test_a_job_that_the_credits_do_not_cover_is_429(open_bulk):
    desk = open_bulk(credits=499)
    answer = desk.bulk("POST", "/write", desk.job(HEADER + ROW))
    assert (answer.status, answer.body["code"]) == (429, "TOO_MANY_REQUESTS")


def test_a_job_needs_a_json_content_type_and_a_json_body(bulk):
    plain = bulk.bulk("POST", "/write", bulk.job(HEADER + ROW), kind="text/plain")
    assert (plain.status, plain.body["code"]) == (415, "MEDIA_TYPE_NOT_SUPPORTED")
    assert bulk.bulk("POST", "/write", b"{").body["code"] == "INVALID_REQUEST"


def test_a_job_without_the_bulk_scope_is_a_scope_mismatch(open_bulk):
    desk = open_bulk(missing_scopes=frozenset({"ZohoCRM.bulk.ALL"}))
    assert desk.bulk("POST", "/write", desk.job(HEADER + ROW)).body["code"] == "OAUTH_SCOPE_MISMATCH"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"operation": None}, "MISSING_REQUIRED_KEY"),
        ({"operation": "merge"}, "INVALID_DATA"),
        ({"type": ...}, "MISSING_REQUIRED_KEY"),
        ({"module": "Notes"}, "MODULE_NOT_AVAILABLE"),
        ({"module": "Calls"}, "MODULE_NOT_AVAILABLE"),
        ({"module": {"api_name": "Leads"}}, "INVALID_DATA"),
        ({"file_id": ...}, "MISSING_REQUIRED_KEY"),
        ({"file_id": "abc"}, "INVALID_FILE_ID"),
        ({"file_id": "123"}, "FILE_NOT_FOUND"),
        ({"find_by": ...}, "MANDATORY_NOT_FOUND"),
        ({"find_by": ..., "operation": "update"}, "MANDATORY_NOT_FOUND"),
        ({"find_by": "Nobody"}, "INVALID_FIELD"),
        ({"find_by": "Email"}, "INVALID_FIELD"),
        ({"columns": ["Last_Name", "Company", "Email"]}, "COLUMN_INDEX_NOT_FOUND"),
        ({"columns": ["Leadflow_ID", "Last_Name", "City"]}, "MANDATORY_FIELDS_NOT_MAPPED"),
        ({"columns": ["Leadflow_ID", "Last_Name", "Company", "ast_Name"]}, "INVALID_FIELD"),
        ({"columns": ["Leadflow_ID", "Last_Name", "Company", "Modified_Time"]}, "INVALID_FIELD"),
        ({"columns": ["Leadflow_ID", "Last_Name", "Company", "Full_Name"]}, "INVALID_FIELD"),
        ({"columns": ["Leadflow_ID", "Last_Name", "Company", "id"]}, "INVALID_FIELD"),
        ({"columns": ["Leadflow_ID", "Last_Name", "Company", "Last_Name"]}, "DUPLICATE_DATA"),
        ({"columns": ["Leadflow_ID", "Last_Name", "Company", "Owner"]}, "MANDATORY_NOT_FOUND"),
        ({"columns": ["Leadflow_ID", "Last_Name", "Company", {"api_name": "City"}]}, "MISSING_REQUIRED_KEY"),
        (
            {"columns": ["Leadflow_ID", "Last_Name", "Company", {"api_name": "City", "index": 5}]},
            "COLUMN_INDEX_NOT_FOUND",
        ),
        (
            {"columns": ["Leadflow_ID", "Last_Name", "Company", {"api_name": "City", "index": 3, "format": "yyyy"}]},
            "INVALID_FORMAT",
        ),
        ({"columns": [{"api_name": f"F{n}", "index": 0} for n in range(201)]}, "HEADER_LIMIT_EXCEEDED"),
        ({"character_encoding": "klingon"}, "INVALID_DATA"),
        ({"callback": {"url": "ftp://x", "method": "post"}}, "INVALID_CALLBACK_URL"),
        ({"callback": {"url": "http://evil.example/x", "method": "post"}}, "INVALID_CALLBACK_URL"),
        ({"callback": {"url": "https://x.example/x", "method": "get"}}, "INVALID_CALLBACK_METHOD"),
    ],
)
def test_what_zoho_would_not_take_is_refused_before_a_job_exists(bulk, change, code):
    if change == {"operation": None}:
        body = bulk.job(HEADER + ROW)
        del body["operation"]
        answer = bulk.bulk("POST", "/write", body)
        assert answer.body["message"] == "required key operation is not found in request body."
        assert (answer.body["code"], answer.body["details"]) == (code, {"json_path": "$.operation"})
    else:
        assert bulk.refused(**change) == code
    assert bulk.vendor.bulk.writes.jobs == {}


def test_two_resources_in_one_job_are_refused(bulk):
    body = bulk.job(HEADER + ROW)
    body["resource"] *= 2
    assert bulk.bulk("POST", "/write", body).body["code"] == "COEXISTENCE_NOT_ALLOWED"


def test_later_versions_take_the_module_as_an_object_and_may_demand_file_names(bulk, open_bulk):
    assert bulk.submit(HEADER + ROW, version="v8", file_names=["leads.csv"])
    body = bulk.job(HEADER + ROW, version="v8", file_names=["other.csv"])
    assert bulk.bulk("POST", "/write", body, version="v8").body["code"] == "FILE_NOT_FOUND"
    body["resource"][0]["module"] = "Leads"
    assert bulk.bulk("POST", "/write", body, version="v2.1").body["code"] == "INVALID_DATA"
    strict = open_bulk(bulk_needs_file_names=True)
    body = strict.job(HEADER + ROW, version="v8")
    assert strict.bulk("POST", "/write", body, version="v8").body["code"] == "MISSING_REQUIRED_KEY"


def test_a_v2_job_goes_from_added_through_in_progress_to_completed_by_the_clock(bulk):
    ident = bulk.submit(rows(100))
    added = bulk.poll(ident)
    assert (added["status"], added["resource"][0]["file"]) == ("ADDED", {"status": "ADDED"})
    assert "result" not in added
    bulk.wait(20)
    running = bulk.poll(ident)
    assert running["status"] == running["resource"][0]["status"] == "INPROGRESS"
    assert 0 < running["resource"][0]["file"]["added_count"] < 100
    assert "result" not in running
    bulk.wait(20)
    done = bulk.poll(ident)
    zgid = bulk.vendor.organisation.zgid
    assert done["result"] == {
        "download_url": f"http://127.0.0.1:8000/zoho/upload/v2/crm/{zgid}/bulk-write/{ident}/{ident}.zip"
    }
    resource = done["resource"][0]
    assert (done["status"], done["operation"], done["id"], done["character_encoding"]) == (
        "COMPLETED",
        "upsert",
        ident,
        "UTF-8",
    )
    assert resource["file"] == {
        "status": "COMPLETED",
        "name": "leads.csv",
        "added_count": 100,
        "updated_count": 0,
        "skipped_count": 0,
        "total_count": 100,
    }
    assert (resource["module"], "code" in resource) == ("Leads", False)
    assert resource["field_mappings"][0] == {
        "api_name": "Leadflow_ID",
        "index": 0,
        "format": None,
        "find_by": None,
        "default_value": None,
    }


def test_a_v8_job_names_its_module_by_object_tells_a_code_and_a_relative_address(bulk):
    ident = bulk.submit(HEADER + ROW, version="v8")
    assert bulk.poll(ident, "v8")["resource"][0]["code"] == "ADDED"
    bulk.wait(200)
    done = bulk.poll(ident, "v8")
    resource = done["resource"][0]
    assert (resource["code"], resource["module"]["api_name"]) == ("SUCCESS", "Leads")
    url = done["result"]["download_url"]
    assert url.endswith(f"/v8/crm/org{bulk.vendor.organisation.zgid}/bulk-write/{ident}/{ident}.zip")
    assert url.startswith("/")
    assert bulk.download(f"http://127.0.0.1:8000/zoho/api{url}").status == 200
    assert bulk.download(f"http://127.0.0.1:8000/zoho/upload{url}").status == 200
    assert bulk.download(f"http://127.0.0.1:8000{url}").status == 200


def test_spelling_addresses_and_unknown_status_are_switches(open_bulk):
    desk = open_bulk(bulk_in_progress="IN PROGRESS", bulk_urls="relative", bulk_unknown_status=400)
    ident = desk.submit(rows(10))
    desk.wait(15)
    assert desk.poll(ident)["status"] == "IN PROGRESS"
    desk.wait(20)
    assert desk.poll(ident)["result"]["download_url"].startswith("/")
    answer = desk.bulk("GET", "/write/123")
    assert (answer.status, answer.body["code"]) == (400, "RESOURCE_NOT_FOUND")


def test_an_unknown_job_is_not_found(bulk):
    answer = bulk.bulk("GET", "/write/123")
    assert answer.status == 404
    assert answer.body == {
        "code": "RESOURCE_NOT_FOUND",
        "details": {},
        "message": "The requested resource doesn't exist.",
        "status": "error",
    }


def test_polls_can_count_instead_of_time(open_bulk):
    desk = open_bulk(bulk_polls=3)
    ident = desk.submit(rows(10))
    assert [desk.poll(ident)["status"] for _ in range(4)] == ["ADDED", "INPROGRESS", "COMPLETED", "COMPLETED"]


def test_a_job_runs_row_after_row_whether_or_not_anybody_polls(bulk):
    bulk.submit(rows(100))
    bulk.wait(20)
    found = bulk.coql("select id from Leads where Leadflow_ID is not null limit 200").body["data"]
    assert 0 < len(found) < 100
    bulk.wait(100)
    assert bulk.coql("select id from Leads where Leadflow_ID is not null limit 200").body["info"]["count"] == 100
    moments = {record.created for record in bulk.vendor.organisation.tables["Leads"].ordered()}
    assert max(moments) < bulk.vendor.organisation.moment() - 60
    assert len(moments) >= 100


def test_a_new_day_finds_the_work_of_the_day_before_done(bulk):
    bulk.submit(rows(3))
    bulk.wait(86_400)
    bulk.vendor.pass_day(1)
    assert bulk.vendor.bulk.writes.unfinished == []
    assert "Leads.create" in bulk.vendor.canonical()["automations"]


def test_a_result_is_kept_for_seven_days_and_a_bad_link_is_not_valid(bulk):
    ident = bulk.submit(HEADER + ROW)
    bulk.wait(200)
    url = bulk.poll(ident)["result"]["download_url"]
    assert bulk.download(url.replace(ident, "1")).status == 403
    bulk.clock.advance(6)
    bulk.token = bulk.refresh().body["access_token"]
    assert bulk.download(url).headers["content-type"] == "application/zip"
    bulk.clock.advance(2)
    bulk.token = bulk.refresh().body["access_token"]
    gone = bulk.download(url)
    assert (gone.status, gone.body) == (403, {"info": "Forbidden", "x-info": "Link not valid"})
    assert bulk.poll(ident)["status"] == "COMPLETED"


def test_one_job_too_many_at_once_is_429_and_costs_one_credit(open_bulk):
    desk = open_bulk(bulk_jobs=1)
    desk.submit(HEADER + ROW)
    used = desk.vendor.meter.used
    answer = desk.bulk("POST", "/write", desk.job(HEADER + ROW))
    assert (answer.status, answer.body["code"]) == (429, "TOO_MANY_REQUESTS")
    assert desk.vendor.meter.used == used + 1
    desk.wait(200)
    assert desk.submit(HEADER + ROW)


def test_the_journal_calls_creating_and_uploading_writes_and_the_rest_reads(bulk):
    from resources.sandbox.calls import Call

    def kind(host, method, path):
        return bulk.vendor.kind(Call(host, method, path, (), {}, b""))

    assert kind("upload", "POST", "/crm/v2/upload") == "write"
    assert kind("api", "POST", "/crm/bulk/v8/write") == "write"
    assert kind("api", "POST", "/crm/bulk/v8/read") == "read"
    assert kind("api", "GET", "/crm/bulk/v2/write/1") == "read"
    assert kind("upload", "GET", "/v2/crm/1/bulk-write/1/1.zip") == "read"


def test_bulk_paths_are_served_below_crm_bulk_only(bulk):
    assert bulk.call("POST", "/write", {}).status == 404
    assert bulk.call("POST", "/bulk/write", {}).status == 404
    assert bulk.bulk("DELETE", "/write").body["code"] == "INVALID_REQUEST_METHOD"
