from __future__ import annotations

import pytest

from pipeline.mapping import desired_values, load
from pipeline.planning.capabilities import Capabilities, FieldFact
from pipeline.planning.desired import Desired
from pipeline.planning.diff import plan_people
from pipeline.rules import packaged

ZOHO = load("zoho", packaged())
GHL = load("ghl", packaged())
KEY = "lf_1"


def person(**changes):
    row = {
        "person_key": KEY,
        "first_name": "Ann",
        "last_name": "Berg",
        "email": "ann@acme.io",
        "title": "CTO",
    }
    scores = {"account_fit": 80, "persona_influence": 60, "engagement": 5, "score": 70, "grade": "B"}
    return {**row, "company_name": "Acme", **scores, **changes}


def wanted(mapping=ZOHO, kind=None, *, row=None, **changes):
    values = desired_values(row or person(), mapping, kind=kind)
    return Desired(**{"person_key": KEY, "object": kind, "values": values, **changes})


def plan(desired, theirs=None, bases=None, mapping=ZOHO, **rest):
    return plan_people([desired], theirs or {}, bases or {}, mapping, **rest)


def by_field(rows, action):
    return {row.field: row.new_value for row in rows if row.action == action}


def test_a_new_person_is_one_insert_with_its_key_and_tags():
    rows = plan(wanted(tags=frozenset({"lf-hot"})))
    inserted = by_field(rows, "insert")
    assert inserted["Leadflow_ID"] == KEY
    assert inserted["Company"] == "Acme"
    assert "Phone" not in inserted
    assert by_field(rows, "add_tags") == {"Tag": ["lf-hot"]}
    assert {row.record_id for row in rows} == {None}


def test_company_falls_back_to_the_domain_and_then_to_a_word():
    row = person(company_name=None, company_domain="acme.io")
    assert by_field(plan(wanted(row=row)), "insert")["Company"] == "acme.io"
    assert by_field(plan(wanted(row=person(company_name=None))), "insert")["Company"] == "Unknown"


def test_a_stand_in_never_replaces_a_value():
    theirs = {("Leads", "1"): {"Last_Name": "Berg", "Company": "Acme GmbH", "Leadflow_ID": KEY}}
    bases = {("Leads", "1"): {"Company": ("Acme GmbH", "Acme GmbH")}}
    rows = plan(wanted(row=person(company_name=None), record_id="1"), theirs, bases)
    assert "Company" not in by_field(rows, "update")


def test_who_has_no_name_is_held_with_a_reason():
    (row,) = plan(wanted(row=person(first_name=None, last_name=None)))
    assert row.action == "hold"
    assert "Last_Name" in row.reason


def test_nobody_is_created_in_ghl_without_email_or_phone():
    (row,) = plan(wanted(GHL, row=person(email=None)), mapping=GHL)
    assert row.action == "hold"


def test_a_recognised_record_gets_blanks_filled_scores_and_the_key():
    theirs = {("Leads", "1"): {"Last_Name": "Berg-Meier", "Company": "ACME", "Designation": None, "Engagement": 3}}
    rows = plan(wanted(record_id="1", object="Leads"), theirs)
    updated = by_field(rows, "update")
    assert updated["Designation"] == "CTO"
    assert updated["Engagement"] == 5
    assert updated["Leadflow_ID"] == KEY
    assert "Last_Name" not in updated
    assert not [row for row in rows if row.action == "skip"]


def test_the_key_alone_is_no_reason_to_write():
    values = desired_values(person(), ZOHO)
    theirs = {("Leads", "1"): {**values, "Leadflow_ID": None}}
    assert plan(wanted(record_id="1"), theirs) == []


def test_an_unchanged_record_is_not_written():
    theirs = {("Leads", "1"): desired_values(person(), ZOHO) | {"Tag": [{"name": "lf-hot"}, {"name": "vip"}]}}
    assert plan(wanted(record_id="1", tags=frozenset({"lf-hot"})), theirs) == []


def test_an_edit_by_a_person_is_a_skip_row_with_both_values():
    values = desired_values(person(), ZOHO)
    theirs = {("Leads", "1"): {**values, "Designation": "Chief"}}
    (row,) = plan(wanted(record_id="1"), theirs, {("Leads", "1"): {"Designation": ("CTO", "CTO")}})
    assert (row.action, row.old_value, row.new_value) == ("skip", "Chief", "CTO")


def test_a_field_overwritten_again_and_again_is_left_to_people():
    values = desired_values(person(), ZOHO)
    theirs = {("Leads", "1"): {**values, "Engagement": 99}}
    (row,) = plan(wanted(record_id="1"), theirs, locked={("Leads", "1", "Engagement")})
    assert row.action == "skip"
    assert "left to people" in row.reason


def test_contacts_get_a_title_and_never_a_company():
    rows = plan(wanted(kind="Contacts", record_id="9"), {("Contacts", "9"): {"Last_Name": "Berg"}})
    updated = by_field(rows, "update")
    assert updated["Title"] == "CTO"
    assert not {"Company", "Designation"} & set(updated)


def test_only_our_own_tags_are_removed():
    theirs = {("Leads", "1"): desired_values(person(), ZOHO) | {"Tag": [{"name": "lf-old"}, {"name": "vip"}]}}
    rows = plan(wanted(record_id="1", tags=frozenset({"lf-new"})), theirs)
    assert by_field(rows, "remove_tags") == {"Tag": ["lf-old"]}
    assert by_field(rows, "add_tags") == {"Tag": ["lf-new"]}


def test_tags_beyond_the_vendors_limit_are_skipped_with_a_reason():
    there = [{"name": f"t{number}"} for number in range(9)]
    theirs = {("Leads", "1"): desired_values(person(), ZOHO) | {"Tag": there}}
    rows = plan(wanted(record_id="1", tags=frozenset({"lf-a", "lf-b"})), theirs)
    assert by_field(rows, "add_tags") == {"Tag": ["lf-a"]}
    assert [row.new_value for row in rows if row.action == "skip"] == [["lf-b"]]


def test_a_suppressed_person_gets_the_opt_out_and_the_tag_removal_and_nothing_else():
    theirs = {("Leads", "1"): {"Last_Name": "Berg", "Email_Opt_Out": False, "Tag": [{"name": "lf-hot"}]}}
    suppressed = wanted(
        record_id="1",
        opted_out_channels=frozenset({"email"}),
        hold="opted out of e-mail",
        convert={"overwrite": True},
    )
    rows = plan(suppressed, theirs)
    assert [(row.action, row.lane) for row in rows] == [
        ("set_optout", "optout"),
        ("remove_tags", "optout"),
        ("hold", "normal"),
    ]
    assert rows[0].new_value is True


def test_an_opt_out_that_is_shown_already_is_not_sent():
    theirs = {("Leads", "1"): {"Last_Name": "Berg", "Email_Opt_Out": True}}
    rows = plan(wanted(record_id="1", opted_out_channels=frozenset({"all"}), hold="opted out"), theirs)
    assert [row.action for row in rows] == ["hold"]


def test_an_opt_out_reaches_the_second_record_too():
    theirs = {("Leads", "2"): {"Last_Name": "Berg"}}
    duplicate = wanted(record_id="2", opted_out_channels=frozenset({"email"}), duplicate_of=("Contacts", "9"))
    rows = plan(duplicate, theirs)
    assert [row.action for row in rows] == ["set_optout", "skip"]
    assert "Contacts/9" in rows[1].reason


def test_an_opt_out_does_not_wait_for_the_mirror():
    rows = plan(wanted(record_id="7", opted_out_channels=frozenset({"email"}), hold="opted out"))
    assert [row.action for row in rows] == ["set_optout", "hold"]


def test_ghl_do_not_disturb_keeps_the_other_channels():
    there = {"SMS": {"status": "active", "message": "stop"}, "Email": {"status": "inactive"}}
    rows = plan(
        wanted(GHL, record_id="c", opted_out_channels=frozenset({"email", "call"}), hold="opted out"),
        {("contact", "c"): {"dndSettings": there}},
        mapping=GHL,
    )
    sent = by_field(rows, "set_optout")["dndSettings"]
    assert sent["SMS"] == there["SMS"]
    assert sent["Email"]["status"] == "active"
    assert sent["Call"]["status"] == "active"


def test_ghl_permanent_or_total_do_not_disturb_counts_as_opted_out():
    for theirs in ({"dndSettings": {"Email": {"status": "permanent"}}}, {"dnd": True}):
        rows = plan(
            wanted(GHL, record_id="c", opted_out_channels=frozenset({"email"}), hold="x"),
            {("contact", "c"): theirs},
            mapping=GHL,
        )
        assert [row.action for row in rows] == ["hold"]


def test_a_field_that_ghl_takes_at_creation_only_is_not_updated():
    theirs = {("contact", "c"): {"companyName": None, "email": "ann@acme.io"}}
    assert "companyName" not in by_field(plan(wanted(GHL, record_id="c"), theirs, mapping=GHL), "update")
    assert by_field(plan(wanted(GHL), mapping=GHL), "insert")["companyName"] == "Acme"


def test_what_a_person_deleted_stays_gone():
    (row,) = plan(wanted(record_id="1", is_gone=True))
    assert (row.action, row.reason.split(":")[0]) == ("skip", "gone")


def test_a_conversion_brings_the_key_along():
    theirs = {("Leads", "1"): desired_values(person(), ZOHO) | {"Leadflow_ID": None}}
    rows = plan(wanted(record_id="1", convert={"overwrite": False}), theirs)
    assert [row.action for row in rows] == ["update", "convert"]
    assert rows[0].field == "Leadflow_ID"
    assert rows[1].new_value == {"overwrite": False}


def test_a_conversion_that_would_make_one_of_two_people_is_told_and_not_planned():
    theirs = {("Leads", "1"): desired_values(person(), ZOHO)}
    rows = plan(wanted(record_id="1", convert={}, unconvertible="contact 9 may be somebody else"), theirs)
    assert [(row.action, row.reason) for row in rows] == [
        ("skip", "not converted: contact 9 may be somebody else"),
    ]


def test_a_contact_is_not_converted_again():
    theirs = {("Contacts", "1"): desired_values(person(), ZOHO, kind="Contacts")}
    assert plan(wanted(kind="Contacts", record_id="1", convert={}), theirs) == []


def test_a_field_that_the_live_vendor_lacks_is_never_sent():
    facts = {name: FieldFact(name=name) for name in ("Leadflow_ID", "Last_Name", "Company", "Designation")}
    facts["Designation"] = FieldFact(name="Designation", max_length=2)
    rows = plan(wanted(), capabilities=Capabilities({"Leads": facts}))
    assert by_field(rows, "insert") == {
        "Leadflow_ID": KEY,
        "Last_Name": "Berg",
        "Company": "Acme",
        "Designation": "CT",
    }


@pytest.mark.parametrize(("industry", "sent"), [("software", "Software"), ("shipbuilding", None)])
def test_a_picklist_takes_its_own_spelling_or_nothing(industry, sent):
    facts = {name: FieldFact(name=name) for name in ZOHO.objects["Leads"].fields}
    facts["Industry"] = FieldFact(name="Industry", choices=frozenset({"Software", "Banking"}))
    rows = plan(wanted(row=person(industry=industry)), capabilities=Capabilities({"Leads": facts}))
    assert by_field(rows, "insert").get("Industry") == sent


def test_opt_outs_come_first_in_the_plan():
    first = wanted(row=person())
    second = wanted(record_id="1", opted_out_channels=frozenset({"email"}), hold="opted out", person_key="lf_2")
    rows = plan_people([first, second], {("Leads", "1"): {}}, {}, ZOHO)
    assert rows[0].lane == "optout"
    assert rows[-1].lane == "normal"


def test_a_value_of_somebody_else_is_taken_off_unless_the_vendor_requires_one():
    there = {
        "Leadflow_ID": "lf_k",
        "Phone": "+14155552671",
        "Last_Name": "Hopper",
        "Company": "Compilers",
        "City": "Rome",
    }
    base = {name: (value, value) for name, value in there.items()}
    wanted = Desired(
        person_key="lf_k",
        object="Leads",
        record_id="1",
        values={"Leadflow_ID": "lf_k", "Company": "Unknown"},
        strays=frozenset({"Phone", "Last_Name", "Company"}),
    )
    rows = plan_people([wanted], {("Leads", "1"): there}, {("Leads", "1"): base}, ZOHO)
    assert {row.field: row.new_value for row in rows if row.action == "update"} == {"Phone": None, "Company": "Unknown"}
    # Where the vendor kept it all the same, it is not asked for again and again.
    kept = {("Leads", "1"): base | {"Phone": (None, "+14155552671"), "Company": ("Unknown", "Compilers")}}
    assert [row for row in plan_people([wanted], {("Leads", "1"): there}, kept, ZOHO) if row.action == "update"] == []


def test_a_record_that_bears_the_key_of_somebody_else_is_given_its_own():
    def keyed(**rest):
        wanted = Desired(person_key="lf_k", object="Leads", record_id="1", values={"Leadflow_ID": "lf_k"})
        rows = plan_people([wanted], {("Leads", "1"): {"Leadflow_ID": "lf_other"}}, {}, ZOHO, **rest)
        return [(row.action, row.field, row.new_value) for row in rows]

    assert keyed() == [("update", "Leadflow_ID", "lf_k")]
    # A merged key stands for its heir: that is no reason to write.
    assert keyed(heirs={"lf_other": "lf_k"}) == []
