from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity.engine import text
from pipeline.identity.engine.domains import websites
from pipeline.identity.engine.folding import folded as letters_of
from pipeline.identity.engine.mailboxes import mailboxes
from pipeline.identity.engine.names import folded, names
from pipeline.identity.engine.organisations import organisations
from pipeline.identity.engine.phones import phones
from pipeline.identity.engine.profiles import profiles

words = st.lists(st.text(max_size=12), min_size=1, max_size=8)


def shown(column: text.Cells) -> list[str]:
    return [column.data[start:end].tobytes().decode() for start, end in zip(column.starts, column.ends, strict=True)]


def one(read, value: str, field: str) -> int:
    return int(getattr(read(text.of([value])), field)[0])


@given(words)
def test_folding_twice_is_folding_once(values):
    once = letters_of(text.of(values))
    assert shown(letters_of(once)) == shown(once)


@given(words)
def test_folding_names_twice_is_folding_once(values):
    once = folded(text.of(values))
    twice = folded(once)
    # Taking out the e of an umlaut can put two vowels side by side: the second time is the last.
    assert shown(folded(folded(twice))) == shown(folded(twice))


@given(words)
def test_a_row_is_read_the_same_whatever_stands_beside_it(values):
    column = text.of(values)
    for read, fields in (
        (names, ("given", "surname", "extra", "initial", "suffix")),
        (mailboxes, ("email", "letters", "digits", "label")),
        (profiles, ("slug", "stem", "member")),
        (organisations, ("core", "squashed", "initials")),
    ):
        together = read(column)
        for place, value in enumerate(values):
            alone = read(text.of([value]))
            assert [getattr(alone, f)[0] for f in fields] == [getattr(together, f)[place] for f in fields]
    assert [phones(text.of([value]))[0] for value in values] == phones(column).tolist()
    assert [websites(text.of([value]))[0] for value in values] == websites(column).tolist()


@pytest.mark.parametrize("cut", ["%", "%6", "%61"])
def test_a_letter_cut_off_at_the_end_of_an_address_takes_nothing_from_the_next_one(cut: str) -> None:
    column = text.of(["linkedin.com/in/jos%C3%A9", f"linkedin.com/in/jane{cut}", "linkedin.com/in/61-doe", ""])
    alone = [one(profiles, value, "slug") for value in shown(column)]
    assert profiles(column).slug.tolist() == alone
    assert alone[2] == one(profiles, "https://www.linkedin.com/in/61-doe", "slug") != 0


@given(words)
def test_equal_rows_have_equal_hashes_and_others_do_not(values):
    found = text.hashes(text.of(values)).tolist()
    for value, number in zip(values, found, strict=True):
        assert (number == 0) == (value == "")
        assert all((other == number) == (twin == value) for twin, other in zip(values, found, strict=True))


def test_arrow_columns_are_read_with_nulls_and_in_slices():
    column = pa.array(["ab", None, "", "c", "dé"])
    assert shown(text.cells(column)) == ["ab", "", "", "c", "dé"]
    assert shown(text.cells(column.slice(2, 3))) == ["", "c", "dé"]
    assert shown(text.cells(column.cast(pa.large_string()))) == ["ab", "", "", "c", "dé"]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Jürgen Müller", "JUERGEN MUELLER"),
        ("Jürgen Müller", "jurgen muller"),
        ("José García", "Jose Garcia"),
        ("Łukasz Wójcik", "lukasz wojcik"),
        ("Søren Åkesson", "Soren Akesson"),
        ("Bob Smith", "Robert Smith"),
        ("Smith, John", "John Smith"),
        ("Smith, Dr. John, MBA", "John Smith"),
        ("Dr. John Smith, PhD", "John Smith"),
        ("John Smith (She/Her)", "John Smith"),
        ("Smith (She/Her), John", "John Smith"),
        ("John Smith 🚀", "John Smith"),
        ("Sean O'Brien", "Sean O\u2019Brien"),
        ("Jan van der Berg", "Jan Berg"),
        ("John\x1fSmith", "John Smith"),
        ("Jane Ma", "Jane\x1fMa"),
    ],
)
def test_two_spellings_are_one_name(left, right):
    for field in ("given", "surname"):
        assert one(names, left, field) == one(names, right, field) != 0


def test_father_and_son_have_suffixes_and_initials_stay_initials():
    assert [
        one(names, name, "suffix") for name in ("John Smith Jr.", "John Smith II", "John Smith, Sr", "John Smith")
    ] == [
        1,
        1,
        2,
        0,
    ]
    assert one(names, "J. Smith", "given") == 0
    assert chr(one(names, "J. Smith", "initial")) == "j"
    assert chr(one(names, "John A. Smith", "middle")) == "a"
    assert chr(one(names, "John S.", "last_initial")) == "s"


@pytest.mark.parametrize("name", ["", "n/a", "LinkedIn Member", "unknown", "-", "\x1f"])
def test_nobody_has_no_name(name):
    assert one(names, name, "given") == one(names, name, "surname") == one(names, name, "initial") == 0


@pytest.mark.parametrize(
    "written", ["J.Smith@Acme.com", " <j.smith@acme.com>", "mailto:j.smith+crm@acme.com", "j.smith@acme.com; b@x.de"]
)
def test_one_mailbox_is_written_in_many_ways(written):
    assert one(mailboxes, written, "email") == one(mailboxes, "j.smith@acme.com", "email") != 0


def test_gmail_ignores_dots_and_others_do_not():
    assert one(mailboxes, "j.smith@googlemail.com", "email") == one(mailboxes, "jsmith@gmail.com", "email")
    assert one(mailboxes, "j.smith@acme.com", "email") != one(mailboxes, "jsmith@acme.com", "email")


@pytest.mark.parametrize(
    "written",
    ["info@acme.com", "sales2@acme.com", "email_not_unlocked@domain.com", "n/a", "", "a@b", "@acme.com", "a@@acme.com"],
)
def test_roles_placeholders_and_rubbish_are_nobodys_mailbox(written):
    assert one(mailboxes, written, "email") == 0


def test_a_role_still_tells_the_firm_and_free_mail_does_not():
    assert one(mailboxes, "info@acme.com", "label") == one(mailboxes, "j@de.acme.co.uk", "label") != 0
    assert one(mailboxes, "j@gmail.com", "label") == one(mailboxes, "email_not_unlocked@domain.com", "label") == 0


@pytest.mark.parametrize(
    "site", ["https://www.acme.com/about?x=1", "acme.com", "http://de.acme.co.uk", "ACME.COM/", "www.acme.io:443"]
)
def test_a_web_site_is_the_label_of_its_domain(site):
    assert websites(text.of([site]))[0] == websites(text.of(["acme.com"]))[0] != 0


def test_shared_hosts_are_no_firm():
    assert not websites(text.of(["https://www.linkedin.com/company/acme", "facebook.com/acme", "acme"])).any()


@pytest.mark.parametrize(
    "address",
    [
        "https://www.linkedin.com/in/jos%C3%A9-smith-1a2b3c4d/",
        "http://de.linkedin.com/in/Jose-Smith-1a2b3c4d/de",
        "linkedin.com/in/jose-smith-1a2b3c4d?trk=abc",
        "in/josé-smith-1a2b3c4d",
    ],
)
def test_one_profile_has_many_addresses(address):
    assert one(profiles, address, "slug") == one(profiles, "linkedin.com/in/jose-smith-1a2b3c4d", "slug") != 0
    assert one(profiles, address, "stem") == one(profiles, "linkedin.com/in/josesmith", "stem")


def test_sales_navigator_ids_are_a_space_of_their_own_and_keep_their_case():
    lead = "https://www.linkedin.com/sales/lead/ACwAAABcdEf123,NAME_SEARCH,x1"
    assert one(profiles, lead, "slug") == 0
    assert one(profiles, lead, "member") == one(profiles, "linkedin.com/in/ACwAAABcdEf123", "member") != 0
    assert one(profiles, lead, "member") != one(profiles, lead.replace("ABcd", "ABCD"), "member")


@pytest.mark.parametrize(
    "address", ["https://www.linkedin.com/company/acme", "https://linkedin.com/sales/company/17", "n/a"]
)
def test_a_company_page_is_no_person(address):
    assert one(profiles, address, "slug") == one(profiles, address, "member") == 0


@pytest.mark.parametrize(
    "written",
    ["+1 (415) 555-1234", "415.555.1234", "001 415 555 1234", "4155551234 ext. 12", "1-415-555-1234", "4155551234.0"],
)
def test_one_number_is_written_in_many_ways(written):
    assert phones(text.of([written]))[0] == phones(text.of(["+14155551234"]))[0] != 0


def test_a_trunk_zero_is_not_part_of_a_number():
    assert len(set(phones(text.of(["+49 30 1234567", "030 1234567", "0049 (0)30 123 45 67"])).tolist())) == 1


def test_short_and_repeated_numbers_are_none():
    assert not phones(text.of(["12345", "0000000000", "n/a", "+1 111 111 1111"])).any()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Acme Robotics, Inc.", "The ACME Robotics Group"),
        ("Acme Robotics GmbH & Co. KG", "Acme Robotics"),
        ("Acme Technologies", "Acme Tech"),
        ("Acme International S.A.", "Acme Intl"),
    ],
)
def test_two_spellings_are_one_company(left, right):
    assert one(organisations, left, "core") == one(organisations, right, "core") != 0


def test_the_order_of_words_and_their_initials_tell_companies_apart():
    assert one(organisations, "Blue River", "core") != one(organisations, "River Blue", "core")
    ibm = text.hashes(text.of(["ibm"]))[0]
    assert one(organisations, "International Business Machines Corp", "initials") == ibm
    assert one(organisations, "Acme Robotics", "squashed") == text.hashes(text.of(["acmerobotics"]))[0]


def test_an_address_that_breaks_off_before_the_name_takes_nothing_from_the_next_one() -> None:
    whole = ["https://linkedin.com/in/ann", "https://linkedin.com/in/bob"]
    cut = ["https://linkedin.com/in/", whole[0], "linkedin.com/sales/lead/", whole[1], "x/i", "n/ann"]
    assert profiles(text.of(cut)).slug[[1, 3]].tolist() == profiles(text.of(whole)).slug.tolist()
    assert profiles(text.of(cut)).slug[[0, 2, 4, 5]].tolist() == [0] * 4
    assert not profiles(text.of(cut)).member.any()
