"""What Zoho's own client libraries ask beyond what leadflow does, and in which form they ask it.

They write record ids as JSON numbers, read the module behind every lookup, join a result's link to the API's address
as text, and ask for single users, fields, modules and pipelines (Zoho fact sheet §2, §4.3, §6).
"""

from __future__ import annotations

import pytest

from resources.sandbox.calls import Call

DEAL = {"Deal_Name": "Pilot", "Stage": "Qualification", "Closing_Date": "2026-12-31"}


def test_a_lookup_is_found_by_an_id_that_is_a_json_number(desk):
    (account,) = desk.insert("Accounts", {"Account_Name": "Fjord"})
    owner = desk.vendor.organisation.users[2].id
    (ident,) = desk.insert(
        "Contacts", {"Last_Name": "Ox", "Account_Name": {"id": int(account)}, "Owner": {"id": int(owner)}}
    )
    shown = desk.shown("Contacts", ident)
    assert (shown["Account_Name"]["id"], shown["Owner"]["id"]) == (account, owner)


def test_a_record_is_updated_by_an_id_that_is_a_json_number(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(1))
    answer = desk.call("PUT", "/Leads", {"data": [{"id": int(ident), "City": "Oslo"}]}, version="v8")
    assert answer.body["data"][0]["details"]["id"] == ident
    assert desk.shown("Leads", ident)["City"] == "Oslo"


def test_a_note_belongs_to_the_record_whose_id_is_a_json_number(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(1))
    parent = {"module": {"api_name": "Leads"}, "id": int(ident)}
    note = {"Note_Title": "t", "Note_Content": "c", "Parent_Id": parent}
    assert desk.call("POST", "/Notes", {"data": [note]}, version="v8").status == 201
    (found,) = desk.call("GET", f"/Leads/{ident}/Notes", version="v8", fields="Note_Title").body["data"]
    assert found["Note_Title"] == "t"


def test_a_conversion_goes_into_the_records_whose_ids_are_json_numbers(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(1))
    (account,) = desk.insert("Accounts", {"Account_Name": "Else"})
    body = {"data": [{"Accounts": {"id": int(account)}}]}
    answer = desk.call("POST", f"/Leads/{ident}/actions/convert", body, version="v8")
    assert answer.body["data"][0]["details"]["Accounts"]["id"] == account


def test_tags_reach_the_records_whose_ids_are_json_numbers(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(1))
    body = {"tags": [{"name": "hot"}], "ids": [int(ident)]}
    answer = desk.call("POST", "/Leads/actions/add_tags", body, version="v8")
    assert answer.body["data"][0]["details"]["id"] == ident


@pytest.mark.parametrize(
    ("module", "field", "target"),
    [
        ("Contacts", "Account_Name", "Accounts"),
        ("Deals", "Contact_Name", "Contacts"),
        ("Tasks", "What_Id", "se_module"),
        ("Notes", "Parent_Id", "se_module"),
    ],
)
def test_metadata_names_the_module_behind_a_lookup(desk, module, field, target):
    found = desk.call("GET", "/settings/fields", version="v8", module=module).body["fields"]
    (lookup,) = [one["lookup"]["module"] for one in found if one["api_name"] == field]
    assert lookup["api_name"] == target
    modules = desk.call("GET", "/settings/modules", version="v8").body["modules"]
    assert lookup["id"] == next((one["id"] for one in modules if one["api_name"] == target), None)


def test_in_v2_a_lookup_names_its_module_and_the_fields_lack_the_id(desk):
    found = desk.call("GET", "/settings/fields", version="v2", module="Contacts").body["fields"]
    lookups = {one["api_name"]: one["lookup"]["module"] for one in found if one["data_type"] == "lookup"}
    assert lookups == {"Account_Name": "Accounts", "Reporting_To": "Contacts"}
    assert "id" not in [one["api_name"] for one in found]
    assert "id" in desk.shown("Contacts", desk.insert("Contacts", {"Last_Name": "Ox"})[0])


@pytest.mark.parametrize(("version", "named"), [("v2", "Notes"), ("v8", {"api_name": "Notes"})])
def test_a_related_list_names_its_module_as_the_version_does(desk, version, named):
    (notes, *_) = desk.call("GET", "/settings/related_lists", version=version, module="Leads").body["related_lists"]
    told = notes["module"]
    assert (told if isinstance(told, str) else {"api_name": told["api_name"]}) == named


def test_a_note_tells_the_module_of_its_record(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(1))
    desk.call("POST", f"/Leads/{ident}/Notes", {"data": [{"Note_Content": "c"}]})
    assert desk.call("GET", "/Notes").body["data"][0]["$se_module"] == "Leads"


def test_one_user_one_field_and_one_module_are_told_by_id(desk):
    user = desk.call("GET", "/users", version="v8").body["users"][1]
    assert desk.call("GET", f"/users/{user['id']}", version="v8").body == {"users": [user]}
    field = desk.call("GET", "/settings/fields", version="v8", module="Leads").body["fields"][3]
    one = desk.call("GET", f"/settings/fields/{field['id']}", version="v8", module="Leads").body
    assert one == {"fields": [field]}
    module = desk.call("GET", "/settings/modules", version="v8").body["modules"][1]
    for name in (module["id"], module["api_name"]):
        assert desk.call("GET", f"/settings/modules/{name}", version="v8").body == {"modules": [module]}


def test_an_unknown_user_field_or_module_is_refused(desk):
    assert desk.call("GET", "/users/1", version="v8").body["code"] == "INVALID_DATA"
    assert desk.call("GET", "/settings/fields/1", version="v8", module="Leads").body["code"] == "INVALID_DATA"
    assert desk.call("GET", "/settings/modules/Nonsense", version="v8").body["code"] == "INVALID_MODULE"


def test_the_pipeline_of_the_deals_layout_maps_every_stage(desk):
    layout = desk.call("GET", "/settings/layouts", version="v8", module="Deals").body["layouts"][0]["id"]
    (pipeline,) = desk.call("GET", "/settings/pipeline", version="v8", layout_id=layout).body["pipeline"]
    assert (pipeline["display_value"], pipeline["default"]) == ("Standard (Standard)", True)
    kinds = {stage["display_value"]: stage["forecast_type"] for stage in pipeline["maps"]}
    fields = desk.call("GET", "/settings/fields", version="v8", module="Deals").body["fields"]
    stages = next(one["pick_list_values"] for one in fields if one["api_name"] == "Stage")
    assert list(kinds) == [stage["display_value"] for stage in stages]
    assert (kinds["Qualification"], kinds["Closed Won"], kinds["Closed Lost"]) == ("Open", "Closed Won", "Closed Lost")


def test_a_pipeline_needs_the_layout_of_deals(desk):
    assert desk.call("GET", "/settings/pipeline", version="v8").body["code"] == "REQUIRED_PARAM_MISSING"
    assert desk.call("GET", "/settings/pipeline", version="v8", layout_id="1").body["code"] == "INVALID_DATA"


def test_conversion_options_name_the_contact_and_the_account_that_a_lead_would_join(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(1))
    assert desk.call("GET", f"/Leads/{ident}/__conversion_options", version="v8").status == 204
    (account,) = desk.insert("Accounts", {"Account_Name": "Fjord"})
    (contact,) = desk.insert("Contacts", {"Last_Name": "Ox", "Email": "a1@fjord.example"})
    told = desk.call("GET", f"/Leads/{ident}/__conversion_options", version="v8").body["__conversion_options"]
    assert [one["id"] for one in told["Accounts"]] == [account]
    assert [one["id"] for one in told["Contacts"]] == [contact]
    (match,) = told["preference_field_matched_value"]["Contacts"]
    assert (match["field"]["api_name"], match["matched_lead_value"]) == ("Email", "a1@fjord.example")


def test_a_relative_result_link_also_works_written_behind_the_api_address(bulk):
    ident = bulk.submit("k,Ox,Fjord,a@fjord.example,Oslo\n", version="v8")
    bulk.wait(200)
    link = bulk.poll(ident, "v8")["result"]["download_url"]
    resolved = bulk.download(f"http://127.0.0.1:8000{link}")
    assert resolved.status == 200
    assert bulk.download(f"http://127.0.0.1:8000/zoho/api/{link}").body == resolved.body


def test_a_token_tells_how_long_it_lives_in_the_sandbox(open_desk):
    desk = open_desk(time_scale=60)
    told = desk.refresh().body
    assert told["expires_in"] == 60
    desk.token = told["access_token"]
    desk.wait(told["expires_in"] - 1)
    assert desk.call("GET", "/org").status == 200
    desk.wait(2)
    assert desk.call("GET", "/org").body["code"] == "INVALID_TOKEN"


def test_a_token_is_also_given_for_a_multipart_form(desk):
    given = desk.vendor.credentials()
    form = {
        "grant_type": "refresh_token",
        "client_id": given["ZOHO_CLIENT_ID"],
        "client_secret": given["ZOHO_CLIENT_SECRET"],
        "refresh_token": given["ZOHO_REFRESH_TOKEN"],
    }
    lines = [
        f'--X9\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form.items()
    ]
    body = "".join([*lines, "--X9--\r\n"]).encode()
    headers = {"host": "127.0.0.1:8000", "content-type": "multipart/form-data; boundary=X9"}
    answer = desk.vendor.answer(Call("accounts", "POST", "/oauth/v2/token", (), headers, body))
    assert answer.body["access_token"]
