from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalize import domains, emails, names, phones, places
from pipeline.normalize.text import clean, fold


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("  Jane\u00a0 Doe ", "Jane Doe"),
        ('"4"', "4"),
        ("N/A", None),
        ("null", None),
        ("Unknown", None),
        ("\ufeffx\u200b", "x"),
        (None, None),
    ],
)
def test_text_is_cleaned_and_words_that_say_nothing_are_null(given_text, expected):
    assert clean(given_text) == expected


def test_folding_removes_accents_case_and_punctuation():
    assert fold("Jörg-Peter  O'Neill, Großmann") == "jorg peter o neill grossmann"


@pytest.mark.parametrize(
    ("given_text", "address", "canonical"),
    [
        (" Jane.Doe@Acme.com ", "Jane.Doe@Acme.com", "jane.doe@acme.com"),
        ("J.Doe+news@GoogleMail.com", "J.Doe+news@GoogleMail.com", "jdoe@gmail.com"),
        ("mailto:jane@acme.co.uk", "jane@acme.co.uk", "jane@acme.co.uk"),
        ("email_not_unlocked@domain.com", None, None),
        ("noreply@acme.com", None, None),
        ("Unlock", None, None),
        ("jane@localhost", None, None),
        ("", None, None),
    ],
)
def test_addresses_are_kept_as_given_and_matched_canonically(given_text, address, canonical):
    assert emails.address(given_text) == address
    assert emails.canonical(given_text) == canonical


@given(st.emails())
def test_a_canonical_address_is_its_own_canonical_form(text):
    once = emails.canonical(text)
    assert once is None or emails.canonical(once) == once


@pytest.mark.parametrize(
    ("text", "expected"), [("info@acme.com", True), ("Sales@acme.com", True), ("jane@a.de", False)]
)
def test_mailboxes_of_roles_belong_to_nobody(text, expected):
    assert emails.is_role(text) is expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("verified", "verified"),
        ("Verified", "verified"),
        ("extrapolated", "guessed"),
        ("pending_manual_fulfillment", "unavailable"),
        ("accept_all", "guessed"),
        ("bounced", "bounced"),
        ("brand new word", None),
        (None, None),
    ],
)
def test_email_statuses_of_all_vendors_become_four_words(word, expected):
    assert emails.status(word) == expected


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+1 (415) 555-2671", None, "+14155552671"),
        ("'+1 415 555 2671", None, "+14155552671"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("030 901820", "DE", "+4930901820"),
        ("+49 (0) 30 901820", None, "+4930901820"),
        ("0049 30 901820", None, "+4930901820"),
        ("555 2671", None, "555 2671"),
        ("+1 415 555 2671; +1 415 555 2672", None, "+14155552671"),
        ("call me", None, None),
    ],
)
def test_phones_become_e164_where_they_can_be_read(text, region, expected):
    assert phones.phone(text, region) == expected


@pytest.mark.parametrize(
    ("parts", "first", "last", "norm"),
    [
        (("Dr. Jane", "Doe, MBA", None), "Jane", "Doe", "jane doe"),
        ((None, None, "Jack Ma"), "Jack", "Ma", "jack ma"),
        (("Hans-Peter", "Müller (he/him)", None), "Hans-Peter", "Müller", "hans peter muller"),
        ((None, None, "Doe, Jane"), "Jane", "Doe", "jane doe"),
        (("Jane", "Doe Jr.", None), "Jane", "Doe Jr.", "jane doe"),
        ((None, "Doe", None), None, "Doe", None),
        ((None, None, None), None, None, None),
    ],
)
def test_names_lose_titles_credentials_and_pronouns(parts, first, last, norm):
    name = names.person(*parts)
    assert (name.first, name.last, name.norm) == (first, last, norm)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Müller & Söhne GmbH & Co. KG", "muller sohne"),
        ("The Acme Group, Inc.", "acme"),
        ("A.B.C. S.A.", "abc"),
        ("Group", "group"),
        (None, None),
    ],
)
def test_companies_are_matched_by_their_core_name(text, expected):
    assert names.company(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://www.BeWell.help/", "bewell.help"),
        ("https://shop.acme.co.uk/x?y", "acme.co.uk"),
        ("jane@mail.acme.com", "acme.com"),
        ("jane@gmail.com", None),
        ("https://www.linkedin.com/company/acme", None),
        ("acme", None),
        ("10.0.0.1", None),
    ],
)
def test_only_a_domain_of_their_own_identifies_a_firm(text, expected):
    assert domains.registrable(text) == expected


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("US", "US", "United States"),
        ("USA", "US", "United States"),
        ("Deutschland", "DE", "Germany"),
        ("united kingdom", "GB", "United Kingdom"),
        ("Atlantis", None, "Atlantis"),
        (None, None, None),
    ],
)
def test_countries_are_named_in_english(text, code, name):
    assert places.country_code(text) == code
    assert places.country(text) == name


@given(st.text())
def test_no_text_makes_a_normaliser_fail(text):
    names.person(text, text, text)
    names.company(text)
    emails.canonical(text)
    emails.status(text)
    phones.phone(text)
    domains.registrable(text)
    places.country(text)
