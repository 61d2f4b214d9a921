"""Which route: the closed form against every mixture there is, and what a bulk job may carry."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.mapping import load
from pipeline.models import Intent
from pipeline.planning.prices import BulkRoute, Prices, Route, VendorPrices
from pipeline.planning.routes import cheapest, may_go_by_bulk, split
from pipeline.rules import packaged, parse

PRICES = parse(Prices, "prices", packaged()).vendors
ZOHO = PRICES["zoho"]
MAPPING = load("zoho", packaged())
ROWS = 25_000
LONGEST = 200_000
SHIFT = 10**7
"""Units count first, rows by bulk only between equals: both in one integer."""


def intent(number, operation="update", payload=None, **changes):
    told = {
        "intent_id": f"{number:08x}",
        "vendor": "zoho",
        "object": "Leads",
        "person_key": f"lf_{number}",
        "record_id": None if operation == "insert" else str(number),
        "operation": operation,
        "payload": payload or {"Engagement": number % 100 + 1},
    }
    return Intent(**{**told, **changes})


def least_within(values: np.ndarray, width: int) -> np.ndarray:
    """Return for each place the least of the `width` values before it."""
    spans = [np.concatenate([np.full(1, np.iinfo(np.int64).max // 2), values[:-1]])]
    while 2 ** len(spans) <= width:
        last, step = spans[-1], 2 ** (len(spans) - 1)
        spans.append(np.minimum(last, np.concatenate([np.full(step, last[0]), last[:-step]])))
    last, step = spans[-1], width - 2 ** (len(spans) - 1)
    return np.minimum(last, np.concatenate([np.full(step, last[0]), last[: len(last) - step]])) if step else last


def test_the_cheapest_mixture_is_that_of_brute_force_for_every_size_up_to_200000():
    # Every way to cut n records into calls of 1..100 and jobs of 1..25,000, by dynamic programming.
    steps = np.array([-(-size // 10) * SHIFT for size in range(1, 101)], dtype=np.int64)[::-1]
    best = np.zeros(LONGEST + 1, dtype=np.int64)
    for size in range(1, LONGEST + 1):
        start = max(0, size - 100)
        best[size] = (best[start:size] + steps[100 - (size - start) :]).min()
    place = np.arange(LONGEST + 1)
    job = 1 + 500 + 10 + 1
    for _ in range(LONGEST // ROWS + 2):
        # A job of b rows costs `job` and b rows by bulk: least over b of best[n - b] + b.
        best = np.minimum(best, least_within(best - place, ROWS) + place + job * SHIFT)
    found = [cheapest(size, ZOHO) for size in range(LONGEST + 1)]
    told = np.array([int(way.units) * SHIFT + sum(way.jobs) for way in found], dtype=np.int64)
    assert np.flatnonzero(told != best).tolist() == []
    assert all(way.single + sum(way.jobs) == size for size, way in enumerate(found))
    assert all(0 < rows <= ROWS for way in found for rows in way.jobs)


prices = st.builds(
    lambda batch, per_call, per_unit, calls_in_job, job, poll: VendorPrices(
        as_of="2026-01-01",
        unit="unit",
        usd_per_unit=0,
        routes={"insert": Route(batch=batch, units_per_call=per_call, records_per_unit=per_unit)},
        bulk=BulkRoute(operations=("insert",), rows=batch * calls_in_job, units_per_job=job, units_per_poll=poll),
    ),
    st.integers(1, 6),
    st.integers(0, 3),
    st.none() | st.integers(1, 5),
    st.integers(1, 4),
    st.integers(0, 12),
    st.integers(0, 2),
)


@given(prices, st.integers(0, 60), st.integers(0, 12))
def test_no_other_mixture_is_cheaper_or_as_cheap_with_fewer_rows_by_bulk(price, records, besides):
    route, bulk = price.routes["insert"], price.bulk
    ways = [
        (route.units(records - by_bulk + besides) + jobs * bulk.units, by_bulk)
        for by_bulk in range(records + 1)
        for jobs in [-(-by_bulk // bulk.rows)]
    ]
    found = cheapest(records, price, besides=besides)
    assert (found.units, sum(found.jobs)) == min(ways)
    assert found.single == records - sum(found.jobs)
    assert found.calls == route.calls(found.single + besides) + len(found.jobs) * bulk.calls


@given(st.integers(1, 7), st.integers(0, 3), st.none() | st.integers(1, 9), st.integers(0, 40))
def test_a_route_costs_what_its_calls_cost_one_by_one(batch, per_call, per_unit, records):
    route = Route(batch=batch, units_per_call=per_call, records_per_unit=per_unit)
    calls = [min(batch, records - start) for start in range(0, records, batch)]
    assert route.calls(records) == len(calls)
    assert route.units(records) == sum(per_call + (-(-size // per_unit) if per_unit else 0) for size in calls)
    assert route.units(records + route.room(records)) == route.units(records)


@pytest.mark.parametrize(
    ("records", "jobs", "single", "units"),
    [
        (0, (), 0, 0),
        (1, (), 1, 1),
        (5_120, (), 5_120, 512),
        (5_121, (5_121,), 0, 512),
        (26_000, (25_000,), 1_000, 512 + 100),
        (30_121, (25_000, 5_121), 0, 2 * 512),
        (100_000, (25_000,) * 4, 0, 4 * 512),
    ],
)
def test_the_route_of_so_many_leads(records, jobs, single, units):
    way = cheapest(records, ZOHO)
    assert (way.jobs, way.single, way.units) == (jobs, single, units)


def test_a_hundred_thousand_new_leads_cost_at_most_2100_credits():
    assert cheapest(100_000, ZOHO).units <= 2_100


def test_a_vendor_without_bulk_and_an_operation_without_it_take_single_calls():
    assert cheapest(50_000, PRICES["ghl"]).jobs == ()
    assert cheapest(50_000, ZOHO, operation="add_tags").jobs == ()


def test_a_job_that_does_not_hold_whole_calls_is_refused_by_the_price_list():
    with pytest.raises(ValidationError, match=r"bulk.rows must be a multiple of routes.insert.batch"):
        VendorPrices(
            as_of="2026-01-01",
            unit="unit",
            usd_per_unit=0,
            routes={"insert": Route(batch=100)},
            bulk=BulkRoute(operations=("insert",), rows=250, units_per_job=5),
        )


@pytest.mark.parametrize(
    ("given", "may"),
    [
        (intent(1, "insert", {"Last_Name": "Moss", "Email": "a@b.example"}), True),
        (intent(1, payload={"Engagement": 7, "Leadflow_ID": "lf_1"}), True),
        (intent(1, payload={"Engagement": 7, "Email": "a@b.example"}), False),
        (intent(1, payload={"Engagement": None}), False),
        (intent(1, "insert", {"Last_Name": "Moss", "City": ""}), False),
        (intent(1, payload={"Unmapped": 7}), False),
        (intent(1, "set_optout", {"Email_Opt_Out": True}, lane="optout"), False),
        (intent(1, "insert", {"Last_Name": "Moss"}, lane="optout"), False),
        (intent(1, "add_tags", {"tags": ["lf-a"]}), False),
        (intent(1, "convert", {"overwrite": True}), False),
    ],
)
def test_bulk_carries_new_records_and_fields_that_are_ours_alone(given, may):
    assert may_go_by_bulk(given, MAPPING) is may


def test_a_split_loses_nobody_mixes_no_kinds_and_does_not_depend_on_the_order():
    wanted = [intent(number, "insert", {"Last_Name": "Moss"}) for number in range(5_200)]
    wanted += [intent(10_000 + number, object="Contacts") for number in range(26_003)]
    wanted += [intent(50_000 + number, payload={"Email": "a@b.example"}) for number in range(40)]
    wanted += [intent(60_000 + number, "set_optout", {"Email_Opt_Out": True}, lane="optout") for number in range(9)]
    jobs, rest = split(wanted, ZOHO, may=lambda item: may_go_by_bulk(item, MAPPING))
    assert sorted(len(job) for job in jobs) == [5_200, 24_993]
    assert all(len({(item.object, item.operation) for item in job}) == 1 for job in jobs)
    assert len(rest) == 1_010 + 40 + 9
    sent = [item.intent_id for item in itertools.chain(*jobs, rest)]
    assert sorted(sent) == sorted(item.intent_id for item in wanted)
    left = {item.intent_id for item in rest}
    assert rest == [item for item in wanted if item.intent_id in left]

    turned = [*reversed(wanted[7::2]), *wanted[:7], *wanted[8::2]]
    again, other = split(turned, ZOHO, may=lambda item: may_go_by_bulk(item, MAPPING))
    assert again == jobs
    assert {item.intent_id for item in other} == left


def test_records_that_may_not_go_by_bulk_share_their_last_call_with_those_that_may():
    fit = [intent(number) for number in range(5_130)]
    unfit = [intent(9_000 + number, payload={"City": "York"}) for number in range(3)]
    jobs, rest = split([*fit, *unfit], ZOHO, may=lambda item: may_go_by_bulk(item, MAPPING))
    assert ([len(job) for job in jobs], len(rest)) == ([5_123], 10)
