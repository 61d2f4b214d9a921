"""Reading back by a survey: what it shows as intended is proven, everything else is asked for record by record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.models import Outcome, PlanRow, Sighting
from resources.ledger import Ledger
from resources.reading import Reader

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Vendor:
    """Holds records, shows them one by one, and remembers which it was asked for; a survey shows what it is told."""

    vendor = "zoho"

    def __init__(self):
        self.records = {}
        self.asked = []
        self.surveyed = []
        self.shown = None
        self.least = 1

    def read_back(self, intents):
        self.asked += [intent.record_id for intent in intents]
        return [self.sighting(intent.record_id) for intent in intents]

    def sighting(self, record_id):
        if record_id not in self.records:
            return Sighting(found=False)
        return Sighting(found=True, object="Leads", record_id=record_id, values=self.records[record_id])

    def pays(self, records):
        return records >= self.least

    def survey(self, object_name, fields, *, since, records, has_tags):
        self.surveyed.append((object_name, list(fields), since, records, has_tags))
        yield from self.shown if self.shown is not None else map(self.sighting, self.records)


class House:
    """A ledger in which three people were written, with a tag each."""

    def __init__(self, folder):
        self.ledger = Ledger.open(f"sqlite:///{folder / 'ledger.db'}", clock=lambda: NOW)
        self.vendor = Vendor()
        told = {"vendor": "zoho", "object": "Leads", "record_id": None, "reason": "x"}
        rows = [
            PlanRow(**told, person_key=f"k{n}", action=action, field=field, new_value=value)
            for n in range(3)
            for action, field, value in (
                ("insert", "Last_Name", f"Name {n}"),
                ("insert", "City", "Ulm"),
                ("add_tags", "Tag", ["lf-a"]),
            )
        ]
        plan_hash = self.ledger.save_plan("zoho", rows, as_of=NOW.date(), rules_version="r")
        for intent in self.ledger.plan_intents(plan_hash):
            claimed = self.ledger.claim([replace(intent, record_id=intent.person_key)], owner="o").intents
            sent = self.ledger.mark_sent(claimed)
            self.ledger.settle([(one, Outcome(status="confirmed", record_id=one.person_key)) for one in sent])
        for n in range(3):
            self.vendor.records[f"k{n}"] = {"Last_Name": f"Name {n}", "City": "Ulm", "tags": ["lf-a"]}

    def read(self, *, surveyor=True):
        reader = Reader(
            ledger=self.ledger,
            writer=self.vendor,
            kind_of=lambda _kind, _field: "text",
            key_field=None,
            converts_to="Contacts",
            surveyor=self.vendor if surveyor else None,
        )
        return reader.read().counts


@pytest.fixture
def house(tmp_path):
    built = House(tmp_path)
    yield built
    built.ledger.close()


def test_a_survey_that_shows_everything_leaves_nothing_to_ask(house):
    assert house.read() == {"stored": 9}
    assert house.vendor.asked == []
    assert house.ledger.unread_count("zoho") == 0
    assert house.ledger.bases("zoho")["Leads", "k1"] == {"City": ("Ulm", "Ulm"), "Last_Name": ("Name 1", "Name 1")}
    (asked,) = house.vendor.surveyed
    assert asked == ("Leads", ["City", "Last_Name"], NOW - timedelta(hours=1), 3, True)


def test_reading_by_survey_keeps_what_reading_one_by_one_keeps(house, tmp_path):
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    assert house.read() == other.read(surveyor=False)
    tables = [sorted(map(str, one.ledger.readback("zoho"))) for one in (house, other)]
    assert tables[0] == tables[1]
    other.ledger.close()


def test_a_record_that_a_survey_does_not_show_is_asked_for(house):
    house.vendor.shown = [house.vendor.sighting("k0"), house.vendor.sighting("k2")]
    assert house.read() == {"stored": 9}
    assert set(house.vendor.asked) == {"k1"}


def test_a_value_that_a_survey_shows_otherwise_is_judged_by_asking(house):
    house.vendor.shown = [
        replace(house.vendor.sighting(name), values={**house.vendor.records[name], "City": "ULM/Bonn"})
        for name in house.vendor.records
    ]
    house.vendor.records["k1"]["City"] = "Bonn"
    assert house.read() == {"stored": 8, "overwritten": 1}
    assert set(house.vendor.asked) == {"k0", "k1", "k2"}


def test_tags_that_a_survey_does_not_show_are_asked_for_and_the_fields_are_not(house):
    house.vendor.shown = [
        replace(house.vendor.sighting(name), values={"Last_Name": record["Last_Name"], "City": "Ulm"})
        for name, record in house.vendor.records.items()
    ]
    assert house.read() == {"stored": 9}
    assert house.vendor.asked == ["k0", "k1", "k2"]


def test_a_field_that_a_survey_lacks_is_never_taken_for_empty(house):
    house.vendor.shown = [
        replace(house.vendor.sighting(name), values={"Last_Name": record["Last_Name"]})
        for name, record in house.vendor.records.items()
    ]
    assert house.read() == {"stored": 9}
    assert len(house.vendor.asked) == 6


def test_a_stranger_in_a_survey_is_passed_over(house):
    stranger = Sighting(found=True, object="Leads", record_id="x", values={})
    house.vendor.shown = [stranger, *map(house.vendor.sighting, house.vendor.records)]
    assert house.read() == {"stored": 9}


def test_few_records_are_not_surveyed(house):
    house.vendor.least = 4
    assert house.read() == {"stored": 9}
    assert house.vendor.surveyed == []


def test_a_second_reading_asks_nothing(house):
    house.read()
    house.vendor.surveyed.clear()
    assert house.read() == {}
    assert house.vendor.surveyed == []
