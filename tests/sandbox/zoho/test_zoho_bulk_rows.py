"""What becomes of each row of a bulk write, and how the result tells it (Zoho fact sheet §4.1, §4.3, §4.4)."""

from __future__ import annotations

import pytest

HEADER = "key,name,company,mail,town\n"


def the(desk, module, field, value):
    (record,) = desk.vendor.organisation.tables[module].matches(field, value)
    return record


def test_the_result_has_the_first_three_mapped_columns_and_what_became_of_each_row(bulk, new_lead):
    (known,) = bulk.insert("Leads", new_lead(1))
    text = HEADER + "key-1,Berg,Fjord,b1@fjord.example,\nk2,Dahl,Fjord,b2@fjord.example,\nk3,,Fjord,no mail,\n"
    ident = bulk.submit(text)
    assert bulk.counts(ident) == (1, 1, 1, 3)
    told = {row["key"]: row for row in bulk.result(ident)}
    assert list(told["k3"]) == ["key", "name", "company", "STATUS", "RECORD_ID", "ERRORS"]
    assert (told["key-1"]["STATUS"], told["key-1"]["RECORD_ID"]) == ("UPDATED", known)
    assert (told["k2"]["STATUS"], told["k2"]["RECORD_ID"]) == ("ADDED", the(bulk, "Leads", "Leadflow_ID", "k2").id)
    assert told["k3"] == {
        "key": "k3",
        "name": "",
        "company": "Fjord",
        "STATUS": "SKIPPED",
        "RECORD_ID": "",
        "ERRORS": "INVALID_DATA-mail:MANDATORY_NOT_FOUND-name",
    }


def test_the_columns_told_are_those_mapped_first_not_those_standing_first(bulk):
    columns = [
        {"api_name": "Company", "index": 2},
        {"api_name": "Leadflow_ID", "index": 0},
        {"api_name": "City", "default_value": {"value": "Oslo"}},
        {"api_name": "Email", "index": 3},
        {"api_name": "Last_Name", "index": 1},
    ]
    ident = bulk.submit(HEADER + "k1,Berg,Fjord,b@fjord.example,Bergen\n", columns=columns)
    (row,) = bulk.result(ident)
    assert list(row)[:3] == ["company", "key", "mail"]
    assert the(bulk, "Leads", "Leadflow_ID", "k1").values["City"] == "Oslo"


def test_result_rows_are_shuffled_unless_switched_off_and_case_and_headers_are_switches(open_bulk):
    text = HEADER + "".join(f"k{n},B,F,,\n" for n in range(30))
    keys = [f"k{n}" for n in range(30)]
    mixed = open_bulk()
    found = [row["key"] for row in mixed.result(mixed.submit(text))]
    assert found != keys
    assert sorted(found) == sorted(keys)
    plain = open_bulk(bulk_shuffled=False, bulk_lower_case=True, bulk_api_headers=True)
    rows = plain.result(plain.submit(text))
    assert [row["Leadflow_ID"] for row in rows] == keys
    assert {row["STATUS"] for row in rows} == {"added"}


def test_the_csv_of_the_result_is_named_after_module_and_upload(bulk):
    import io
    import zipfile

    ident = bulk.submit(HEADER + "k1,B,F,,\n")
    bulk.wait(200)
    content = bulk.download(bulk.poll(ident)["result"]["download_url"]).body
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["Leads-leads.csv"]


def test_blank_cells_wipe_values_unless_ignored_at_the_top_or_in_the_resource(bulk, new_lead):
    bulk.insert("Leads", new_lead(1, City="Oslo"), new_lead(2, City="Oslo"), new_lead(3, City="Oslo"))
    bulk.submit(HEADER + "key-1,A,F,,\n")
    body = bulk.job(HEADER + "key-2,A,F,,\n", ignore_empty=...)
    body["ignore_empty"] = True
    bulk.bulk("POST", "/write", body)
    bulk.submit(HEADER + "key-3,A,F,,\n", ignore_empty=...)
    bulk.wait(200)
    towns = [the(bulk, "Leads", "Leadflow_ID", f"key-{n}") for n in (1, 2, 3)]
    bulk.vendor.catch_up()
    assert [record.values.get("City") for record in towns] == ["Oslo", "Oslo", None]
    assert "Email" not in towns[2].values


def test_a_blank_mandatory_cell_skips_a_row_that_would_clear_it(bulk, new_lead):
    bulk.insert("Leads", new_lead(1))
    kept = bulk.submit(HEADER + "key-1,,F,,\n", ignore_empty=True)
    cleared = bulk.submit(HEADER + "key-1,,F,,\n", ignore_empty=False)
    (first,), (second,) = bulk.result(kept), bulk.result(cleared)
    assert (first["STATUS"], second["ERRORS"]) == ("UPDATED", "MANDATORY_NOT_FOUND-name")


def test_two_rows_of_one_key_are_an_insert_and_an_update_or_a_duplicate(bulk):
    twice = HEADER + "k1,Berg,F,,\nk1,Dahl,F,,\n"
    assert bulk.counts(bulk.submit(twice)) == (1, 1, 0, 2)
    assert the(bulk, "Leads", "Leadflow_ID", "k1").values["Last_Name"] == "Dahl"
    inserted = bulk.submit(HEADER + "k2,Berg,F,,\nk2,Dahl,F,,\nk1,X,F,,\n", operation="insert")
    assert bulk.counts(inserted) == (1, 0, 2, 3)
    assert {row["ERRORS"] for row in bulk.result(inserted)} == {"", "DUPLICATE_DATA-key"}
    blind = bulk.submit(HEADER + "k3,Berg,F,,\nk3,Dahl,F,,\n", operation="insert", find_by=...)
    assert bulk.counts(blind) == (1, 0, 1, 2)


def test_an_update_never_inserts(bulk):
    ident = bulk.submit(HEADER + "k1,Berg,F,,\n,Dahl,F,,\n", operation="update")
    assert bulk.counts(ident) == (0, 0, 2, 2)
    assert {row["ERRORS"] for row in bulk.result(ident)} == {"RESOURCE_NOT_FOUND-key", "MANDATORY_NOT_FOUND-key"}


def test_find_by_id_updates_known_ids_and_refuses_unknown_and_converted_ones(bulk, new_lead):
    known, converted = bulk.insert("Leads", new_lead(1), new_lead(2))
    bulk.call("POST", f"/Leads/{converted}/actions/convert", {"data": [{}]})
    text = f"id,city\n{known},Bergen\n{converted},Bergen\n99,Bergen\n"
    ident = bulk.submit(text, operation="update", find_by="id", columns=["id", "City"])
    told = {row["id"]: (row["STATUS"], row["ERRORS"]) for row in bulk.result(ident)}
    assert told == {
        known: ("UPDATED", ""),
        converted: ("SKIPPED", "CANNOT_PROCESS-id"),
        "99": ("SKIPPED", "RESOURCE_NOT_FOUND-id"),
    }
    assert bulk.shown("Leads", known)["City"] == "Bergen"


def test_a_converted_lead_is_not_found_by_its_key_so_the_row_is_new(bulk, new_lead):
    (converted,) = bulk.insert("Leads", new_lead(1))
    bulk.call("POST", f"/Leads/{converted}/actions/convert", {"data": [{}]})
    assert bulk.counts(bulk.submit(HEADER + "key-1,Berg,F,,\n")) == (1, 0, 0, 1)


def test_the_system_dedupe_field_is_no_find_by_unless_unique_or_taken_and_matching_nothing(open_bulk, new_lead):
    text = HEADER + "k1,Berg,F,a1@fjord.example,\n"
    unique = open_bulk(email_is_unique=True)
    unique.insert("Leads", new_lead(1))
    assert unique.counts(unique.submit(text, find_by="Email")) == (0, 1, 0, 1)
    lax = open_bulk(bulk_find_by_strict=False)
    lax.insert("Leads", new_lead(1))
    assert lax.counts(lax.submit(text, find_by="Email")) == (1, 0, 0, 1)


def test_a_value_that_another_record_holds_uniquely_skips_the_row(open_bulk, new_lead):
    desk = open_bulk(email_is_unique=True)
    desk.insert("Leads", new_lead(1))
    ident = desk.submit(HEADER + "k9,Berg,F,A1@fjord.example,\n")
    assert desk.result(ident)[0]["ERRORS"] == "DUPLICATE_DATA-mail"


def test_without_mappings_the_header_names_the_fields_and_lookups_say_how_they_are_found(bulk):
    bulk.insert("Accounts", {"Account_Name": "Fjord"})
    text = (
        "Leadflow_ID,Last_Name,Account_Name.Account_Name,Owner.email\n"
        "c1,Berg,fjord,p1@northwind.example\nc2,Dahl,Nobody,\nc3,Lie,,x@y.example\n"
    )
    ident = bulk.submit(text, module="Contacts", field_mappings=...)
    told = {row["Leadflow_ID"]: row["ERRORS"] for row in bulk.result(ident)}
    assert told == {"c1": "", "c2": "INVALID_DATA-Account_Name.Account_Name", "c3": "INVALID_DATA-Owner.email"}
    record = the(bulk, "Contacts", "Leadflow_ID", "c1")
    (account,) = bulk.vendor.organisation.tables["Accounts"].matches("Account_Name", "Fjord")
    assert record.values["Account_Name"] == {"id": account.id}
    assert bulk.vendor.organisation.user(record.owner).email == "p1@northwind.example"
    unknown = bulk.job("Leadflow_ID,Nachname\nc1,Berg\n", module="Contacts", field_mappings=...)
    assert bulk.bulk("POST", "/write", unknown).body["code"] == "INVALID_FIELD_NAME"


def test_a_lookup_may_be_mapped_by_id_and_must_say_how_it_is_found(bulk):
    (account,) = bulk.insert("Accounts", {"Account_Name": "Fjord"})
    columns = ["Leadflow_ID", "Last_Name", {"api_name": "Account_Name", "index": 2, "find_by": "id"}]
    ident = bulk.submit(f"k,n,a\nc1,Berg,{account}\nc2,Berg,77\n", module="Contacts", columns=columns)
    assert bulk.counts(ident) == (1, 0, 1, 2)
    assert bulk.refused(module="Contacts", columns=["Leadflow_ID", "Last_Name", "Account_Name"]) == (
        "MANDATORY_NOT_FOUND"
    )
    other = [*columns[:2], {**columns[2], "find_by": "Website"}]
    assert bulk.refused(module="Contacts", columns=other) == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("given", "text", "stored"),
    [
        (None, "12/31/2026", "2026-12-31"),
        (None, "2026-12-31", None),
        (None, "31/12/2026", None),
        ("yyyy-MM-dd", "2026-12-31", "2026-12-31"),
        ("yyyy-MM-dd", "2026-02-30", None),
        ("d.M.yyyy", "1.2.2026", "2026-02-01"),
        ("dd-MMM-yyyy", "01-Feb-2026", "2026-02-01"),
    ],
)
def test_dates_are_american_unless_the_mapping_has_a_format(bulk, given, text, stored):
    closing = {"api_name": "Closing_Date", "index": 2, **({"format": given} if given else {})}
    columns = ["Deal_Name", "Stage", closing]
    ident = bulk.submit(
        f"deal,stage,on\nPilot,Qualification,{text}\n",
        module="Deals",
        columns=columns,
        operation="insert",
        find_by=...,
    )
    (row,) = bulk.result(ident)
    assert row["ERRORS"] == ("" if stored else "INVALID_DATA-on")
    if stored:
        assert bulk.shown("Deals", row["RECORD_ID"])["Closing_Date"] == stored


def test_moments_take_their_pattern_and_the_users_zone_where_they_have_none():
    from datetime import UTC, datetime, timedelta, timezone

    from resources.sandbox.zoho.bulkformats import MOMENT, parser

    india = timezone(timedelta(minutes=330))
    assert parser(MOMENT, india)("12/31/2026 10:00:00") == datetime(2026, 12, 31, 4, 30, tzinfo=UTC)
    iso = parser("yyyy-MM-dd'T'HH:mm:ssXXX", india)
    assert iso("2026-12-31T10:00:00+02:00") == datetime(2026, 12, 31, 8, tzinfo=UTC)
    assert iso("2026-12-31T10:00:00Z") == datetime(2026, 12, 31, 10, tzinfo=UTC)
    assert parser("MM/dd/yyyy hh:mm a", UTC)("01/02/2026 12:05 AM").hour == 0
    for bad in ("", "qq", "yyyy-'T"):
        with pytest.raises(ValueError, match=r"pattern|letter"):
            parser(bad, UTC)


@pytest.mark.parametrize(
    ("field", "text", "stored"),
    [
        ("No_of_Employees", "42", 42),
        ("No_of_Employees", "42.5", None),
        ("No_of_Employees", "1234567890", None),
        ("Annual_Revenue", "1200.50", 1200.5),
        ("Annual_Revenue", "much", None),
        ("Email_Opt_Out", "TRUE", True),
        ("Email_Opt_Out", "yes", None),
        ("Phone", ".12", None),
        ("Website", "no site", None),
        ("City", "x" * 101, None),
        ("Lead_Source", "Chat", "Chat"),
        ("Lead_Source", "Apollo", None),
    ],
)
def test_each_cell_is_judged_by_its_fields_type_length_and_picklist(bulk, field, text, stored):
    columns = ["Leadflow_ID", "Last_Name", "Company", field]
    (row,) = bulk.result(bulk.submit(f"k,n,c,cell\nk1,Berg,F,{text}\n", columns=columns))
    assert row["ERRORS"] == ("" if stored is not None else "INVALID_DATA-cell")
    if stored is not None:
        assert the(bulk, "Leads", "Leadflow_ID", "k1").values[field] == stored


def test_a_default_fills_blank_cells_and_a_layout_must_exist(bulk):
    layout = bulk.vendor.organisation.layout_id("Leads")
    source = {"api_name": "Lead_Source", "index": 3, "default_value": {"value": "Chat"}}
    columns = ["Leadflow_ID", "Last_Name", "Company", source]
    good = [*columns, {"api_name": "Layout", "default_value": {"value": layout}}]
    bulk.counts(bulk.submit("k,n,c,s\nk1,Berg,F,\nk2,Berg,F,Twitter\n", columns=good))
    assert the(bulk, "Leads", "Leadflow_ID", "k1").values["Lead_Source"] == "Chat"
    assert the(bulk, "Leads", "Leadflow_ID", "k2").values["Lead_Source"] == "Twitter"
    bad = [*columns, {"api_name": "Layout", "default_value": {"value": "1"}}]
    assert bulk.refused(columns=bad) == "INVALID_DATA"


def test_rows_set_off_workflows_unless_switched_off(open_bulk):
    text = HEADER + "k1,Berg,F,,\nk1,Dahl,F,,\n"
    loud, quiet = open_bulk(), open_bulk(bulk_automations=False)
    for desk in (loud, quiet):
        desk.counts(desk.submit(text))
    assert loud.vendor.canonical()["automations"] == {"Leads.create": 1, "Leads.edit": 1}
    assert quiet.vendor.canonical()["automations"] == {}


def test_blank_lines_and_short_or_long_rows_are_read_as_far_as_they_go(bulk):
    ident = bulk.submit(HEADER + "k1,Berg,F\n\nk2,Berg,F,,Oslo,more,cells\n")
    assert bulk.counts(ident) == (2, 0, 0, 2)
