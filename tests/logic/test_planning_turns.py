"""An address is given to one record only when it no longer stands on another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import rules
from pipeline.mapping import load
from pipeline.models import PlanRow
from pipeline.planning.capabilities import Capabilities, FieldFact
from pipeline.planning.equivalence import equivalent
from pipeline.planning.rivals import unique_fields
from pipeline.planning.turns import Turns, in_turn
from pipeline.planning.wishes import ends_of, folded, sought

ZOHO, GHL = (load(vendor, rules.packaged()) for vendor in ("zoho", "ghl"))
NAMES = {"zoho": ("Leads", "Email", "Phone", "City"), "ghl": ("contact", "email", "phone", "city")}


def row(vendor, action, field, value, *, record_id=None, person="lf_new", old=None):
    return PlanRow(
        vendor=vendor,
        object=NAMES[vendor][0],
        record_id=record_id,
        person_key=person,
        action=action,
        field=field,
        old_value=old,
        new_value=value,
        reason="x",
    )


def new(vendor, *, email=None, phone=None, person="lf_new"):
    _, mail, number, city = NAMES[vendor]
    told = {mail: email, number: phone, city: "Rome"}
    return [row(vendor, "insert", name, value, person=person) for name, value in told.items() if value] + [
        row(vendor, "add_tags", "tags", ["lf-x"], person=person)
    ]


def held(rows):
    return {item.person_key: item.reason for item in rows if item.action == "hold"}


def there(vendor, record_id="1", **values):
    _, mail, number, _ = NAMES[vendor]
    return {(NAMES[vendor][0], record_id): {mail: values.get("email"), number: values.get("phone")}}


@pytest.mark.parametrize(("vendor", "mapping"), [("zoho", ZOHO), ("ghl", GHL)])
@pytest.mark.parametrize(
    ("given", "stands"),
    [
        ({"email": "a@x.co"}, {"email": "A@x.co "}),
        ({"phone": "+1 415 555 2671"}, {"phone": "(415) 555-2671"}),
        ({"email": "a@x.co", "phone": "+14155552671"}, {"phone": "+14155552671"}),
    ],
)
def test_a_new_person_waits_while_the_plan_takes_the_address_off_another_record(vendor, mapping, given, stands):
    _, mail, number, _ = NAMES[vendor]
    (name,) = [mail] if "email" in stands else [number]
    repair = row(vendor, "update", name, None, record_id="1", person="lf_old", old="x")
    rows = in_turn([*new(vendor, **given), repair], there(vendor, **stands), mapping)
    assert "gives it up first" in held(rows)["lf_new"]
    assert [item.action for item in rows] == ["hold", "update"]


@pytest.mark.parametrize(("vendor", "mapping"), [("zoho", ZOHO), ("ghl", GHL)])
@pytest.mark.parametrize("is_repair_first", [True, False])
def test_a_plan_in_parts_is_judged_as_if_it_were_one(vendor, mapping, is_repair_first):
    mail = NAMES[vendor][1]
    theirs = there(vendor, email="a@x.co")
    repair = [row(vendor, "update", mail, None, record_id="1", person="lf_old", old="x")]
    waiting, other = new(vendor, email="a@x.co"), new(vendor, email="b@x.co", person="lf_two")
    parts = [repair, [*waiting, *other]] if is_repair_first else [[*waiting, *other], repair]
    asked = []

    def standing(addresses):
        asked.append(addresses)
        return theirs if "a@x.co" in addresses["email"] else {}

    turns = Turns(mapping, standing=standing)
    found = [item for part in parts for item in turns.admitted(part)] + turns.rest()

    assert sorted(found, key=repr) == sorted(in_turn([*repair, *waiting, *other], theirs, mapping), key=repr)
    assert "gives it up first" in held(found)["lf_new"]
    assert {address for addresses in asked for address in addresses["email"]} == {"a@x.co", "b@x.co"}


def test_twins_in_different_parts_of_a_plan_do_not_pass_both():
    turns = Turns(GHL, standing=lambda _addresses: {})
    first = turns.admitted(new("ghl", email="a@x.co", person="lf_two"))
    second = turns.admitted(new("ghl", email="A@x.co", person="lf_one"))
    assert held(first) == {}
    assert "another new person" in held(second)["lf_one"]
    assert turns.rest() == []


def test_where_records_are_not_found_by_address_two_people_may_share_one():
    rows = new("zoho", email="a@x.co", phone="+14155552671")
    assert in_turn(rows, there("zoho", email="a@x.co", phone="+14155552671"), ZOHO) == rows
    assert in_turn([*rows, *new("zoho", email="a@x.co", person="lf_two")], {}, ZOHO)[: len(rows)] == rows


def test_where_records_are_found_by_address_nobody_is_written_over_somebody_else():
    assert "already" in held(in_turn(new("ghl", email="a@x.co"), there("ghl", email="a@x.co"), GHL))["lf_new"]
    assert held(in_turn(new("ghl", phone="+14155552671"), there("ghl", phone="+14155552671"), GHL))
    # With a mailbox the writer leaves the number out.
    rows = new("ghl", email="b@x.co", phone="+14155552671")
    found = in_turn(rows, there("ghl", email="a@x.co", phone="+14155552671"), GHL)
    assert [item.action for item in found] == ["insert", "skip", "insert", "add_tags"]
    assert left_out(found) == {("lf_new", "phone"): "its phone stands on contact/1 already: left out of the new record"}


def left_out(rows):
    return {(item.person_key, item.field): item.reason for item in rows if item.action == "skip"}


@pytest.mark.parametrize("is_in_parts", [True, False])
def test_of_two_new_people_with_one_phone_one_is_made_with_it(is_in_parts):
    one = new("ghl", email="a@x.co", phone="+1 415 555 2671", person="lf_one")
    two = new("ghl", email="b@x.co", phone="+14155552671", person="lf_two")
    turns = Turns(GHL, standing=lambda _addresses: {})
    parts = [one, two] if is_in_parts else [[*one, *two]]
    found = [item for part in parts for item in turns.admitted(part)] + turns.rest()
    assert held(found) == {}
    assert list(left_out(found)) == [("lf_two", "phone")]
    assert [item.field for item in found if item.person_key == "lf_two" and item.action == "insert"] == [
        "email",
        "city",
    ]
    if not is_in_parts:
        assert found == in_turn([*one, *two], {}, GHL)


SPELLINGS = ("+49 30 123", "004930123", "030 123", "+49 (0)30/123")


@pytest.mark.parametrize("is_in_parts", [True, False])
@pytest.mark.parametrize(("one", "other"), [(a, b) for a in SPELLINGS for b in SPELLINGS])
def test_a_phone_spelled_two_ways_is_given_to_one_new_person(one, other, is_in_parts):
    first = new("ghl", email="a@x.co", phone=one, person="lf_one")
    second = new("ghl", email="b@x.co", phone=other, person="lf_two")
    turns = Turns(GHL, standing=lambda _addresses: {})
    parts = [first, second] if is_in_parts else [[*second, *first]]
    found = [item for part in parts for item in turns.admitted(part)] + turns.rest()
    told = "another new person of this plan has the same phone: left out of the new record"
    assert (held(found), left_out(found)) == ({}, {("lf_two", "phone"): told})


@pytest.mark.parametrize(("ours", "theirs"), [(a, b) for a in SPELLINGS for b in SPELLINGS])
def test_a_phone_spelled_two_ways_stands_on_a_contact_already(ours, theirs):
    rows = new("ghl", email="b@x.co", phone=ours)
    stands = there("ghl", email="a@x.co", phone=theirs)
    assert left_out(in_turn(rows, stands, GHL)) == {
        ("lf_new", "phone"): "its phone stands on contact/1 already: left out of the new record"
    }
    turns = Turns(GHL, standing=lambda _addresses: stands)
    assert left_out([*turns.admitted(rows), *turns.rest()])
    changed = [row("ghl", "update", "phone", ours, record_id="2", person="lf_b", old="1")]
    assert "already" in left_out(in_turn(changed, stands, GHL))["lf_b", "phone"]


def test_a_number_that_two_countries_may_mean_goes_to_one_of_each():
    people = [("lf_a", "+49 30 1234567"), ("lf_b", "+43 30 1234567"), ("lf_c", "030 1234567")]
    rows = [item for key, phone in people for item in new("ghl", email=f"{key}@x.co", phone=phone, person=key)]
    assert list(left_out(in_turn(rows, {}, GHL))) == [("lf_c", "phone")]


@given(st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS), st.from_regex(r"[1-9][0-9]{2,9}", fullmatch=True))
def test_numbers_that_are_one_are_found_near_each_other(ours, theirs, digits):
    ours, theirs = ours.replace("123", digits), theirs.replace("123", digits)
    assert equivalent("phone", ours, theirs)
    assert folded("phone", ours) == folded("phone", theirs)
    assert sought("phone", ours) in ends_of(theirs)


def test_of_two_new_people_known_by_one_phone_alone_one_is_made():
    rows = new("ghl", phone="+14155552671", person="lf_one") + new("ghl", phone="+14155552671", person="lf_two")
    assert list(held(in_turn(rows, {}, GHL))) == ["lf_two"]
    shared = new("ghl", phone="+14155552671", person="lf_one") + new("ghl", email="a@x.co", phone="+14155552671")
    found = in_turn(shared, {}, GHL)
    assert (held(found), list(left_out(found))) == ({}, [("lf_new", "phone")])


def test_numbers_that_differ_in_a_digit_of_the_area_code_are_two():
    rows = new("ghl", email="b@x.co", phone="+1 512 555 9050")
    theirs = there("ghl", email="a@x.co", phone="+13125559050")
    assert in_turn(rows, theirs, GHL) == rows
    turns = Turns(GHL, standing=lambda _addresses: theirs)
    assert [*turns.admitted(rows), *turns.rest()] == rows
    other = new("ghl", email="c@x.co", phone="+13125559050", person="lf_other")
    assert in_turn([*rows, *other], {}, GHL) == [*rows, *other]
    assert left_out(in_turn(other, there("ghl", email="a@x.co", phone="312 555-9050"), GHL))


def test_where_numbers_may_be_shared_they_are():
    rows = new("zoho", email="a@x.co", phone="+14155552671", person="lf_one")
    rows += new("zoho", email="b@x.co", phone="+14155552671", person="lf_two")
    assert in_turn(rows, {}, ZOHO) == rows


def test_of_two_new_people_with_one_mailbox_one_is_made():
    rows = in_turn([*new("ghl", email="a@x.co"), *new("ghl", email="A@x.co", person="lf_two")], {}, GHL)
    assert set(held(rows)) == {"lf_two"}
    assert "insert" in {item.action for item in rows if item.person_key == "lf_new"}


def test_a_change_waits_for_the_address_alone():
    rows = [
        row("ghl", "update", "email", "a@x.co", record_id="2", person="lf_a"),
        row("ghl", "update", "city", "Rome", record_id="2", person="lf_a"),
    ]
    told = in_turn(rows, there("ghl", email="a@x.co"), GHL)
    assert [(item.action, item.field) for item in told] == [("skip", "email"), ("update", "city")]
    own = there("ghl", "2", email="a@x.co")
    assert in_turn(rows, own, GHL) == rows


def test_an_optout_never_waits():
    rows = [*new("ghl", email="a@x.co"), row("ghl", "set_optout", "dnd", True)]
    rows[-1] = PlanRow(**{name: getattr(rows[-1], name) for name in PlanRow.__slots__} | {"lane": "optout"})
    told = in_turn(rows, there("ghl", email="a@x.co"), GHL)
    assert [item.action for item in told] == ["hold", "set_optout"]


def test_a_plan_without_addresses_is_left_as_it_is():
    rows = [row("zoho", "insert", "City", "Rome"), row("zoho", "skip", None, None, record_id="9")]
    assert in_turn(rows, there("zoho", email="a@x.co"), ZOHO) == rows
    assert in_turn([], {}, ZOHO) == []


def change(vendor, field, value, record_id):
    name = NAMES[vendor][{"email": 1, "phone": 2, "city": 3}[field]]
    return row(vendor, "update", name, value, record_id=record_id, person=f"lf_{record_id}", old="x")


UNIQUE = unique_fields(ZOHO, Capabilities({"Leads": {"Email": FieldFact(name="Email", is_unique=True)}}))


def test_which_fields_hold_a_value_once_is_told_by_the_mapping_and_by_live_metadata():
    facts = [FieldFact(name="Email", is_unique=True), FieldFact(name="Leadflow_ID", is_unique=True)]
    live = Capabilities({"Leads": {fact.name: fact for fact in [*facts, FieldFact(name="Phone")]}})
    assert unique_fields(ZOHO, live) == {("Leads", "Email")}
    assert unique_fields(ZOHO, Capabilities()) == set()
    assert unique_fields(GHL, Capabilities()) == {("contact", "email"), ("contact", "phone")}


@pytest.mark.parametrize(
    ("vendor", "mapping", "unique"), [("ghl", GHL, unique_fields(GHL)), ("zoho", ZOHO, UNIQUE)], ids=["ghl", "zoho"]
)
@pytest.mark.parametrize("is_in_parts", [True, False])
def test_of_two_records_that_are_given_one_mailbox_one_gets_it_and_the_rest_of_both_is_sent(
    vendor, mapping, unique, is_in_parts
):
    mail = NAMES[vendor][1]
    first = [change(vendor, "email", "a@x.co", "7"), change(vendor, "city", "Rome", "7")]
    second = [change(vendor, "email", "A@x.co", "8"), change(vendor, "city", "Oslo", "8")]
    turns = Turns(mapping, standing=lambda _addresses: {}, unique=unique)
    parts = [first, second] if is_in_parts else [[*second, *first]]
    found = [item for part in parts for item in turns.admitted(part)] + turns.rest()
    told = f"{NAMES[vendor][0]}/7 is given the same email by this plan: only one can have it, the next plan decides"
    assert left_out(found) == {("lf_8", mail): told}
    assert {(item.record_id, item.field, item.new_value) for item in found if item.action == "update"} == {
        ("7", mail, "a@x.co"),
        ("7", NAMES[vendor][3], "Rome"),
        ("8", NAMES[vendor][3], "Oslo"),
    }


def test_who_gets_a_value_does_not_depend_on_the_order_of_the_plan():
    rows = [change("ghl", "phone", phone, str(number)) for number, phone in enumerate(SPELLINGS, start=3)]
    rows += new("ghl", email="n@x.co", phone=SPELLINGS[0])
    for order in ([*rows], [*reversed(rows)]):
        skipped = left_out(in_turn(order, {}, GHL))
        assert set(skipped) == {(key, "phone") for key in ("lf_4", "lf_5", "lf_6", "lf_new")}
        assert "contact/3 is given the same phone by this plan" in skipped["lf_new", "phone"]


def test_a_new_person_is_made_and_a_change_to_the_same_mailbox_waits():
    rows = [change("ghl", "email", "a@x.co", "7"), *new("ghl", email="a@x.co")]
    found = in_turn(rows, {}, GHL)
    assert held(found) == {}
    told = "a new person of this plan has the same email: only one can have it, the next plan decides"
    assert left_out(found) == {("lf_7", "email"): told}


def test_the_next_plan_sees_whose_value_it_is_and_sends_nothing_that_the_vendor_refuses():
    stands = {("Leads", "7"): {"Email": "a@x.co"}}
    rows = [change("zoho", "email", "a@x.co", "8"), *new("zoho", email="a@x.co")]
    found = in_turn(rows, stands, ZOHO, UNIQUE)
    told = "its email stands on Leads/7 already: one would be written over the other"
    assert (left_out(found), held(found)) == ({("lf_8", "Email"): told}, {"lf_new": told})
    assert in_turn(rows, {("Contacts", "7"): {"Email": "a@x.co"}}, ZOHO, UNIQUE)[0].action == "skip"
    assert in_turn(rows[:1], {("Contacts", "7"): {"Email": "a@x.co"}}, ZOHO, UNIQUE) == rows[:1]


def test_a_mailbox_that_one_record_gives_up_and_another_is_given_waits_for_the_next_run():
    stands = {("Leads", "7"): {"Email": "a@x.co"}}
    rows = [change("zoho", "email", "b@x.co", "7"), change("zoho", "email", "a@x.co", "8")]
    assert "gives it up first" in left_out(in_turn(rows, stands, ZOHO, UNIQUE))["lf_8", "Email"]
    assert in_turn(rows, stands, ZOHO) == rows


def test_who_waits_for_another_reason_keeps_a_value_from_nobody():
    stands = there("ghl", email="a@x.co")
    rows = [*new("ghl", email="a@x.co", phone=SPELLINGS[0], person="lf_a")]
    rows += new("ghl", email="b@x.co", phone=SPELLINGS[1], person="lf_b")
    found = in_turn(rows, stands, GHL)
    assert (set(held(found)), left_out(found)) == ({"lf_a"}, {})
    turns = Turns(GHL, standing=lambda _addresses: stands)
    found = [*turns.admitted(rows), *turns.rest()]
    assert (set(held(found)), left_out(found)) == ({"lf_a"}, {})


def test_a_unique_field_of_another_type_is_given_once_too():
    unique = unique_fields(ZOHO, Capabilities({"Leads": {"City": FieldFact(name="City", is_unique=True)}}))
    rows = [change("zoho", "city", "Rome", "7"), change("zoho", "city", " rome", "8")]
    told = "Leads/7 is given the same City by this plan: only one can have it, the next plan decides"
    assert left_out(in_turn(rows, {}, ZOHO, unique)) == {("lf_8", "City"): told}
    both = [row("zoho", "update", "Email", "a@x.co", record_id="7"), *new("zoho", email="a@x.co", person="lf_b")]
    assert in_turn(both, {}, ZOHO, unique) == both
