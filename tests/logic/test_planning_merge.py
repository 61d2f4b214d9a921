from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.planning.capabilities import Capabilities, FieldFact
from pipeline.planning.equivalence import FIELD_TYPES, contains, equivalent, is_blank, tag_set
from pipeline.planning.merge import POLICIES, merge_field
from pipeline.planning.readback import classify

VALUES = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c", "A "]))
BASES = st.one_of(st.none(), st.tuples(VALUES, VALUES))


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("text", " Acme  GmbH ", "Acme GmbH"),
        ("email", "Ann@Example.com", "ann@example.com"),
        ("phone", "+1 (888) 555-0100", "+18885550100"),
        ("phone", "888 555 0100", "+1 888 555 0100"),
        ("phone", "0049 89 1234567", "+49891234567"),
        ("phone", "+49 30 123", "004930123"),
        ("phone", "+49 30 123", "030 123"),
        ("phone", "0049 30 123", "030/123"),
        ("phone", "+49 (0)30 123 45", "030 12345"),
        ("phone", "+39 06 123456", "06 123456"),
        ("phone", "+7 495 123-45-67", "8 (495) 123-45-67"),
        ("phone", "+36 1 234 5678", "06 1 234 5678"),
        ("url", "https://www.acme.com/", "acme.com"),
        ("picklist", "Cold call", "Cold Call"),
        ("integer", "12", 12.0),
        ("integer", "9" * 5000, "9" * 5000 + " "),
        ("boolean", "true", True),
        ("date", "2026-01-31", "2026-01-31T00:00:00"),
        ("datetime", "2026-01-31T10:00:00+05:30", "2026-01-31T04:30:00.123Z"),
        ("lookup", {"id": "12", "name": "Ann"}, {"id": "12"}),
        ("lookup", "12", {"id": "12"}),
        ("tags", [{"name": "LF-Hot"}], ["lf-hot"]),
        ("multipicklist", "English;German", ["German", "English"]),
        ("text", None, ""),
        ("text", [], None),
    ],
)
def test_what_a_vendor_rewrites_is_the_same_value(kind, left, right):
    assert equivalent(kind, left, right)
    assert equivalent(kind, right, left)


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("text", "acme", "Acme"),
        ("phone", "+18885550100", "+18885550101"),
        ("phone", "5550100", "+18885550100"),
        ("phone", "030 123", "+49 40 123"),
        ("phone", "+49 30 123", "+43 30 123"),
        ("phone", "030 123", "+49 30 1234"),
        ("phone", "+49 30 123", "no number"),
        ("phone", "+999 30 123", "030 123"),
        ("integer", 0, None),
        ("boolean", False, None),
        ("lookup", {"id": "1"}, {"id": "2"}),
        ("email", "a@x.io", ""),
    ],
)
def test_different_values_stay_different(kind, left, right):
    assert not equivalent(kind, left, right)


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)


@given(st.sampled_from(FIELD_TYPES), ANYTHING | st.lists(ANYTHING, max_size=2))
def test_a_value_means_what_it_means(kind, value):
    assert equivalent(kind, value, value)


@given(st.text(alphabet=" \t\n\u00a0\u2003\u200b\x1fa", max_size=4))
def test_spaces_of_any_kind_say_nothing(text):
    assert is_blank(text) == (text.strip() == "")


@given(st.frozensets(st.sampled_from(["IT", "it", " It", "Sales", "café", "cafe\u0301", "", " "])), VALUES | ANYTHING)
def test_a_choice_is_spelled_as_the_vendor_spells_it(choices, value):
    live = Capabilities({"Leads": {"Industry": FieldFact(name="Industry", choices=choices)}})
    for said in (value, "it", "SALES", "cafe\u0301", " "):
        expected = next((choice for choice in sorted(choices) if equivalent("picklist", choice, said)), None)
        assert live.fitted("Leads", "Industry", "picklist", said) == expected


def test_zero_and_no_are_values():
    assert merge_field("ours", None, None, 0, kind="integer").is_write
    assert merge_field("merge", None, None, False, kind="boolean").is_write


def test_a_persons_edit_survives_and_is_recorded():
    decision = merge_field("merge", ("a", "a"), "edited", "new")
    assert not decision.is_write
    assert decision.is_conflict


def test_a_value_that_a_person_emptied_stays_empty():
    decision = merge_field("fill_blank", ("a", "a"), None, "a")
    assert not decision.is_write
    assert decision.is_conflict


def test_our_new_value_goes_when_nobody_touched_the_old_one():
    assert merge_field("merge", ("a", "a"), "a", "new").value == "new"


def test_a_phone_that_the_vendor_rewrote_is_no_edit():
    base = ("+1 888 555 0100", "(888) 555-0100")
    assert not merge_field("merge", base, "(888) 555-0100", "+1 888 555 0100", kind="phone").is_conflict
    assert merge_field("merge", base, "(888) 555-0100", "+49 89 1234567", kind="phone").is_write


def test_first_contact_fills_blanks_without_a_conflict():
    kept = merge_field("merge", None, "theirs", "ours")
    assert not kept.is_write
    assert not kept.is_conflict
    assert merge_field("merge", None, None, "ours").value == "ours"


def test_scores_of_ours_replace_whatever_is_there():
    assert merge_field("ours", (10, 10), 99, 10, kind="integer").is_write
    assert merge_field("ours", None, 99, 10, kind="integer").is_write


def test_a_value_that_the_vendor_never_takes_is_not_sent_for_ever():
    assert not merge_field("ours", ("f", None), None, "f").is_write
    assert not merge_field("merge", ("f", None), None, "f").is_write


def test_null_clears_only_what_we_wrote_and_nobody_changed():
    assert merge_field("merge", ("a", "a"), "a", None, "clear").is_write
    assert merge_field("merge", ("a", "a"), "edited", None, "clear").is_conflict
    assert not merge_field("merge", None, "a", None, "clear").is_write
    assert not merge_field("merge", ("a", "a"), "a", None, "keep").is_write


def test_newest_goes_by_age_and_without_ages_merges():
    assert merge_field("newest", None, "a", "b", is_ours_newer=True).is_write
    assert not merge_field("newest", None, "a", "b", is_ours_newer=False).is_write
    assert not merge_field("newest", None, "a", "b").is_write


def test_union_adds_and_never_removes():
    assert merge_field("union", None, "x;y", "y;z").value == "x;y;z"
    assert merge_field("union", None, ["x"], ["X"]).is_write is False


@given(
    policy=st.sampled_from(POLICIES),
    base=BASES,
    theirs=VALUES,
    ours=VALUES,
    null=st.sampled_from(["keep", "clear"]),
)
def test_a_write_is_stable_once_it_landed(policy, base, theirs, ours, null):
    decision = merge_field(policy, base, theirs, ours, null)
    if decision.is_write:
        again = merge_field(policy, (decision.value, decision.value), decision.value, ours, null)
        assert not again.is_write
        assert not again.is_conflict


@given(
    policy=st.sampled_from([p for p in POLICIES if p not in {"ours", "union", "newest"}]),
    base=BASES,
    theirs=VALUES,
    ours=VALUES,
)
def test_only_our_own_fields_overwrite_an_edit(policy, base, theirs, ours):
    if base is not None and not equivalent("text", theirs, base[1]):
        assert not merge_field(policy, base, theirs, ours, "clear").is_write


def test_containment_lets_a_vendor_add_keys():
    assert contains({"Email": {"status": "active", "message": "x"}, "SMS": {}}, {"Email": {"status": "active"}})
    assert not contains({"Email": {"status": "inactive"}}, {"Email": {"status": "active"}})
    assert not contains({}, {"Email_Opt_Out": True})
    assert tag_set([{"name": "A"}, "b ", None]) == {"a", "b"}


@pytest.mark.parametrize(
    ("kind", "sent", "stored", "before", "landed"),
    [
        ("text", "a", "a", None, "stored"),
        ("text", None, None, "x", "stored"),
        ("phone", "+1 888 555 0100", "+18885550100", None, "normalised"),
        ("lookup", {"id": "1"}, {"id": "1", "name": "Ann"}, None, "normalised"),
        ("text", "a long company name", "a long comp", None, "truncated"),
        ("text", "female", None, None, "ignored"),
        ("text", "new", "old", "old", "ignored"),
        ("text", "new", "else", "old", "overwritten"),
        ("text", "new", None, "old", "overwritten"),
    ],
)
def test_each_way_of_landing_has_its_name(kind, sent, stored, before, landed):
    assert classify(kind, sent, stored, before) == landed
