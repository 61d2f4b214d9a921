from __future__ import annotations

import pytest

DEAL = {"Deal_Name": "Fjord pilot", "Closing_Date": "2026-12-31", "Stage": "Qualification"}


def convert(desk, ident, version="v2", **asked):
    return desk.call("POST", f"/Leads/{ident}/actions/convert", {"data": [asked]}, version=version)


def test_v2_answers_bare_ids_and_carries_fields_key_and_tags(desk, new_lead):
    row = new_lead(
        Designation="CTO",
        Account_Fit=80,
        Persona_Influence=70,
        Engagement=60,
        Website="https://fjord.example",
    )
    (ident,) = desk.insert("Leads", row)
    answer = convert(desk, ident, Deals=DEAL, carry_over_tags={"Contacts": ["lf-hot"]})
    made = answer.body["data"][0]
    assert answer.status == 200
    assert set(made) == {"Contacts", "Deals", "Accounts"}
    contact = desk.shown("Contacts", made["Contacts"])
    assert (contact["Title"], contact["Leadflow_ID"], contact["Account_Fit"]) == ("CTO", "key-1", 80)
    assert contact["Account_Name"] == {"name": "Fjord", "id": made["Accounts"]}
    assert [tag["name"] for tag in contact["Tag"]] == ["lf-hot"]
    assert desk.shown("Accounts", made["Accounts"])["Website"] == "https://fjord.example"
    deal = desk.shown("Deals", made["Deals"])
    assert (deal["Stage"], deal["Contact_Name"]["id"]) == ("Qualification", made["Contacts"])


def test_without_a_deal_the_deal_is_null_and_without_a_company_the_account(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(Company=...))
    made = convert(desk, ident).body["data"][0]
    assert (made["Deals"], made["Accounts"]) == (None, None)


def test_later_versions_answer_objects_with_code_and_status(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    item = convert(desk, ident, version="v8").body["data"][0]
    assert (item["code"], item["status"]) == ("SUCCESS", "success")
    assert item["details"]["Contacts"]["name"] == "Lindqvist 1"
    assert item["details"]["Deals"] is None


def test_a_converted_lead_is_gone_but_listed_when_asked_for(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    made = convert(desk, ident).body["data"][0]
    desk.wait(20)
    assert desk.call("GET", f"/Leads/{ident}").status == 204
    assert desk.coql("select id from Leads where Leadflow_ID = 'key-1'").status == 204
    assert desk.coql("select id from Contacts where Leadflow_ID = 'key-1'").status == 200
    assert ident not in [row["id"] for row in (desk.call("GET", "/Leads").body or {"data": []})["data"]]
    assert desk.call("GET", "/Leads/search", criteria="(Leadflow_ID:equals:key-1)").status == 204
    found = desk.call("GET", "/Leads/search", criteria="(Leadflow_ID:equals:key-1)", converted="true")
    assert [row["id"] for row in found.body["data"]] == [ident]
    for converted in ("true", "both"):
        rows = {row["id"]: row for row in desk.call("GET", "/Leads", converted=converted).body["data"]}
        assert rows[ident]["$converted"] is True
        assert rows[ident]["$converted_detail"]["contact"] == made["Contacts"]
    update = desk.call("PUT", "/Leads", {"data": [{"id": ident, "City": "Oslo"}]})
    assert update.body["data"][0]["code"] == "CONVERTED_RECORD"
    again = convert(desk, ident)
    assert (again.status, again.body["code"]) == (400, "ID_ALREADY_CONVERTED")
    assert again.body["details"] == {"resource_path_index": 1}
    shown = desk.coql("select id, Converted__s from Leads where Converted__s = 'true'", "v8")
    assert shown.body["data"] == [{"id": ident, "Converted__s": True}]


def test_the_key_of_a_converted_lead_is_free_unless_the_organisation_guards_it(open_desk, new_lead):
    for guarded, code in ((False, "SUCCESS"), (True, "DUPLICATE_DATA")):
        desk = open_desk(guard_converted=guarded)
        (ident,) = desk.insert("Leads", new_lead())
        convert(desk, ident)
        item = desk.call("POST", "/Leads", {"data": [new_lead()]}).body["data"][0]
        assert item["code"] == code


def test_a_contact_with_the_same_mailbox_is_matched_and_only_blanks_are_filled(desk, new_lead):
    (contact,) = desk.insert("Contacts", {"Last_Name": "Known", "Email": "A1@fjord.example"})
    (ident,) = desk.insert("Leads", new_lead(Phone="123"))
    assert convert(desk, ident).body["data"][0]["Contacts"] == contact
    shown = desk.shown("Contacts", contact)
    assert (shown["Last_Name"], shown["Phone"], shown["Leadflow_ID"]) == ("Known", "123", "key-1")


def test_a_contact_given_by_id_is_overwritten_when_asked(desk, new_lead):
    (contact,) = desk.insert("Contacts", {"Last_Name": "Known"})
    (account,) = desk.insert("Accounts", {"Account_Name": "Given"})
    (ident,) = desk.insert("Leads", new_lead())
    made = convert(desk, ident, overwrite=True, Contacts=contact, Accounts=account).body["data"][0]
    assert (made["Contacts"], made["Accounts"]) == (contact, account)
    assert desk.shown("Contacts", contact)["Last_Name"] == "Lindqvist 1"


def test_a_unique_value_on_another_contact_stops_the_conversion(desk, new_lead):
    (other,) = desk.insert("Contacts", {"Last_Name": "Other", "Leadflow_ID": "key-1"})
    (mine,) = desk.insert("Contacts", {"Last_Name": "Mine"})
    (ident,) = desk.insert("Leads", new_lead())
    item = convert(desk, ident, Contacts=mine).body["data"][0]
    assert (item["code"], item["details"]["id"]) == ("DUPLICATE_DATA", other)
    assert desk.call("GET", f"/Leads/{ident}").status == 200


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        ({"Contacts": "123"}, "INVALID_DATA", "give contact id is mismatched with the data"),
        ({"Accounts": "123"}, "INVALID_DATA", "give account id is mismatched with the data"),
        ({"assign_to": "123"}, "INVALID_DATA", "Non Subordinate User Found"),
        ({"Deals": {"Deal_Name": "x"}}, "MANDATORY_NOT_FOUND", "required field not found"),
    ],
)
def test_a_refused_conversion_changes_nothing(desk, new_lead, asked, code, message):
    (ident,) = desk.insert("Leads", new_lead())
    before = desk.vendor.canonical()
    item = convert(desk, ident, **asked).body["data"][0]
    assert (item["code"], item["message"]) == (code, message)
    assert desk.vendor.canonical() == before


def test_a_bad_lead_id_is_refused(desk):
    answer = convert(desk, "123")
    assert (answer.status, answer.body["code"]) == (400, "INVALID_DATA")


def test_an_organisation_may_not_carry_the_key(open_desk, new_lead):
    desk = open_desk(carry_key_on_convert=False)
    (ident,) = desk.insert("Leads", new_lead(Account_Fit=5))
    contact = desk.shown("Contacts", convert(desk, ident).body["data"][0]["Contacts"])
    assert (contact["Leadflow_ID"], contact["Account_Fit"]) == (None, 5)


def test_notes_and_tasks_of_a_lead_hang_at_its_contact_afterwards(desk, new_lead):
    lead, other = desk.insert("Leads", new_lead(), new_lead(2))
    for parent in (lead, other):
        desk.insert("Tasks", {"Subject": f"call {parent}", "What_Id": {"id": parent}, "$se_module": "Leads"})
        note = {"Note_Title": "n", "Note_Content": "c", "Parent_Id": parent, "se_module": "Leads"}
        assert desk.call("POST", "/Notes", {"data": [note]}).status == 201
    contact = convert(desk, lead).body["data"][0]["Contacts"]
    assert [row["Note_Title"] for row in desk.call("GET", f"/Contacts/{contact}/Notes").body["data"]] == ["n"]
    assert [row["Subject"] for row in desk.call("GET", f"/Contacts/{contact}/Tasks").body["data"]] == [f"call {lead}"]
    assert desk.coql(f"select Subject from Tasks where Who_Id in ('{contact}') order by id asc").status == 200
    assert desk.coql(f"select Subject from Tasks where What_Id in ('{lead}') order by id asc").status == 204
    found = desk.coql(f"select Subject from Tasks where What_Id in ('{other}') order by id asc").body["data"]
    assert [row["Subject"] for row in found] == [f"call {other}"]
    assert desk.coql(f"select Subject from Tasks where Subject in ('call {lead}') order by id asc").status == 200
