from __future__ import annotations

import pytest

ALL = "Leadflow_ID is not null"


@pytest.fixture
def filled(desk, new_lead):
    rows = [
        new_lead(1, Account_Fit=10, City="Oslo", Email_Opt_Out=True),
        new_lead(2, Account_Fit=20, City="Bergen", Last_Name="O'Hara"),
        new_lead(3, Account_Fit=30, Phone="123"),
    ]
    desk.ids = desk.insert("Leads", *rows)
    return desk


def keys(answer):
    return [row["Leadflow_ID"] for row in answer.body["data"]] if answer.body else []


MATCHES = [
    ("Leadflow_ID = 'KEY-1'", [1]),
    ("Leadflow_ID in ('key-1', 'key-3')", [1, 3]),
    ("(Leadflow_ID is not null and Leadflow_ID not in ('key-1'))", [2, 3]),
    ("Account_Fit >= 20", [2, 3]),
    ("Account_Fit between 10 and 20", [1, 2]),
    ("(Leadflow_ID like 'key-%' and City is null)", [3]),
    ("City like '%SL%'", [1]),
    ("City not like '%sl%'", [2]),
    ("Last_Name = 'O\\'Hara'", [2]),
    ("(Email_Opt_Out = 'true' and Leadflow_ID is not null)", [1]),
    ("(Email_Opt_Out = 'false' and Leadflow_ID is not null)", [2, 3]),
    ("((City = 'Oslo' or City = 'Bergen') and Account_Fit != 10)", [2]),
    ("(Created_Time >= '2026-03-02T09:00:00+00:00' and Leadflow_ID is not null)", [1, 2, 3]),
    ("(Modified_Time > '2026-03-02T14:30:00+05:30' and Leadflow_ID is not null)", []),
    ("(Owner.last_name = 'Integration' and Leadflow_ID is not null)", [1, 2, 3]),
]


@pytest.mark.parametrize(("criteria", "expected"), MATCHES)
def test_criteria_select_the_rows_they_describe(filled, criteria, expected):
    answer = filled.coql(f"SELECT Leadflow_ID FROM Leads WHERE {criteria} ORDER BY id ASC LIMIT 200")
    assert keys(answer) == [f"key-{n}" for n in expected]


@pytest.mark.parametrize("tail", ["limit 2 offset 1", "limit 1, 2"])
def test_both_ways_to_write_an_offset_work_and_more_records_tells(filled, tail):
    answer = filled.coql(f"select Leadflow_ID from Leads where {ALL} order by Account_Fit desc {tail}")
    assert keys(answer) == ["key-2", "key-1"]
    assert answer.body["info"] == {"count": 2, "more_records": False}
    first = filled.coql(f"select Leadflow_ID from Leads where {ALL} limit 2")
    assert first.body["info"] == {"count": 2, "more_records": True}


def test_keyset_paging_gives_every_row_once(desk, new_lead):
    for start in range(0, 450, 50):
        desk.insert("Leads", *(new_lead(n) for n in range(start, start + 50)))
    last, found = "0", []
    while True:
        answer = desk.coql(f"select id from Leads where (id > '{last}' and ({ALL})) order by id asc limit 200")
        if answer.status == 204:
            break
        found += [row["id"] for row in answer.body["data"]]
        last = found[-1]
    assert len(found) == len(set(found)) == 450


def test_rows_carry_the_id_and_lookups_without_names(filled):
    row = filled.coql(f"select Owner, Email, Created_Time from Leads where {ALL}").body["data"][0]
    assert row == {
        "Owner": {"id": filled.vendor.organisation.me},
        "Email": "a1@fjord.example",
        "Created_Time": "2026-03-02T14:30:00+05:30",
        "id": filled.ids[0],
    }


def test_a_lookup_joins_under_its_dotted_name(desk):
    (account,) = desk.insert("Accounts", {"Account_Name": "Fjord", "Website": "https://fjord.example"})
    row = {"Last_Name": "Berg", "Account_Name": {"id": account}, "Leadflow_ID": "k"}
    (contact,) = desk.insert("Contacts", row)
    answer = desk.coql(
        "select Account_Name, Account_Name.Account_Name from Contacts where Account_Name.Website like '%fjord%'"
    )
    assert answer.body["data"] == [
        {"Account_Name": {"id": account}, "Account_Name.Account_Name": "Fjord", "id": contact}
    ]
    by_id = desk.coql(f"select Last_Name from Contacts where Account_Name = '{account}'")
    assert by_id.body["data"][0]["Last_Name"] == "Berg"


def test_nothing_found_is_204_without_a_body(desk):
    answer = desk.coql("select id from Leads where Leadflow_ID = 'nobody'")
    assert (answer.status, answer.body) == (204, None)


def many(count: int) -> str:
    return ", ".join(f"'v{n}'" for n in range(count))


def nested(count: int) -> str:
    text = "id is not null"
    for _ in range(count - 1):
        text = f"({text} and id is not null)"
    return text


ERRORS = [
    ("delete from Leads", "SYNTAX_ERROR", "given coql query not supported", {}),
    ("select id from Leads", "SYNTAX_ERROR", "missing clause", {"clause": "where"}),
    ("select id from Leads limit 5", "SYNTAX_ERROR", "missing clause", {"clause": "where"}),
    ("select id", "SYNTAX_ERROR", "missing clause", {"clause": "from"}),
    (
        "select id from Leads where id is not null ordered",
        "SYNTAX_ERROR",
        "error occured while parsing the query",
        {"line": 1, "column": 43, "near": "ordered"},
    ),
    (
        "select id from Leads where City = 'a' and City = 'b' and City = 'c'",
        "SYNTAX_ERROR",
        "error occured while parsing the query",
        {"line": 1, "column": 54, "near": "and"},
    ),
    (
        "select Nothing from Leads where id is not null",
        "INVALID_QUERY",
        "column given seems to be invalid",
        {"column_name": "Nothing"},
    ),
    (
        "select id from Leads where Title = 'x'",
        "INVALID_QUERY",
        "column given seems to be invalid",
        {"column_name": "Title"},
    ),
    (
        "select id from Leads where id is not null limit 's'",
        "INVALID_QUERY",
        "limit given seems to be invalid",
        {"limit": "'s'"},
    ),
    (
        "select id from Leads where id is not null limit 201",
        "LIMIT_EXCEEDED",
        "limit exceeded",
        {"limit": 200},
    ),
    (
        f"select id from Leads where Email in ({many(51)})",
        "LIMIT_EXCEEDED",
        "limit exceeded",
        {"column_name": "Email", "limit": 50},
    ),
    (f"select id from Leads where {nested(26)}", "LIMIT_EXCEEDED", "criteria limit exceeded", {"limit": 25}),
    (
        "select id, Email, Email from Leads where id is not null",
        "DUPLICATE_DATA",
        "duplicate select column",
        {"column_name": "Email"},
    ),
    (
        "select id from Nowhere where id is not null",
        "INVALID_MODULE",
        "the module name given seems to be invalid",
        {},
    ),
    (
        "select COUNT(id) from Leads where id is not null",
        "SYNTAX_ERROR",
        "given coql query not supported",
        {},
    ),
]


@pytest.mark.parametrize(("query", "code", "message", "details"), ERRORS)
def test_a_refused_query_is_400_and_says_why(desk, query, code, message, details):
    answer = desk.coql(query)
    assert (answer.status, answer.body["code"], answer.body["message"]) == (400, code, message)
    assert answer.body["details"] == details


@pytest.mark.parametrize(
    "criteria",
    [
        "Account_Fit = '10'",
        "City = 10",
        "Email_Opt_Out != 'true'",
        "Email_Opt_Out = 'yes'",
        "Modified_Time > '2026-03-02T09:00:00'",
        "Owner = 'Ada'",
        "Description = 'long'",
        "Account_Fit like '1%'",
        "City not like 'a%'",
    ],
)
def test_a_value_that_its_column_cannot_meet_is_an_invalid_query(desk, criteria):
    answer = desk.coql(f"select id from Leads where {criteria}")
    assert (answer.status, answer.body["code"]) == (400, "INVALID_QUERY")
    assert set(answer.body["details"]) == {"column_name", "operator", "reason"}


def test_a_missing_query_is_named(desk):
    answer = desk.call("POST", "/coql", {"query": "x"})
    assert (answer.body["code"], answer.body["details"]) == (
        "MANDATORY_NOT_FOUND",
        {"api_name": "select_query"},
    )


def test_an_organisation_can_bar_a_column_from_criteria(open_desk):
    desk = open_desk(unfilterable=frozenset({"Leads.Phone"}))
    assert desk.coql("select Phone from Leads where Phone = '1'").body["code"] == "INVALID_QUERY"
    assert desk.coql("select Phone from Leads where id is not null").status in {200, 204}


def test_later_versions_take_two_thousand_rows_a_hundred_values_and_aggregates(filled):
    assert filled.coql(f"select id from Leads where {ALL} limit 2000", "v8").status == 200
    assert filled.coql(f"select id from Leads where Email in ({many(100)})", "v8").status == 204
    answer = filled.coql(f"select COUNT(id), SUM(Account_Fit) from Leads where {ALL}", "v8")
    assert answer.body["data"] == [{"COUNT(id)": 3, "SUM(Account_Fit)": 60}]
    grouped = filled.coql(f"select City, COUNT(id) from Leads where {ALL} group by City", "v8")
    assert {row["City"]: row["COUNT(id)"] for row in grouped.body["data"]} == {
        None: 1,
        "Oslo": 1,
        "Bergen": 1,
    }


def test_loose_organisations_take_flat_chains_with_and_before_or(open_desk, new_lead):
    desk = open_desk(strict_coql=False)
    desk.insert("Leads", new_lead(1, City="Oslo"), new_lead(2, City="Bergen", Account_Fit=1))
    answer = desk.coql("select Leadflow_ID from Leads where City = 'Oslo' or City = 'Bergen' and Account_Fit = 2")
    assert keys(answer) == ["key-1"]
