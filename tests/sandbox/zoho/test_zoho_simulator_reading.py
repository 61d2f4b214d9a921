from __future__ import annotations

import pytest


@pytest.mark.parametrize("size", [0, 1, 199, 200, 201, 401])
def test_pages_of_a_list_give_every_record_once(desk, new_lead, size):
    wanted = set()
    for start in range(0, size, 100):
        wanted.update(desk.insert("Leads", *(new_lead(n) for n in range(start, min(start + 100, size)))))
    found, page = [], 1
    while True:
        answer = desk.call("GET", "/Leads", page=page, per_page=200, sort_by="id", sort_order="asc")
        if answer.status == 204:
            break
        found += [row["id"] for row in answer.body["data"]]
        if not answer.body["info"]["more_records"]:
            break
        page += 1
    ours = [ident for ident in found if ident in wanted]
    assert sorted(ours) == ours
    assert len(ours) == len(wanted) == size


def test_a_list_is_sorted_as_asked_and_by_id_descending_else(desk, new_lead):
    one, two = desk.insert("Leads", new_lead(1), new_lead(2))
    desk.wait(10)
    desk.call("PUT", "/Leads", {"data": [{"id": one, "City": "Oslo"}]})
    by_id = [row["id"] for row in desk.call("GET", "/Leads").body["data"]]
    by_time = desk.call("GET", "/Leads", sort_by="Modified_Time", sort_order="asc").body["data"]
    assert by_id[:2] == [two, one]
    assert [row["id"] for row in by_time][-1] == one
    assert desk.call("GET", "/Leads", sort_by="Nothing").status == 400
    assert desk.call("GET", "/Leads", sort_by="City", version="v8", fields="City").status == 400


def test_if_modified_since_narrows_the_list_and_is_304_when_nothing_is_newer(desk, new_lead):
    desk.insert("Leads", new_lead(1))
    desk.wait(60)
    (two,) = desk.insert("Leads", new_lead(2))
    since = {"if-modified-since": "2026-03-02T14:30:30+05:30"}
    assert [row["id"] for row in desk.call("GET", "/Leads", headers=since).body["data"]] == [two]
    late = {"if-modified-since": "2026-03-02T09:01:00+00:00"}
    answer = desk.call("GET", "/Leads", headers=late)
    assert (answer.status, answer.body) == (304, None)
    naive = {"if-modified-since": "2026-03-02T09:01:00"}
    assert desk.call("GET", "/Leads", headers=naive).status == 400


def test_rows_show_lookups_blanks_tags_and_dollar_keys(desk, new_lead):
    (ident,) = desk.insert("Leads", new_lead(Tag=[{"name": "hot"}]))
    row = desk.shown("Leads", ident)
    assert set(row["Owner"]) == {"name", "id", "email"}
    assert row["Phone"] is None
    assert [tag["name"] for tag in row["Tag"]] == ["hot"]
    assert (row["$converted"], row["$editable"]) == (False, True)
    only = desk.call("GET", "/Leads", fields="Email,Nonsense", ids=ident).body["data"]
    assert only == [{"Email": "a1@fjord.example", "id": ident}]


def test_later_versions_require_fields_and_page_on_by_token(desk, new_lead):
    for start in range(0, 2400, 100):
        desk.insert("Leads", *(new_lead(n) for n in range(start, start + 100)))
    assert desk.call("GET", "/Leads", version="v8").body["code"] == "REQUIRED_PARAM_MISSING"
    many = ",".join(["Email"] * 51)
    assert desk.call("GET", "/Leads", version="v8", fields=many).body["code"] == "LIMIT_EXCEEDED"
    deep = desk.call("GET", "/Leads", version="v8", fields="Email", page=11)
    assert deep.body["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    assert desk.call("GET", "/Leads", page=11).status == 200
    found: list[str] = []
    query: dict[str, str] = {}
    while True:
        body = desk.call("GET", "/Leads", version="v8", fields="Email", **query).body
        found += [row["id"] for row in body["data"]]
        token = body["info"]["next_page_token"]
        if token is None:
            break
        query = {"page_token": token}
    assert len(found) == len(set(found)) >= 2400
    both = desk.call("GET", "/Leads", version="v8", fields="Email", page=1, **query)
    assert both.body["code"] == "AMBIGUITY_DURING_PROCESSING"
    other = desk.call("GET", "/Leads", version="v8", fields="Phone", **query)
    assert other.body["code"] == "TOKEN_BOUND_DATA_MISMATCH"


def test_search_lags_behind_writes_and_coql_does_not(desk, new_lead):
    desk.insert("Leads", new_lead())
    assert desk.call("GET", "/Leads/search", email="a1@fjord.example").status == 204
    assert desk.coql("select id from Leads where Email = 'a1@fjord.example'").status == 200
    desk.wait(16)
    assert desk.call("GET", "/Leads/search", email="A1@fjord.example").status == 200


def test_search_criteria_combine_escape_and_treat_equals_as_contains(desk, new_lead):
    desk.insert("Leads", new_lead(1, Company="Fjord (North), Inc"), new_lead(2, Account_Fit=70))
    desk.wait(16)

    def found(criteria: str) -> list[str]:
        answer = desk.call("GET", "/Leads/search", criteria=criteria)
        rows = answer.body["data"] if answer.body else []
        return sorted(row["Leadflow_ID"] for row in rows if row["Leadflow_ID"])

    assert found("(Last_Name:equals:lindqv)") == ["key-1", "key-2"]
    assert found(r"(Company:equals:Fjord \(North\)\, Inc)") == ["key-1"]
    assert found("((Last_Name:starts_with:lind)and(Account_Fit:greater_equal:70))") == ["key-2"]
    assert found("((Leadflow_ID:in:key-1,key-2)and(Account_Fit:between:1,99))") == ["key-2"]
    assert found("((Leadflow_ID:equals:key-1)or(Account_Fit:equals:70))") == ["key-1", "key-2"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "REQUIRED_PARAM_MISSING"),
        ({"criteria": "(Last_Name:about:x)"}, "INVALID_QUERY"),
        ({"criteria": "(Nothing:equals:x)"}, "INVALID_QUERY"),
        ({"criteria": "((Last_Name:equals:x)"}, "INVALID_QUERY"),
        ({"word": "x"}, "INVALID_QUERY"),
        ({"email": "a@b.example", "page": 11}, "LIMIT_REACHED"),
    ],
)
def test_bad_searches_are_named(desk, query, code):
    answer = desk.call("GET", "/Leads/search", **query)
    assert (answer.status, answer.body["code"]) == (400, code)


def test_organisation_users_and_settings_carry_what_a_client_needs(desk):
    org = desk.call("GET", "/org").body["org"][0]
    assert org["domain_name"] == f"org{org['zgid']}"
    assert org["license_details"]["paid_type"] == "enterprise"
    users = desk.call("GET", "/users", type="ActiveUsers").body
    assert (len(users["users"]), users["info"]["more_records"]) == (4, False)
    assert desk.call("GET", "/users", type="DeletedUsers").status == 204
    fields = {row["api_name"]: row for row in desk.call("GET", "/settings/fields", module="Leads").body["fields"]}
    assert fields["Leadflow_ID"]["unique"]
    assert fields["Leadflow_ID"]["custom_field"]
    assert fields["Leadflow_ID"]["convert_mapping"]["Contacts"] == "Leadflow_ID"
    assert fields["Email"]["unique"] == {}
    assert fields["Account_Fit"]["data_type"] == "integer"
    assert fields["Last_Name"]["mandatory"] is True
    assert "Cold Call" in [value["actual_value"] for value in fields["Lead_Source"]["pick_list_values"]]
    assert desk.call("GET", "/settings/fields").body["code"] == "REQUIRED_PARAM_MISSING"
    assert desk.call("GET", "/settings/fields", module="X").body["code"] == "INVALID_MODULE"
    assert desk.call("GET", "/settings/layouts", module="Leads").body["layouts"][0]["status"] == 0
    late = desk.call("GET", "/settings/layouts", module="Leads", version="v8").body["layouts"][0]
    assert late["status"] == "active"
    modules = [row["api_name"] for row in desk.call("GET", "/settings/modules").body["modules"]]
    assert {"Leads", "Contacts", "Accounts", "Deals"} <= set(modules)


def test_an_organisation_can_lack_a_field_or_its_uniqueness(open_desk, new_lead):
    desk = open_desk(without_fields=frozenset({"Leads.Account_Fit"}), key_is_unique=False)
    fields = {row["api_name"]: row for row in desk.call("GET", "/settings/fields", module="Leads").body["fields"]}
    assert "Account_Fit" not in fields
    assert fields["Leadflow_ID"]["unique"] == {}
    desk.insert("Leads", new_lead(1), new_lead(1))


def test_another_seed_or_size_is_another_organisation(open_desk):
    found = {
        open_desk(seed=seed, people=people).call("GET", "/org").body["org"][0]["zgid"]
        for seed, people in ((7, 10), (8, 10), (7, 11), (7, 10))
    }
    assert len(found) == 3


def test_the_count_of_a_module_came_with_v21(desk, new_lead):
    desk.insert("Leads", new_lead())
    assert desk.call("GET", "/Leads/actions/count").status == 404
    assert desk.call("GET", "/Leads/actions/count", version="v8").body["count"] >= 1
