"""What was modified lately: complete and for few credits, whatever order Zoho lists in and whatever moves meanwhile."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.zoho import bulksizes
from resources.zoho.changes import changes
from tests.vendors.test_zoho_bulk_read import START, Zoho, make, mirrored, refusal

EARLIER = START - timedelta(days=1)


class Lists(Zoho):
    """Zoho whose lists have an order of their own where none is asked for, and can be asked for single records."""

    def __init__(self, count=0, **how):
        super().__init__(count, **how)
        self.order, self.refuses, self.sorted_calls, self.unsorted_calls = "rising", False, 0, 0

    def listed(self, query, body, module):
        if "ids" in query:
            wanted = query["ids"].split(",")
            return httpx.Response(200, json={"data": [self.shown(self.rows[name]) for name in wanted]})
        is_sorted = "sort_by" in query
        self.sorted_calls += is_sorted
        self.unsorted_calls += not is_sorted
        if not is_sorted and self.refuses:
            return refusal("INVALID_DATA", param_name="sort_order")
        if is_sorted or self.order == "rising":
            return super().listed(query, body, module)
        names = sorted(self.rows, reverse=self.order == "falling")
        if self.order == "newest last":
            names.sort(key=lambda name: self.rows[name]["Modified_Time"])
        start = (int(query.get("page", 1)) - 1) * 200
        part = [self.shown(self.rows[name]) for name in names[start : start + 200]]
        return httpx.Response(200, json={"data": part, "info": {"more_records": start + 200 < len(names)}})


def collected(zoho):
    return [row["id"] for rows, _ in changes(make(zoho)[0], "Contacts", since=EARLIER) for row in rows]


@pytest.mark.parametrize("version", ["v2", "v8"])
@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 450])
def test_a_list_in_the_order_of_ids_is_read_unsorted_and_whole(version, count):
    zoho = Lists(count, version=version)
    assert collected(zoho) == sorted(zoho.rows)
    assert zoho.sorted_calls == 0


def test_an_unsorted_page_costs_a_third_of_a_sorted_one():
    spent = []
    zoho = Lists(300)
    client = make(zoho, on_call=lambda call: spent.append(call.units))[0]
    list(changes(client, "Contacts", since=EARLIER))
    assert spent[:2] == [1.0, 1.0]


@pytest.mark.parametrize("order", ["falling", "newest last"])
def test_a_list_in_another_order_is_read_sorted(order):
    zoho = Lists(450)
    zoho.order = order
    zoho.touch("1000003")
    assert set(collected(zoho)) == set(zoho.rows)
    assert zoho.unsorted_calls <= 3
    assert zoho.sorted_calls == 3


def test_where_the_unsorted_list_is_refused_the_sorted_one_is_read():
    zoho = Lists(201)
    zoho.refuses = True
    assert collected(zoho) == sorted(zoho.rows)
    assert (zoho.unsorted_calls, zoho.sorted_calls) == (1, 2)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["rising", "falling", "newest last"]),
    st.integers(150, 650),
    st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from(["add", "delete", "touch"]), st.integers(0, 600)), max_size=6
    ),
)
def test_nothing_is_lost_that_is_modified_made_or_deleted_while_it_is_read(order, count, moves):
    zoho = Lists(count)
    zoho.order = order
    names = sorted(zoho.rows)
    asked, gone = [0], set()

    def happen(_said):
        for at, what, which in moves:
            name = names[which % len(names)]
            if at == asked[0] and what == "add":
                zoho.add()
            elif at == asked[0] and name in zoho.rows:
                gone.update({name} if what == "delete" else ())
                (zoho.delete if what == "delete" else zoho.touch)(name)
        asked[0] += 1

    zoho.before = happen
    found = set(collected(zoho))
    assert set(names) - gone <= found


# --- many at once


@pytest.fixture
def cheap(monkeypatch):
    """Let a bulk read pay from 1,001 records on."""
    monkeypatch.setattr(bulksizes, "BULK_CREDITS", 5.0)


def crowd(count=1_300):
    zoho = Lists(count)
    zoho.tagged = {"lf-hot": set(sorted(zoho.rows)[:40])}
    zoho.bulk_tags = True
    return zoho


@pytest.mark.usefixtures("cheap")
def test_many_changes_are_read_in_bulk_where_a_sample_shows_the_tags_of_the_list():
    zoho = crowd()
    found, _ = mirrored(make(zoho)[2], since=EARLIER, expected=1_300)
    assert set(found) == set(zoho.rows)
    assert [tag["name"] for tag in found["1000001"]["Tag"]] == ["lf-hot"]
    assert (len(zoho.jobs), zoho.unsorted_calls + zoho.sorted_calls) == (1, 0)


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("trouble", ["no tags", "one tag less", "refused", "nobody is tagged", "few"])
def test_many_changes_are_listed_where_a_bulk_read_cannot_be_believed_or_does_not_pay(trouble):
    zoho = crowd()
    if trouble == "no tags":
        zoho.bulk_tags = False
    if trouble == "one tag less":
        whole = zoho.shown
        zoho.shown = lambda row: {**whole(row), "Tag": [*whole(row)["Tag"], {"name": "vip", "id": "2"}]}
    if trouble == "refused":
        zoho.unavailable = {"Tag"}
    if trouble == "nobody is tagged":
        zoho.tagged = {}
    found, _ = mirrored(make(zoho)[2], since=EARLIER, expected=10 if trouble == "few" else 1_300)
    assert set(found) == set(zoho.rows)
    assert zoho.unsorted_calls == 7


@pytest.mark.usefixtures("cheap")
def test_a_record_that_moved_since_the_bulk_read_says_nothing_about_its_tags():
    zoho = crowd()
    whole = zoho.listed

    def touched(query, body, module):
        for name in query.get("ids", "").split(","):
            if name in zoho.rows:
                zoho.touch(name)
        return whole(query, body, module)

    zoho.listed = touched
    mirrored(make(zoho)[2], since=EARLIER, expected=1_300)
    assert zoho.unsorted_calls == 7
