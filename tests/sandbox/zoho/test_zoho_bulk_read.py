"""Bulk read: what may be asked, how a job lives, what the file holds (Zoho fact sheet §4.6)."""

from __future__ import annotations

import pytest


@pytest.fixture
def filled(bulk, new_lead):
    (account,) = bulk.insert("Accounts", {"Account_Name": "Fjord", "Website": "https://fjord.example"})
    bulk.ids = bulk.insert(
        "Leads",
        new_lead(1, City="Oslo", No_of_Employees=5),
        new_lead(2, City="Bergen", No_of_Employees=50, Email_Opt_Out=True),
        new_lead(3, No_of_Employees=500),
    )
    bulk.contact = bulk.insert("Contacts", {"Last_Name": "Berg", "Account_Name": {"id": account}})[0]
    bulk.account = account
    return bulk


def refused(desk, query, version="v2", **more):
    answer = desk.bulk("POST", "/read", {"query": query, **more}, version=version)
    assert answer.status == 400, answer
    return answer.body["code"]


def found(desk, *conditions, operator="and", version="v2"):
    group = {"group_operator": operator, "group": list(conditions)}
    module = "Leads" if version == "v2" else {"api_name": "Leads"}
    query = {"module": module, "fields": ["Leadflow_ID"], "criteria": group}
    keys = (row["Leadflow_ID"] for row in desk.read(query, version))
    return [key.removeprefix("key-") for key in keys if key]


def test_a_read_job_costs_50_credits_lives_by_the_clock_and_is_downloaded_from_the_api_host(filled):
    used = filled.vendor.meter.used
    answer = filled.bulk("POST", "/read", {"query": {"module": "Leads", "fields": ["Email"]}})
    assert filled.vendor.meter.used == used + 50
    assert (answer.status, answer.body["info"]) == (201, {})
    (item,) = answer.body["data"]
    assert (item["code"], item["message"]) == ("ADDED_SUCCESSFULLY", "Added successfully.")
    assert (item["details"]["operation"], item["details"]["state"]) == ("read", "ADDED")
    ident = item["details"]["id"]

    def poll():
        return filled.bulk("GET", f"/read/{ident}").body["data"][0]

    assert poll()["state"] == "ADDED"
    early = filled.bulk("GET", f"/read/{ident}/result")
    assert (early.status, early.body["code"]) == (404, "RESOURCE_NOT_FOUND")
    filled.wait(4)
    assert poll()["state"] == "IN PROGRESS"
    filled.wait(4)
    done = poll()
    assert done["state"] == "COMPLETED"
    assert done["query"] == {"module": "Leads", "fields": ["Email"], "page": 1}
    assert done["result"] == {
        "page": 1,
        "per_page": 200_000,
        "count": done["result"]["count"],
        "download_url": f"/crm/bulk/v2/read/{ident}/result",
        "more_records": False,
    }
    assert filled.bulk("GET", f"/read/{ident}/result").status == 200
    filled.clock.advance(2)
    filled.token = filled.refresh().body["access_token"]
    assert filled.bulk("GET", f"/read/{ident}/result").status == 404


def test_later_versions_may_say_queued_and_a_failed_read_says_why(filled):
    filled.vendor.bulk.mishaps.failed_reads = 1
    body = {"query": {"module": {"api_name": "Leads"}}}
    ident = filled.bulk("POST", "/read", body, version="v8").body["data"][0]["details"]["id"]
    filled.wait(2)
    assert filled.bulk("GET", f"/read/{ident}", version="v8").body["data"][0]["state"] == "QUEUED"
    filled.wait(60)
    shown = filled.bulk("GET", f"/read/{ident}", version="v8").body["data"][0]
    assert (shown["state"], shown["result"]["error_message"]["status"]) == ("FAILURE", "error")
    assert filled.bulk("GET", f"/read/{ident}/result", version="v8").status == 404


def test_without_fields_all_are_read_ids_for_lookups_moments_in_the_users_zone(filled):
    (row,) = [row for row in filled.read({"module": "Contacts"}) if row["id"] == filled.contact]
    organisation = filled.vendor.organisation
    assert next(iter(row)) == "id"
    assert set(row) == set(organisation.modules["Contacts"].fields) - {"Tag"}
    assert (row["Account_Name"], row["Owner"]) == (filled.account, organisation.me)
    assert row["Modified_Time"] == "2026-03-02T14:30:00+05:30"
    assert (row["Email"], row["Email_Opt_Out"]) == ("", "false")


def test_asked_fields_come_in_their_order_with_id_always_and_dotted_ones_through_the_lookup(filled):
    names = ["Owner.last_name", "Account_Name.Account_Name", "Account_Name.Website", "Last_Name"]
    (row,) = [row for row in filled.read({"module": "Contacts", "fields": names}) if row["id"] == filled.contact]
    assert list(row) == ["id", *names]
    assert row["Account_Name.Website"] == "https://fjord.example"
    assert (row["Owner.last_name"], row["Account_Name.Account_Name"]) == ("Integration", "Fjord")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("Leadflow_ID", "equal", "KEY-1"), "1"),
        (("Leadflow_ID", "not_equal", "key-1"), "23"),
        (("Leadflow_ID", "in", ["key-1", "key-3"]), "13"),
        (("Leadflow_ID", "not_in", ["key-1", "key-3"]), "2"),
        (("No_of_Employees", "less_than", 50), "1"),
        (("No_of_Employees", "less_equal", "50"), "12"),
        (("No_of_Employees", "greater_than", 50), "3"),
        (("No_of_Employees", "greater_equal", 50), "23"),
        (("No_of_Employees", "between", [5, 50]), "12"),
        (("No_of_Employees", "not_between", [5, 50]), "3"),
        (("City", "contains", "ERG"), "2"),
        (("City", "not_contains", "erg"), "1"),
        (("City", "starts_with", "os"), "1"),
        (("City", "ends_with", "en"), "2"),
        (("Email_Opt_Out", "equal", "true"), "2"),
        (("Modified_Time", "greater_equal", "2026-03-02T09:00:00+00:00"), "123"),
        (("Modified_Time", "between", ["2026-03-02T14:29:00+05:30", "2026-03-02T14:29:59+05:30"]), ""),
    ],
)
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_each_comparator_in_both_dialects(filled, condition, expected, version):
    name, comparator, value = condition
    where = {"api_name": name} if version == "v2" else {"field": {"api_name": name}}
    key = {"api_name": "Leadflow_ID"} if version == "v2" else {"field": {"api_name": "Leadflow_ID"}}
    ours = {**key, "comparator": "not_equal", "value": "${EMPTY}"}
    theirs = {**where, "comparator": comparator, "value": value}
    assert "".join(found(filled, ours, theirs, version=version)) == expected


def test_empty_is_a_value_and_groups_nest(filled):
    blank = {"api_name": "City", "comparator": "equal", "value": "${EMPTY}"}
    ours = {"api_name": "Leadflow_ID", "comparator": "starts_with", "value": "key-"}
    oslo = {"api_name": "City", "comparator": "equal", "value": "Oslo"}
    assert found(filled, ours, blank) == ["3"]
    assert found(filled, ours, {"group_operator": "or", "group": [oslo, blank]}) == ["1", "3"]
    single = {"module": "Leads", "fields": ["City"], "criteria": oslo}
    assert filled.ids[0] in [row["id"] for row in filled.read(single)]


CONDITION = {"api_name": "City", "comparator": "equal", "value": "Oslo"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "INVALID_REQUEST"),
        ({"module": "Nobody"}, "MODULE_NOT_AVAILABLE"),
        ({"module": "Leads", "fields": ["Nobody"]}, "FIELD_NOT_AVAILABLE"),
        ({"module": "Leads", "fields": ["Tag"]}, "FIELD_NOT_AVAILABLE"),
        ({"module": "Leads", "fields": ["City"] * 201}, "INVALID_REQUEST"),
        (
            {"module": "Contacts", "fields": ["Owner.email", "Account_Name.Website", "Reporting_To.Email"]},
            "JOIN_LIMIT_EXCEEDED",
        ),
        ({"module": "Leads", "page": 501}, "PAGE_RANGE_EXCEEDED"),
        ({"module": "Leads", "page": 0}, "PAGE_RANGE_EXCEEDED"),
        ({"module": "Leads", "cvid": "1"}, "CVID_NOT_SUPPORTED"),
        ({"module": "Leads", "page_token": "x"}, "INVALID_REQUEST"),
        ({"module": "Leads", "criteria": []}, "INVALID_CRITERIA"),
        ({"module": "Leads", "criteria": {"group_operator": "xor", "group": [CONDITION]}}, "INVALID_CRITERIA"),
        ({"module": "Leads", "criteria": {**CONDITION, "comparator": "like"}}, "INVALID_CRITERIA"),
        ({"module": "Leads", "criteria": {**CONDITION, "value": ["Oslo"]}}, "INVALID_CRITERIA"),
        ({"module": "Leads", "criteria": {**CONDITION, "api_name": "Nobody"}}, "FIELD_NOT_AVAILABLE"),
        (
            {"module": "Leads", "criteria": {**CONDITION, "api_name": "Modified_Time", "value": "yesterday"}},
            "INVALID_CRITERIA",
        ),
        (
            {"module": "Leads", "criteria": {"field": {"api_name": "City"}, "comparator": "equal", "value": "x"}},
            "INVALID_CRITERIA",
        ),
        (
            {"module": "Leads", "criteria": {"group_operator": "and", "group": [CONDITION] * 26}},
            "CRITERIA_LIMIT_EXCEEDED",
        ),
        (
            {"module": "Leads", "criteria": {**CONDITION, "comparator": "in", "value": ["a"] * 21}},
            "VALUE_LIMIT_EXCEEDED_IN_CRITERIA",
        ),
    ],
)
def test_what_bulk_read_would_not_take_is_refused_and_costs_one_credit(bulk, query, code):
    used = bulk.vendor.meter.used
    assert refused(bulk, query) == code
    assert bulk.vendor.meter.used == used + 1


def test_the_body_must_be_there_be_json_and_be_announced_as_json(bulk):
    assert bulk.bulk("POST", "/read").body["code"] == "REQUEST_BODY_IS_EMPTY"
    assert bulk.bulk("POST", "/read", b"{").body["code"] == "REQUEST_BODY_NOT_READABLE"
    plain = bulk.bulk("POST", "/read", {"query": {"module": "Leads"}}, kind="text/plain")
    assert (plain.status, plain.body["code"]) == (415, "MEDIA_TYPE_NOT_SUPPORTED")
    assert refused(bulk, {"module": "Leads"}, file_type="ics") == "INVALID_DATA"
    assert refused(bulk, {"module": "Leads"}, "v8") == "INVALID_DATA"
    flat = {"module": {"api_name": "Leads"}, "criteria": CONDITION}
    assert refused(bulk, flat, "v8") == "INVALID_CRITERIA"
    missing = bulk.bulk("GET", "/read/1")
    assert (missing.status, missing.body["code"]) == (404, "RESOURCE_NOT_FOUND")


def test_views_and_tags_are_switches(open_bulk, new_lead):
    desk = open_bulk(bulk_read_views=True, bulk_read_tags=True)
    (ident,) = desk.insert("Leads", new_lead(1, Tag=[{"name": "a"}, {"name": "b"}]))
    tags = {row["id"]: row["Tag"] for row in desk.read({"module": "Leads", "cvid": "1", "fields": ["Tag"]})}
    assert tags[ident] == "a,b"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_pages_collect_every_record_once_by_number_and_by_token(open_bulk, new_lead, size, version):
    desk = open_bulk(bulk_read_rows=size)
    desk.insert("Accounts", *({"Account_Name": f"A{n}"} for n in range(4)))
    everybody = [record.id for record in desk.vendor.organisation.tables["Accounts"].ordered()]
    query = {"module": "Accounts" if version == "v2" else {"api_name": "Accounts"}, "fields": ["id"]}
    collected, more = [], {}
    while True:
        ident = desk.bulk("POST", "/read", {"query": {**query, **more}}, version=version)
        ident = ident.body["data"][0]["details"]["id"]
        desk.wait(60)
        result = desk.bulk("GET", f"/read/{ident}", version=version).body["data"][0]["result"]
        collected += [row["id"] for row in desk.read({**query, **more}, version)]
        assert result["count"] <= size
        if not result["more_records"]:
            break
        more = {"page_token": result["next_page_token"]} if version == "v8" else {"page": more.get("page", 1) + 1}
    assert collected == everybody


def test_a_page_token_is_bound_to_its_query_and_lives_for_a_day(open_bulk):
    desk = open_bulk(people=40, bulk_read_rows=1)
    query = {"module": {"api_name": "Leads"}, "fields": ["id"]}
    ident = desk.bulk("POST", "/read", {"query": query}, version="v8").body["data"][0]["details"]["id"]
    desk.wait(60)
    token = desk.bulk("GET", f"/read/{ident}", version="v8").body["data"][0]["result"]["next_page_token"]
    assert refused(desk, {**query, "fields": ["Email"], "page_token": token}, "v8") == "TOKEN_BOUND_DATA_MISMATCH"
    assert refused(desk, {**query, "page": 2, "page_token": token}, "v8") == "AMBIGUITY_DURING_PROCESSING"
    assert refused(desk, {**query, "page_token": "nonsense"}, "v8") == "INVALID_DATA"
    desk.clock.advance(2)
    desk.token = desk.refresh().body["access_token"]
    assert refused(desk, {**query, "page_token": token}, "v8") == "EXPIRED_VALUE"


def test_ten_downloads_a_minute_and_the_eleventh_is_429(filled):
    ident = filled.bulk("POST", "/read", {"query": {"module": "Leads"}}).body["data"][0]["details"]["id"]
    filled.wait(60)
    statuses = [filled.bulk("GET", f"/read/{ident}/result").status for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    filled.wait(61)
    assert filled.bulk("GET", f"/read/{ident}/result").status == 200


def test_a_read_is_a_picture_of_the_moment_it_ended(filled, new_lead):
    ident = filled.bulk("POST", "/read", {"query": {"module": "Leads"}}).body["data"][0]["details"]["id"]
    filled.wait(5)
    filled.insert("Leads", new_lead(8))
    filled.wait(60)
    filled.insert("Leads", new_lead(9))
    filled.call("DELETE", "/Leads", ids=filled.ids[0])
    from_file = filled.download(f"/crm/bulk/v2/read/{ident}/result")
    assert b"key-1" in unzipped(from_file.body)
    assert b"key-8" in unzipped(from_file.body)
    assert b"key-9" not in unzipped(from_file.body)


def test_a_read_that_ended_amid_a_write_saw_the_rows_written_until_then(bulk):
    text = "key,name,company\n" + "".join(f"k{n},B,F\n" for n in range(100))
    bulk.submit(text, columns=["Leadflow_ID", "Last_Name", "Company"])
    bulk.wait(15)
    query = {"query": {"module": "Leads", "fields": ["Leadflow_ID"]}}
    ident = bulk.bulk("POST", "/read", query).body["data"][0]["details"]["id"]
    bulk.wait(600)
    content = unzipped(bulk.download(f"/crm/bulk/v2/read/{ident}/result").body).decode()
    seen = [line for line in content.splitlines() if ",k" in line]
    assert 25 < len(seen) < 75


def unzipped(content: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(archive.namelist()[0])


def test_converted_leads_are_left_out_unless_the_criteria_speak_of_conversion(filled):
    filled.call("POST", f"/Leads/{filled.ids[0]}/actions/convert", {"data": [{}]})
    assert filled.ids[0] not in [row["id"] for row in filled.read({"module": "Leads"})]
    speaking = {
        "module": {"api_name": "Leads"},
        "fields": ["Converted__s"],
        "criteria": {"field": {"api_name": "Converted__s"}, "comparator": "equal", "value": True},
    }
    assert filled.read(speaking, "v8") == [{"id": filled.ids[0], "Converted__s": "true"}]
