"""Who is who in tables that one can solve by looking: a background of strangers, and the records in question."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.engine.explain import explain
from pipeline.identity.engine.features import features, strong_ids
from pipeline.identity.engine.solve import doubtful, solve

COLUMNS = ("name", "email", "phone", "linkedin_url", "company", "website", "title", "city", "country", "source_id")
GIVEN = ["john", "mary", "robert", "linda", "peter", "nina", "oscar", "paula", "hugo", "vera", "simon", "julia"]
STRANGERS = [
    {"name": f"{GIVEN[n % 12]} stranger{n // 12:03}", "company": f"firm {n % 40}", "city": f"town {n % 9}"}
    for n in range(240)
]
JOHN = {"name": "John Smithers", "company": "Acme Robotics", "website": "acme.com", "city": "Boston", "country": "US"}


def table(records):
    rows = [*records, *STRANGERS]
    columns = {name: pa.array([row.get(name) for row in rows], type=pa.string()) for name in COLUMNS}
    return pa.table({"record_id": pa.array(range(len(rows)), type=pa.int64()), **columns})


def solved(*records, decisions=None):
    leads = table(records)
    return solve(features(leads), strong_ids(leads, ["source_id"]), decisions or Decisions())


def people(*records, decisions=None):
    ids = solved(*records, decisions=decisions).cluster_ids[: len(records)].tolist()
    return [ids.index(cluster) for cluster in ids]


def bits(one, two):
    found = solved(one, two)
    return {reason.kind: reason.bits for reason in explain(found.records, found.reference, 0, 1).reasons}


def are_one(*records):
    return people(*records) == [0] * len(records)


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Johnny Smithers"},
        {"name": "SMITHERS, John"},
        {"name": "J. Smithers"},
        {"name": "John Smitehrs"},
        {"name": "John\x1fSmithers-Jones"},
        {"name": "Jöhn Smithers"},
        {"company": "The ACME Robotics Group, Inc.", "website": None},
        {"company": "Acme", "website": "https://de.acme.co.uk/ueber"},
        {"company": None, "website": None, "email": "john.smithers@acme.com"},
    ],
)
def test_one_name_at_one_firm_is_one_person_however_written(other):
    assert are_one(JOHN, {**JOHN, **other})


def test_who_has_two_surnames_may_shorten_either():
    ana = {**JOHN, "name": "Ana Valente Almeida", "email": "ana@acme.com"}
    assert are_one(ana, {**ana, "name": "Ana V."})
    assert are_one(ana, {**ana, "name": "Ana A."})
    one = {**ana, "name": "Ana Almeida"}
    assert bits(ana, {**ana, "name": "Ana V."})["name"] > bits(one, {**ana, "name": "Ana V."})["name"] + 1


def test_a_name_in_the_middle_that_agrees_counts_too():
    plain, whole = {**JOHN, "name": "Ana Almeida"}, {**JOHN, "name": "Ana Valente Almeida"}
    assert bits(whole, whole)["name"] > bits(plain, plain)["name"] + 1


def test_a_bare_name_is_nobody():
    assert not are_one({"name": "John Smithers"}, {"name": "John Smithers"})


def test_job_changers_keep_their_profile():
    page = {"linkedin_url": "https://linkedin.com/in/john-smithers-1a2b3c4d"}
    assert are_one({**JOHN, **page}, {**page, "name": "J. Smithers", "company": "Zenith Foods", "website": "zenith.de"})


def test_two_profiles_are_two_people_even_with_one_name_at_one_firm():
    one, two = ({**JOHN, "linkedin_url": f"linkedin.com/in/john-smithers-{end}"} for end in ("1a2b3c4d", "9f8e7d6c"))
    assert not are_one(one, two)


def test_a_profile_that_lost_its_ending_may_be_the_same():
    one, two = (
        {**JOHN, "linkedin_url": f"linkedin.com/in/{slug}"} for slug in ("john-smithers-1a2b3c4d", "johnsmithers")
    )
    assert are_one(one, two)


def test_sales_navigator_and_public_profile_do_not_contradict_each_other():
    one = {**JOHN, "linkedin_url": "https://www.linkedin.com/sales/lead/ACwAAABcdEf123,NAME_SEARCH,x1"}
    assert are_one(one, {**JOHN, "linkedin_url": "linkedin.com/in/john-smithers-1a2b3c4d"})


def test_two_sales_navigator_members_are_two_people():
    one, two = (
        {**JOHN, "linkedin_url": f"linkedin.com/sales/lead/{m},x,y"} for m in ("ACwAAABcdEf123", "ACwAAABcdEf124")
    )
    assert not are_one(one, two)


def test_a_company_page_as_profile_holds_nobody_together():
    page = {"linkedin_url": "https://www.linkedin.com/company/acme"}
    assert not are_one({**page, "name": "John Smithers"}, {**page, "name": "Nina Petrova"})


def test_plus_tags_and_gmail_dots_are_one_mailbox():
    one, two = (
        {"name": "John Smithers", "email": mail} for mail in ("j.smithers+crm@gmail.com", "jsmithers@gmail.com")
    )
    assert are_one(one, two)


def test_a_mailbox_without_a_name_belongs_to_its_owner():
    assert are_one({**JOHN, "email": "jsm@acme.com"}, {"email": "JSM@acme.com"})


def test_numbered_twins_are_two_people():
    assert not are_one(*({**JOHN, "email": f"{mail}@acme.com"} for mail in ("j.smithers", "j.smithers2")))


def test_a_recycled_mailbox_is_not_inherited():
    assert not are_one({**JOHN, "email": "j.smith@acme.com"}, {"name": "Jane Doering", "email": "j.smith@acme.com"})


def test_a_household_shares_mailbox_and_phone_but_not_the_given_name():
    home = {"email": "thesmithers@gmail.com", "phone": "+1 415 555 1234", "city": "Boston"}
    assert not are_one({**home, "name": "John Smithers"}, {**home, "name": "Vera Smithers"})


def test_father_and_son_are_two_people():
    home = {**JOHN, "phone": "+1 415 555 1234"}
    assert not are_one({**home, "name": "John Smithers Sr."}, {**home, "name": "John Smithers Jr."})


def test_role_inboxes_and_switchboards_hold_nobody_together():
    desk = {"company": "Acme", "email": "info@acme.com", "phone": "+1 415 555 1234"}
    found = people(
        *({**desk, "name": name} for name in ("John Smithers", "Nina Petrova", "Hugo Balboa", "Vera Cruzado"))
    )
    assert found == [0, 1, 2, 3]


def test_apollos_locked_address_holds_nobody_together():
    locked = {"email": "email_not_unlocked@domain.com"}
    assert not are_one({**locked, "name": "John Smithers"}, {**locked, "name": "John Smithers", "company": "Zenith"})


def test_a_number_and_a_name_are_one_person_without_a_firm():
    phone = {"phone": "(415) 555-1234"}
    assert are_one({**phone, "name": "John Smithers"}, {"phone": "+1 415 555 1234 x2", "name": "Johnny Smithers"})


def test_a_name_without_surname_is_completed_by_the_mailbox():
    assert are_one(JOHN, {"name": "John\x1f", "company": "Acme Robotics", "email": "john.smithers@acme.com"})


def test_a_third_namesake_goes_to_neither_of_two():
    one, two = ({**JOHN, "linkedin_url": f"linkedin.com/in/john-smithers-{end}"} for end in ("1a2b3c4d", "9f8e7d6c"))
    third = {"name": "John Smithers", "company": "Acme Robotics", "website": "acme.com"}
    assert people(one, two, third) == [0, 1, 2]


def test_of_two_namesakes_the_one_with_the_same_work_is_meant_and_their_place_tells_nothing():
    one = {**JOHN, "linkedin_url": "linkedin.com/in/john-smithers-1a2b3c4d", "title": "Accountant"}
    two = {**JOHN, "linkedin_url": "linkedin.com/in/john-smithers-9f8e7d6c", "title": "Software Engineer"}
    assert people(one, two, {**JOHN, "title": "Accountant"}) == [0, 1, 0]
    assert people(one, two, {**JOHN, "title": "Software Engineer"}) == [0, 1, 1]
    assert people(one, two, JOHN) == [0, 1, 2]


def test_a_chain_never_brings_two_profiles_together():
    one, two = ({**JOHN, "linkedin_url": f"linkedin.com/in/john-smithers-{end}"} for end in ("1a2b3c4d", "9f8e7d6c"))
    mail, both = {"email": "jsm@acme.com"}, {"email": "jsm@acme.com", "phone": "+1 415 555 1234"}
    found = people({**one, **mail}, {"name": "John Smithers", **both}, {**two, "phone": "+1 415 555 1234"})
    assert found[0] != found[2]


def test_the_same_key_of_ours_is_the_same_person_whatever_the_rest_says():
    key = {"source_id": "lf_1"}
    assert are_one({**JOHN, **key}, {**key, "name": "Nina Petrova", "linkedin_url": "linkedin.com/in/nina"})


def test_people_decide_both_ways_and_a_decision_taken_back_leaves_no_trace():
    records = ({"name": "John Smithers"}, {"name": "Nina Petrova"}, JOHN, {**JOHN, "name": "J. Smithers"})
    assert people(*records) == [0, 1, 2, 2]
    same = Decisions(same=pairs((0, 1)))
    assert people(*records, decisions=same) == [0, 0, 2, 2]
    assert people(*records, decisions=Decisions(different=pairs((0, 1)))) == people(*records)
    assert people(*records, decisions=Decisions(same=pairs((0, 1)), different=pairs((0, 1)))) == people(*records)
    assert people(*records, decisions=Decisions(different=pairs((2, 3)))) == [0, 1, 2, 3]


def profile(end):
    return {**JOHN, "linkedin_url": f"linkedin.com/in/john-smithers-{end}"}


ONE, TWO, THREE = profile("1a2b3c4d"), profile("9f8e7d6c"), profile("5a5b6c6d")
NINA = {"name": "Nina Petrova", "phone": "+1 415 555 1234"}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ((ONE, TWO, ONE), [0, 0, 0]),
        ((ONE, TWO, TWO), [0, 0, 0]),
        ((ONE, TWO, ONE, TWO), [0, 0, 0, 0]),
        ((ONE, TWO, TWO, ONE, ONE, TWO), [0, 0, 0, 0, 0, 0]),
        ((ONE, TWO, THREE), [0, 0, 2]),
        ((ONE, TWO, THREE, THREE), [0, 0, 2, 2]),
        ((JOHN, NINA, {"name": "Nora Petrova", "phone": "+1 415 555 1234"}), [0, 0, 2]),
        ((JOHN, NINA, NINA), [0, 0, 0]),
        ((ONE, JOHN, TWO), [0, 0, 2]),
    ],
)
def test_a_third_record_that_agrees_with_one_side_of_a_decision_belongs_to_both(records, expected):
    assert people(*records, decisions=Decisions(same=pairs((0, 1)))) == expected


def test_a_third_record_stays_out_where_people_decided_so():
    different = Decisions(same=pairs((0, 1)), different=pairs((0, 3)))
    assert people(ONE, TWO, ONE, TWO, decisions=different) == [0, 0, 0, 3]


JASON = {**JOHN, "name": "Jason Liao", "email": "liao.junlei@acme.com"}
JUNLEI = {**JASON, "name": "Junlei Liao"}
QUIET = {"email": None}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ((JASON, JUNLEI), [0, 0]),
        ((JASON, JUNLEI, {**JUNLEI, **QUIET}), [0, 0, 0]),
        ((JASON, JUNLEI, {**JUNLEI, **QUIET}, {**JASON, **QUIET}), [0, 0, 0, 0]),
        ((JASON, {**JUNLEI, **QUIET}), [0, 1]),
        ((JASON, JUNLEI, {**JUNLEI, **QUIET, "name": "Oscar Liao"}), [0, 0, 2]),
        (({**JASON, "email": "liao@gmail.com"}, {**JUNLEI, "email": "liao@gmail.com"}), [0, 1]),
        (({**JASON, "name": "Jason Petrova"}, JUNLEI), [0, 1]),
    ],
)
def test_a_desk_has_one_person_with_two_given_names_and_a_home_has_two(records, expected):
    assert people(*records) == expected


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Harriet", "Hattie"),
        ("Richard", "Rick"),
        ("Frederick", "Rick"),
        ("Alexander", "Sandy"),
        ("Alexandra", "Sandra"),
        ("Carmen", "Mamen"),
        ("Kazimierz", "Kazik"),
        ("Lakshmi", "Laxmi"),
        ("Volodymyr", "Vova"),
        ("John", "Jon"),
        ("Theodora", "Dora"),
        ("Yevgeny", "Evgeniy"),
        ("Kateryna", "Catherine"),
        ("Yusuf", "Yousef"),
        ("Oleksandr", "Aleksandr"),
    ],
)
def test_a_short_form_of_several_names_is_each_of_them_and_makes_these_no_one_name(name, short):
    mail = {**JOHN, "email": "smithers@acme.com"}
    assert are_one({**mail, "name": f"{name} Smithers"}, {**mail, "name": f"{short} Smithers"})
    assert people({**JOHN, "name": "Richard Smithers"}, {**JOHN, "name": "Frederick Smithers"}) == [0, 1]


TOM = {**JOHN, "name": "Tom Smithers"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Tom", "Tomm", "Thomas"], [0, 0, 0]),
        (["Thomas", "Tomm", "Tom", "Tomm"], [0, 0, 0, 0]),
        (["T.", "Theodora", "Thomas"], [0, 0, 2]),
        (["Tom", "Nina", "Thomas"], [0, 1, 0]),
    ],
)
def test_two_writings_of_a_name_exclude_nothing_beside_a_third_between_them(names, expected):
    assert people(*({**TOM, "name": f"{name} Smithers"} for name in names)) == expected


def pairs(*found):
    import numpy as np

    return np.array(found, dtype=np.int64)


def test_pairs_in_doubt_are_for_people_with_the_evidence_in_words():
    one, two = ({**JOHN, "linkedin_url": f"linkedin.com/in/john-smithers-{end}"} for end in ("1a2b3c4d", "9f8e7d6c"))
    found = solved(one, two, {"name": "John Smithers", "company": "Acme Robotics"})
    doubts = doubtful(found)
    assert {2} <= set(doubts.right.tolist())
    told = explain(found.records, found.reference, 0, 2)
    assert not told.is_link
    assert "two people of that name are known there" in told.sentence
    assert "the same organisation" in told.sentence
    assert told.total == pytest.approx(sum(reason.bits for reason in told.reasons), abs=0.1)


def test_an_explanation_names_what_excludes():
    one, two = ({**JOHN, "email": f"{mail}@acme.com"} for mail in ("j.smithers", "j.smithers2"))
    found = solved(one, two)
    assert explain(found.records, found.reference, 0, 1).reasons[0].words == "ids that exclude each other"
