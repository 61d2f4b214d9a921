from __future__ import annotations

import pytest

UPSERT = {"duplicate_check_fields": ["Leadflow_ID"], "trigger": []}


def test_an_insert_answers_like_the_documented_item(desk, new_lead):
    answer = desk.call("POST", "/Leads", {"data": [new_lead()], "trigger": []})
    item = answer.body["data"][0]
    assert answer.status == 201
    assert (item["code"], item["status"], item["message"]) == ("SUCCESS", "success", "record added")
    assert set(item["details"]) == {"id", "Created_Time", "Modified_Time", "Created_By", "Modified_By"}
    assert item["details"]["Created_Time"] == "2026-03-02T14:30:00+05:30"
    assert len(item["details"]["id"]) == 19


def test_an_upsert_inserts_then_updates_by_the_key(desk, new_lead):
    first = desk.call("POST", "/Leads/upsert", {"data": [new_lead()], **UPSERT}).body["data"][0]
    changed = new_lead(Phone="+49 30 1234", Email="other@fjord.example")
    second = desk.call("POST", "/Leads/upsert", {"data": [changed], **UPSERT})
    item = second.body["data"][0]
    assert (first["action"], first["duplicate_field"]) == ("insert", None)
    assert (second.status, item["action"], item["duplicate_field"]) == (200, "update", "Leadflow_ID")
    assert item["message"] == "record updated"
    assert item["details"]["id"] == first["details"]["id"]
    assert desk.shown("Leads", item["details"]["id"])["Email"] == "other@fjord.example"


def test_an_upsert_without_a_list_goes_by_the_system_field_and_takes_the_lowest_id(desk, new_lead):
    ids = desk.insert("Leads", new_lead(1, Leadflow_ID=...), new_lead(1, Leadflow_ID=...))
    item = desk.call("POST", "/Leads/upsert", {"data": [new_lead(1, Email="A1@FJORD.example")]}).body["data"][0]
    assert (item["duplicate_field"], item["details"]["id"]) == ("Email", min(ids))


def test_the_system_field_is_ignored_unless_listed(desk, new_lead):
    desk.insert("Leads", new_lead(1, Leadflow_ID=...))
    item = desk.call("POST", "/Leads/upsert", {"data": [new_lead(1)], **UPSERT}).body["data"][0]
    assert item["action"] == "insert"


def test_an_upsert_cascades_to_unique_fields_that_were_not_listed(desk, new_lead):
    desk.insert("Leads", new_lead(1))
    body = {"data": [new_lead(1, Email="new@fjord.example")], "duplicate_check_fields": ["Email"]}
    item = desk.call("POST", "/Leads/upsert", body).body["data"][0]
    assert (item["action"], item["duplicate_field"]) == ("update", "Leadflow_ID")


def test_a_unique_value_held_by_another_record_is_duplicate_data_naming_it(desk, new_lead):
    first, second = desk.insert("Leads", new_lead(1), new_lead(2))
    row = {"id": second, "Leadflow_ID": "KEY-1"}
    answer = desk.call("PUT", "/Leads", {"data": [row]})
    assert answer.status == 202
    assert answer.body["data"][0] == {
        "code": "DUPLICATE_DATA",
        "details": {"api_name": "Leadflow_ID", "id": first},
        "message": "duplicate data",
        "status": "error",
    }
    late = desk.call("PUT", "/Leads", {"data": [row]}, version="v8")
    details = late.body["data"][0]["details"]
    assert late.status == 400
    assert details["duplicate_record"]["id"] == first
    assert details["more_records"] is False
    assert details["json_path"] == "$.data[0].Leadflow_ID"


@pytest.mark.parametrize(("version", "failed"), [("v2", 202), ("v8", 400)])
def test_batches_answer_all_mixed_and_failed_with_their_statuses(desk, new_lead, version, failed):
    good, bad = new_lead(9), {"Company": "No name"}
    mixed = desk.call("POST", "/Leads", {"data": [bad, good]}, version=version)
    assert mixed.status == 207
    assert [item["status"] for item in mixed.body["data"]] == ["error", "success"]
    assert desk.call("POST", "/Leads", {"data": [bad]}, version=version).status == failed


def test_the_status_switch_makes_every_batch_green(open_desk, new_lead):
    desk = open_desk(batch_statuses=False)
    assert desk.call("POST", "/Leads/upsert", {"data": [new_lead(), {}], **UPSERT}).status == 200


BAD_VALUES = [
    ({"Last_Name": "x" * 81}, "Last_Name", {"maximum_length": 80}),
    ({"Email": "no address"}, "Email", {"expected_data_type": "email"}),
    ({"Email": "a@b.abcdefghijklmnopqrstuvw"}, "Email", {"expected_data_type": "email"}),
    ({"Phone": "+" + "1" * 30}, "Phone", {"maximum_length": 30}),
    ({"Phone": ".123"}, "Phone", {"expected_data_type": "phone"}),
    ({"Account_Fit": "80"}, "Account_Fit", {"expected_data_type": "integer"}),
    ({"Account_Fit": True}, "Account_Fit", {"expected_data_type": "integer"}),
    ({"Account_Fit": 1.5}, "Account_Fit", {"expected_data_type": "integer"}),
    ({"Account_Fit": 10**9}, "Account_Fit", {"maximum_length": 9}),
    ({"Email_Opt_Out": "true"}, "Email_Opt_Out", {"expected_data_type": "boolean"}),
    ({"Owner": {"id": "12"}}, "Owner", {"expected_data_type": "bigint"}),
    ({"Owner": "Ada"}, "Owner", {"expected_data_type": "jsonobject"}),
    ({"Website": "no site"}, "Website", {"expected_data_type": "website"}),
]


@pytest.mark.parametrize(("change", "field", "details"), BAD_VALUES)
def test_a_value_that_its_field_refuses_is_invalid_data_and_writes_nothing(desk, new_lead, change, field, details):
    item = desk.call("POST", "/Leads", {"data": [new_lead(**change)]}).body["data"][0]
    assert (item["code"], item["details"]) == ("INVALID_DATA", {**details, "api_name": field})
    assert desk.coql("select id from Leads where Leadflow_ID = 'key-1'").status == 204


def test_an_unknown_picklist_value_is_refused_only_when_the_organisation_is_strict(open_desk, new_lead):
    row = new_lead(Lead_Source="Carrier pigeon")
    strict = open_desk().call("POST", "/Leads", {"data": [row]}).body["data"][0]
    assert "Cold Call" in strict["details"]["supported_values"]
    assert open_desk(picklist_strict=False).call("POST", "/Leads", {"data": [row]}).status == 201


def test_v2_reports_the_first_fault_and_later_versions_all(desk):
    row = {"Email": "bad", "Phone": ".1"}
    first = desk.call("POST", "/Leads", {"data": [row]}).body["data"][0]
    late = desk.call("POST", "/Leads", {"data": [row]}, version="v8").body["data"][0]
    assert first["code"] == "INVALID_DATA"
    assert late["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    codes = [error["code"] for error in late["details"]["errors"]]
    assert codes == ["INVALID_DATA", "INVALID_DATA", "MANDATORY_NOT_FOUND"]


def test_company_is_demanded_only_with_a_layout_in_the_row(open_desk, new_lead):
    desk = open_desk()
    desk.insert("Leads", new_lead(1, Company=...))
    layout = desk.call("GET", "/settings/layouts", module="Leads").body["layouts"][0]["id"]
    row = new_lead(2, Company=..., Layout={"id": layout})
    item = desk.call("POST", "/Leads", {"data": [row]}).body["data"][0]
    assert (item["code"], item["details"]) == ("MANDATORY_NOT_FOUND", {"api_name": "Company"})
    always = open_desk(layout_always=True).call("POST", "/Leads", {"data": [new_lead(Company=...)]})
    assert always.status == 202


def test_an_omitted_field_stays_and_null_or_an_empty_string_clears(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(Phone="123", City="Oslo"))
    desk.call("PUT", f"/Leads/{ident}", {"data": [{"Phone": None, "City": ""}]})
    shown = desk.shown("Leads", ident)
    assert (shown["Phone"], shown["City"], shown["Company"]) == (None, None, "Fjord")


def test_unknown_and_read_only_fields_are_ignored(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(Nonsense="x", Created_Time="2001-01-01T00:00:00+00:00"))
    shown = desk.shown("Leads", ident)
    assert "Nonsense" not in shown
    assert shown["Created_Time"].startswith("2026")


def test_more_than_a_hundred_records_are_refused_whole(desk, new_lead):
    answer = desk.call("POST", "/Leads", {"data": [new_lead(n) for n in range(101)]})
    assert (answer.status, answer.body["code"]) == (400, "INVALID_DATA")
    assert answer.body["details"] == {"maximum_length": 100, "api_name": "data", "json_path": "$.data"}
    assert desk.coql("select id from Leads where Leadflow_ID is not null").status == 204


@pytest.mark.parametrize("body", [b"", b"{nonsense", b"[]"])
def test_a_body_that_is_no_object_is_refused(desk, body):
    answer = desk.call("POST", "/Leads", body)
    assert (answer.status, answer.body["message"]) == (400, "body")
    assert answer.body["details"] == {"expected_data_type": "jsonobject"}


def test_wrong_modules_addresses_and_methods_are_named(desk, new_lead):
    assert desk.call("GET", "/Nothing").body["code"] == "INVALID_MODULE"
    unknown = desk.call("GET", "/nothing/here")
    assert (unknown.status, unknown.body["code"]) == (404, "INVALID_URL_PATTERN")
    assert desk.call("GET", "/Leads", version="v9").status == 404
    assert desk.call("GET", "/coql").body["code"] == "INVALID_REQUEST_METHOD"
    tasks = desk.call("POST", "/Tasks/upsert", {"data": [{"Subject": "x"}]})
    assert tasks.body["message"] == "the given module is not supported for this api"
    fields = {"data": [new_lead()], "duplicate_check_fields": ["Phone"]}
    assert desk.call("POST", "/Leads/upsert", fields).status == 400


def test_updates_of_unknown_ids_fail_alone(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    rows = [{"id": "123", "City": "Oslo"}, {"id": ident, "City": "Oslo"}, {"City": "Oslo"}]
    answer = desk.call("PUT", "/Leads", {"data": rows})
    assert answer.status == 207
    assert [item["code"] for item in answer.body["data"]] == [
        "INVALID_DATA",
        "SUCCESS",
        "MANDATORY_NOT_FOUND",
    ]


def test_every_write_moves_the_modified_time_even_an_empty_one(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    desk.wait(5)
    desk.call("PUT", "/Leads", {"data": [{"id": ident, "Company": "Fjord"}]})
    assert desk.shown("Leads", ident)["Modified_Time"] == "2026-03-02T14:30:05+05:30"


def test_a_late_dialect_refuses_an_update_of_a_record_that_moved(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    since = {"if-unmodified-since": "2026-03-02T08:59:00+00:00"}
    row = {"data": [{"id": ident, "City": "Oslo"}]}
    assert desk.call("PUT", "/Leads", row, version="v8", headers=since).status == 412
    assert desk.call("PUT", "/Leads", row, headers=since).status == 200


def test_deleting_moves_to_the_recycle_bin_and_a_second_time_fails(desk, new_lead):
    one, two = desk.insert("Leads", new_lead(1), new_lead(2))
    desk.wait(60)
    answer = desk.call("DELETE", "/Leads", ids=f"{one},{two}")
    assert [item["message"] for item in answer.body["data"]] == ["record deleted"] * 2
    assert desk.call("DELETE", f"/Leads/{one}").body["data"][0]["message"] == "record not deleted"
    assert desk.call("GET", f"/Leads/{one}").status == 204
    listed = desk.call("GET", "/Leads/deleted", type="all").body["data"]
    assert {row["id"] for row in listed} == {one, two}
    assert listed[0]["display_name"].startswith("Lindqvist")
    assert desk.call("GET", "/Leads/deleted", type="permanent").status == 204
    assert desk.call("GET", "/Leads/deleted", type="odd").body["code"] == "PATTERN_NOT_MATCHED"
    later = {"if-modified-since": "2026-03-02T09:02:00+00:00"}
    assert desk.call("GET", "/Leads/deleted", headers=later).status == 304
    desk.insert("Leads", new_lead(1))


def test_the_recycle_bin_forgets_names_after_sixty_days_and_all_after_a_hundred_and_twenty(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    desk.call("DELETE", f"/Leads/{ident}")
    desk.wait(61 * 86_400)
    desk.token = desk.refresh().body["access_token"]
    (row,) = desk.call("GET", "/Leads/deleted").body["data"]
    assert (row["type"], row["display_name"], row["deleted_by"]) == ("permanent", None, None)
    desk.wait(60 * 86_400)
    desk.token = desk.refresh().body["access_token"]
    assert desk.call("GET", "/Leads/deleted").status == 204


def test_automations_run_unless_trigger_is_an_empty_list(desk, new_lead):
    desk.call("POST", "/Leads", {"data": [new_lead(1)], "trigger": []})
    desk.call("POST", "/Leads", {"data": [new_lead(2)]})
    desk.call("POST", "/Leads", {"data": [new_lead(3)], "trigger": ["workflow"]})
    assert desk.vendor.canonical()["automations"] == {"Leads.create": 2}


def test_notes_and_tasks_hang_on_their_record(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    note = {
        "Note_Title": "Call",
        "Note_Content": "Asked for a price.",
        "Parent_Id": ident,
        "se_module": "Leads",
    }
    assert desk.call("POST", "/Notes", {"data": [note]}).status == 201
    assert desk.call("POST", f"/Leads/{ident}/Notes", {"data": [{"Note_Content": "x"}]}).status == 201
    notes = desk.call("GET", f"/Leads/{ident}/Notes").body["data"]
    assert [row["Note_Content"] for row in notes] == ["Asked for a price.", "x"]
    task = {"Subject": "Call back", "What_Id": {"id": ident}}
    assert desk.call("POST", "/Tasks", {"data": [task]}).body["data"][0]["details"] == {"api_name": "$se_module"}
    desk.insert("Tasks", {**task, "$se_module": "Leads"})
    assert len(desk.call("GET", f"/Leads/{ident}/Tasks").body["data"]) == 1
