"""The world and the files made of it."""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, datetime
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.sandbox.apollo.directory import knows
from resources.sandbox.apollo.export import contacts
from resources.sandbox.clock import Clock
from resources.sandbox.evaboot import evaboot
from resources.sandbox.exports import chosen
from resources.sandbox.world import World, ascii_word

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "salesnav"


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, 2000)


def test_two_thousand_people_are_made_in_less_than_a_second():
    started = time.process_time()
    World(3, 2000)
    assert time.process_time() - started < 1.0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(1, 60))
def test_equal_seed_and_size_give_an_equal_world(seed: int, people: int):
    first, second = World(seed, people), World(seed, people)
    assert first.people == second.people
    assert first.companies == second.companies
    assert len(first.people) == people
    assert len(first.companies) == max(1, people // 5)


def test_another_seed_gives_other_people():
    assert {p.id24 for p in World(1, 50).people}.isdisjoint(p.id24 for p in World(2, 50).people)


def test_identifiers_and_addresses_are_unique(world: World):
    addresses = [p.email for p in world.people if p.email]
    for values in (
        addresses,
        [p.id24 for p in world.people],
        [p.linkedin_slug for p in world.people],
        [p.member_id for p in world.people],
        [p.personal_email for p in world.people],
        [c.id24 for c in world.companies],
        [c.linkedin_id for c in world.companies],
    ):
        assert len(values) == len(set(values))
    assert all(address.isascii() and address.endswith(".example") for address in addresses)


def test_names_are_as_unruly_as_real_ones(world: World):
    names = [p.name for p in world.people]
    assert any("ü" in name for name in names)
    assert any("-" in p.last_name for p in world.people)
    assert any(" " in p.last_name for p in world.people)
    assert any("'" in p.last_name for p in world.people)
    doubles = len(names) - len(set(names))
    assert doubles >= 10
    assert len({c.domain for c in world.companies}) < len(world.companies)
    assert 0.03 < sum(p.email is None for p in world.people) / len(world.people) < 0.12
    assert {p.company.index for p in world.people} == {c.index for c in world.companies}


def test_every_telephone_number_is_valid_and_written_as_e164(world: World):
    for person in world.people:
        number = phonenumbers.parse(person.phone)
        assert phonenumbers.is_valid_number(number), person.phone
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == person.phone


def test_each_vendor_knows_its_share_of_the_people(world: World):
    homes = [world.in_zoho(p) for p in world.people]
    assert 0.06 < homes.count("Leads") / 2000 < 0.10
    assert 0.02 < homes.count("Contacts") / 2000 < 0.045
    assert 0.02 < sum(map(world.in_ghl, world.people)) / 2000 < 0.04
    assert any(world.is_opted_out_zoho(p) for p in world.people if world.in_zoho(p))
    assert any(world.is_opted_out_ghl(p) for p in world.people if world.in_ghl(p))


def test_a_world_without_people_is_refused():
    with pytest.raises(ValueError, match="at least one person"):
        World(7, 0)


@pytest.mark.parametrize(
    ("name", "word"),
    [("Jürgen", "juergen"), ("Łukasz", "lukasz"), ("O'Brien", "obrien"), ("van der Berg", "van-der-berg")],
)
def test_names_become_the_words_that_mail_systems_use(name: str, word: str):
    assert ascii_word(name) == word


def test_the_clock_moves_by_whole_days_and_never_back():
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock = Clock(source=lambda: start)
    clock.advance(2)
    assert (clock.now() - start).days == 2
    assert clock.offset.days == 2
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1)


def test_the_export_files_overlap_each_other_and_apollo_by_about_half(world: World):
    first, second = chosen(world)
    assert len(first) == len(second) == 120
    for people in (first, second):
        assert 0.4 < sum(knows(world, p) for p in people) / 120 < 0.6
    shared = {p.id24 for p in first} & {p.id24 for p in second}
    assert 0.4 < len(shared) / 120 < 0.6


def test_the_evaboot_file_has_the_quirks_of_the_tool(world: World):
    text = evaboot(world, chosen(world)[0])
    rows = list(csv.DictReader(io.StringIO(text)))
    ragged = [row for row in rows if None in row]
    whole = [row for row in rows if None not in row]
    assert len(ragged) == 1
    assert len(whole) == 120
    assert 0.35 < sum(not row["Email"] for row in whole) / 120 < 0.6
    assert sum(row["Full Name"] == "LinkedIn Member" for row in whole) == 3
    assert any(row["Current Jobs Number"] == '"1"' for row in whole)
    assert all("\n" in row["Department Headcounts"] for row in whole)
    assert {row["Matches Filters"] for row in whole} == {"YES", "NO"}
    assert any("/in/ACwAA" in row["Linkedin URL Unique ID"] for row in whole)


def test_the_apollo_file_has_the_quirks_of_the_tool(world: World):
    rows = list(csv.DictReader(io.StringIO(contacts(world, chosen(world)[1]))))
    assert len(rows) == 120
    assert any(row["Work Direct Phone"].startswith("'+") for row in rows)
    assert any(not row["Email"] and row["Email Status"] == "Unavailable" for row in rows)
    assert {"Verified", "Extrapolated"} <= {row["Email Status"] for row in rows}
    assert any(row["Seniority"] == "C suite" for row in rows)


def test_the_committed_samples_are_those_of_seed_seven(world: World):
    first, second = chosen(world)
    assert (SAMPLES / "evaboot_search.csv").read_bytes().decode() == evaboot(world, first)
    assert (SAMPLES / "apollo_contacts_export.csv").read_bytes().decode() == contacts(world, second)
