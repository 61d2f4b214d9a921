"""contacts/search of the simulated GoHighLevel: paging laws, filters, index lag."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.sandbox.calls import Call
from resources.sandbox.clock import Clock
from resources.sandbox.ghl import GhlSandbox
from resources.sandbox.world import World

WORLD = World(7, 5)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Place:
    """A location with only the contacts a test puts in; the clock moves by hand."""

    def __init__(self, **switches):
        self.moment = START
        clock = Clock(source=lambda: self.moment)
        switches = {"burst_limit": 10**6, "index_lag_seconds": 0.0, **switches}
        self.ghl = GhlSandbox(WORLD, clock, time_scale=1.0, **switches)
        for contact in list(self.ghl.account.contacts):
            self.ghl.account.contacts.remove(contact["id"], 0)

    def post(self, path, body):
        headers = {"authorization": f"Bearer {self.ghl.token}", "version": "2021-07-28"}
        body = {"locationId": self.ghl.location_id, **body}
        return self.ghl.answer(Call("", "POST", path, (), headers, json.dumps(body).encode()))

    def add(self, **fields):
        answer = self.post("/contacts/upsert", fields)
        assert answer.status == 200, answer.body
        return answer.body["contact"]

    def search(self, **body):
        return self.post("/contacts/search", {"pageLimit": 100, **body})

    def emails(self, *filters):
        answer = self.search(filters=list(filters))
        assert answer.status == 200, answer.body
        return sorted(one["email"] for one in answer.body["contacts"])


@pytest.fixture(scope="module")
def place():
    place = Place()
    place.add(email="ann@a.example", firstName="Ann", city="Rome", tags=["vip"], phone="+14155550100")
    place.moment += timedelta(seconds=10)
    place.add(email="bob@b.example", firstName="Bob", companyName="Bolt", dnd=True)
    place.moment += timedelta(seconds=10)
    off = {"Email": {"status": "active"}}
    place.add(email="cy@c.example", firstName="Cy", dndSettings=off, tags=["vip", "warm"])
    return place


def eq(field, value, operator="eq"):
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([eq("email", "ANN@a.example")], "ann"),
        ([eq("firstNameLowerCase", "bob")], "bob"),
        ([eq("dnd", True)], "bob"),
        ([eq("dndSettings.Email.status", "active")], "cy"),
        ([eq("tags", "vip")], "ann cy"),
        ([eq("tags", "vip"), eq("tags", "warm", "not_eq")], "ann"),
        ([eq("businessName", "bol", "contains")], "bob"),
        ([eq("phone", "+1415", "contains")], "ann"),
        ([eq("tags", "vip", "not_contains")], "bob"),
        ([{"field": "city", "operator": "exists"}], "ann"),
        ([{"field": "city", "operator": "not_exists"}], "bob cy"),
        ([{"group": "OR", "filters": [eq("dnd", True), eq("city", "rome")]}], "ann bob"),
        ([{"group": "AND", "filters": [eq("tags", "vip"), eq("city", "rome")]}], "ann"),
        ([eq("dateUpdated", {"gte": int(START.timestamp() * 1000) + 10_000}, "range")], "bob cy"),
        ([eq("dateUpdated", {"gt": "2026-03-02T09:00:10Z"}, "range")], "cy"),
        ([eq("dateAdded", {"lt": int(START.timestamp() * 1000) + 10_000}, "range")], "ann"),
    ],
)
def test_filters_find_what_they_name(place, filters, found):
    assert [email.partition("@")[0] for email in place.emails(*filters)] == found.split()


def test_a_custom_field_is_searched_by_its_id():
    place = Place()
    fields = place.ghl.account["custom_fields"].values()
    field = next(one for one in fields if one["fieldKey"] == "contact.lead_score")
    place.add(email="ann@a.example")
    place.add(email="bob@b.example", customFields=[{"id": field["id"], "field_value": 70}])
    assert place.emails(eq(f"customFields.{field['id']}", 70)) == ["bob@b.example"]


def test_an_unknown_field_is_400_naming_it(place):
    answer = place.search(filters=[eq("contact_name", "x")])
    assert answer.status == 400
    assert answer.body["message"] == "Invalid field contact_name"
    assert answer.body["error"] == "Bad Request"
    assert "traceId" in answer.body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"pageLimit": None}, 422),
        ({"pageLimit": 501}, 422),
        ({"pageLimit": 0}, 422),
        ({"pageLimit": 500}, 200),
        ({"locationId": None}, 422),
        ({"limit": 5}, 422),
        ({"page": 101}, 400),
        ({"page": 100}, 200),
        ({"page": 1, "searchAfter": [1, "x"]}, 400),
        ({"searchAfter": [1]}, 400),
        ({"filters": [eq("email", "x" * 76)]}, 400),
        ({"filters": [eq("email", "x", "like")]}, 400),
        ({"sort": [{"field": "contact_name", "direction": "asc"}]}, 400),
    ],
)
def test_the_bounds_of_a_search(place, body, status):
    assert place.search(**body).status == status


def test_a_row_carries_what_only_search_has(place):
    row = place.search(query="cy@c.example").body["contacts"][0]
    assert row["searchAfter"] == [int(START.timestamp() * 1000) + 20_000, row["id"]]
    assert row["opportunities"] == row["additionalEmails"] == row["additionalPhones"] == []
    assert row["validEmail"] is True
    assert row["dndSettings"] == {"Email": {"status": "active"}}


def test_rows_may_come_without_dnd_settings():
    place = Place(search_omits_dnd_settings=True)
    place.add(email="cy@c.example", dndSettings={"Email": {"status": "active"}})
    assert "dndSettings" not in place.search().body["contacts"][0]


def test_search_sees_a_change_only_after_the_lag():
    place = Place(index_lag_seconds=2.0)
    contact = place.add(email="ann@a.example", city="Rome")
    assert place.search().body["total"] == 0
    place.moment += timedelta(seconds=2)
    place.add(email="ann@a.example", city="Oslo")
    assert [one["city"] for one in place.search().body["contacts"]] == ["Rome"]
    place.moment += timedelta(seconds=2)
    assert [one["city"] for one in place.search().body["contacts"]] == ["Oslo"]
    assert contact["city"] == "Rome"


SORTS = st.lists(
    st.builds(
        lambda field, direction: {"field": field, "direction": direction},
        st.sampled_from(["dateAdded", "dateUpdated", "firstNameLowerCase", "email", "businessName"]),
        st.sampled_from(["asc", "desc"]),
    ),
    max_size=2,
    unique_by=lambda entry: entry["field"],
)


@settings(max_examples=60, deadline=None)
@given(
    people=st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3)), max_size=13),
    limit=st.integers(1, 5),
    sort=SORTS,
)
def test_pages_and_cursors_collect_every_contact_once_in_the_same_order(people, limit, sort):
    place = Place()
    for number, (named, later, company) in enumerate(people):
        place.moment += timedelta(seconds=later)
        name = {"firstName": f"N{number % 3}"} if named else {}
        firm = {"companyName": f"C{company}"} if company else {}
        place.add(email=f"p{number}@b.example", **name, **firm)
    by_page, by_cursor, page, after = [], [], 1, None
    while rows := place.search(pageLimit=limit, page=page, sort=sort).body["contacts"]:
        by_page += [row["id"] for row in rows]
        page += 1
    while rows := place.search(pageLimit=limit, searchAfter=after, sort=sort).body["contacts"]:
        by_cursor += [row["id"] for row in rows]
        after = rows[-1]["searchAfter"]
    assert by_page == by_cursor
    assert sorted(by_page) == sorted(one["id"] for one in place.ghl.account.contacts)
