"""The fourth place where a record may be that nobody answered for: the list of deleted records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from pipeline.errors import RequestRefused, VendorUnavailable
from pipeline.models import Intent
from resources.zoho.sightings import Observer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Client:
    """An organisation in which nobody is found, but somebody was deleted."""

    external_key = "Leadflow_ID"
    dialect = SimpleNamespace(fields_required=False)

    def __init__(self, *deleted):
        self.gone = [{"id": record_id, "display_name": name} for record_id, name in deleted]
        self.asked = []
        self.searched, self.most_terms, self.converted = [], 10, set()

    def now(self):
        return NOW

    def fields(self, module):
        return [{"api_name": self.external_key}]

    def select(self, module, fields, key, values):
        self.asked.append(module)
        return []

    def by_ids(self, module, ids, *, fields=()):
        return []

    def search_converted(self, field, values):
        self.asked.append("converted")
        self.searched.append(len(values))
        if len(values) > self.most_terms:
            raise RequestRefused("invalid query formed", vendor="zoho", status=400)
        return [{"id": f"c{value}", field: value, "Converted__s": True} for value in values if value in self.converted]

    def deleted(self, module, *, since):
        self.asked.append(("deleted", module, NOW - since))
        yield self.gone, b""


def insert(key="k1", first="Ann", last="Berg", operation="insert", record_id=None):
    return Intent(
        intent_id=f"i-{key}",
        vendor="zoho",
        object="Leads",
        person_key=key,
        record_id=record_id,
        operation=operation,
        payload={"First_Name": first, "Last_Name": last, "Leadflow_ID": key},
    )


def test_four_places_are_looked_at_before_an_insert_counts_as_absent():
    client = Client()
    (sighting,) = Observer(client).sight([insert()])
    assert sighting.found is False
    assert client.asked == ["Leads", "Contacts", "converted", ("deleted", "Leads", timedelta(days=1))]


@pytest.mark.parametrize(("most_terms", "searched"), [(10, [10, 10, 5]), (1, [10, *[1] * 25])])
def test_converted_leads_are_searched_ten_at_a_time_where_zoho_takes_that(most_terms, searched):
    client = Client()
    client.most_terms, client.converted = most_terms, {"k7", "k24"}

    sightings = Observer(client).sight([insert(f"k{number}", last=f"Berg {number}") for number in range(25)])

    assert [number for number, sighting in enumerate(sightings) if sighting.found] == [7, 24]
    assert client.searched == searched


def test_a_lead_that_a_person_deleted_meanwhile_had_landed():
    (sighting,) = Observer(Client(("77", "ann  BERG"))).sight([insert()])
    assert (sighting.found, sighting.record_id) == (True, "77")


def test_a_name_that_two_deleted_records_or_two_of_our_people_have_proves_nothing():
    two_deleted = Observer(Client(("77", "Ann Berg"), ("78", "Ann Berg"))).sight([insert()])
    two_asked = Observer(Client(("77", "Ann Berg"))).sight([insert(), insert("k2")])
    nameless = Observer(Client(("77", None))).sight([insert(first="", last="")])
    assert [sighting.found for sighting in (*two_deleted, *two_asked, *nameless)] == [False] * 4


def test_an_update_is_not_looked_for_by_name():
    client = Client(("77", "Ann Berg"))
    (sighting,) = Observer(client).sight([insert(operation="update", record_id="9")])
    assert sighting.found is False
    assert not [asked for asked in client.asked if asked[0] == "deleted"]


def test_a_deleted_list_that_cannot_be_read_leaves_the_question_open():
    client = Client()

    def refuse(module, *, since):
        raise VendorUnavailable("down", vendor="zoho")

    client.deleted = refuse
    assert Observer(client).sight([insert()])[0].found is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_is_asked_for_once_per_batch(count):
    client = Client()
    Observer(client).sight([insert(f"k{number}") for number in range(count)])
    assert sum(asked[0] == "deleted" for asked in client.asked) == 1
