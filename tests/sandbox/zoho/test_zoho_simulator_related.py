"""What hangs on a record, and what a deletion sets off (Zoho fact sheet §2, §3.2, §7.2)."""

from __future__ import annotations

TASK = {"Subject": "Call back"}


def lists(desk, module):
    return [row["api_name"] for row in desk.call("GET", "/settings/related_lists", module=module).body["related_lists"]]


def test_a_module_names_its_related_lists(desk):
    assert lists(desk, "Leads") == ["Notes", "Attachments", "Tasks", "Events", "Calls"]
    assert "Deals" in lists(desk, "Contacts")


def test_a_list_without_rows_is_empty_and_one_that_a_module_lacks_is_unknown(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead())
    assert {desk.call("GET", f"/Leads/{ident}/{name}").status for name in lists(desk, "Leads")} == {204}
    assert desk.call("GET", f"/Leads/{ident}/Deals").status == 404


def test_activities_hang_on_leads_by_what_and_on_contacts_by_who(desk, new_lead):
    (lead,) = desk.insert("Leads", new_lead())
    (contact,) = desk.insert("Contacts", {"Last_Name": "Lindqvist"})
    (of_lead,) = desk.insert("Tasks", {**TASK, "What_Id": {"id": lead}, "$se_module": "Leads"})
    (of_contact,) = desk.insert("Tasks", {**TASK, "Who_Id": {"id": contact}})
    assert [row["id"] for row in desk.call("GET", f"/Leads/{lead}/Tasks").body["data"]] == [of_lead]
    assert [row["id"] for row in desk.call("GET", f"/Contacts/{contact}/Tasks").body["data"]] == [of_contact]


def test_a_deletion_starts_workflows_unless_it_says_not_to(desk, new_lead):
    one, other = desk.insert("Leads", new_lead(1), new_lead(2))
    desk.call("DELETE", "/Leads", ids=one, wf_trigger="false")
    assert desk.vendor.canonical()["automations"] == {}
    desk.call("DELETE", "/Leads", ids=other)
    assert desk.vendor.canonical()["automations"] == {"Leads.delete": 1}


def test_accounts_have_our_key_as_a_unique_field_and_a_score(desk):
    fields = {row["api_name"]: row for row in desk.call("GET", "/settings/fields", module="Accounts").body["fields"]}
    assert fields["Leadflow_ID"]["unique"]
    assert "Account_Fit" in fields
    desk.insert("Accounts", {"Account_Name": "Fjord", "Leadflow_ID": "lc_1"})
    row = {"Account_Name": "Fjord Ltd", "Leadflow_ID": "lc_1"}
    answer = desk.call("POST", "/Accounts/upsert", {"data": [row], "duplicate_check_fields": ["Leadflow_ID"]})
    assert answer.body["data"][0]["action"] == "update"
