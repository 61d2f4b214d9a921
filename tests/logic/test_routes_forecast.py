"""The forecast: every write by its cheapest route, reading back apart, and JSON that plans are stored with."""

from __future__ import annotations

import json

from pipeline.models import PlanRow
from pipeline.planning.cost import forecast
from pipeline.planning.prices import Prices
from pipeline.rules import packaged, parse

PRICES = parse(Prices, "prices", packaged())


def row(number, action="insert", **changes):
    told = {
        "vendor": "zoho",
        "object": "Leads",
        "record_id": None if action == "insert" else str(number),
        "person_key": f"lf_{number}",
        "field": "Engagement",
        "new_value": 5,
        "policy": "ours",
        "reason": "x",
    }
    return PlanRow(**{**told, "action": action, **changes})


def cost(rows):
    return forecast(rows, PRICES, vendor="zoho")


def legs(found):
    return {(leg.operation, leg.route): (leg.records, leg.jobs, leg.calls, leg.units) for leg in found.legs}


def test_a_hundred_thousand_new_leads_go_by_four_jobs_for_at_most_2100_credits():
    found = cost([row(number) for number in range(100_000)])
    assert legs(found)["insert", "bulk"] == (100_000, 4, 4 * 13, 4 * 512)
    assert found.units <= 2_100
    assert found.summary()["units_by_purpose"]["records"] == 4 * 512


def test_two_jobs_run_beside_each_other():
    job = PRICES.vendors["zoho"].bulk
    found = cost([row(number) for number in range(75_000)])
    assert found.seconds == 2 * job.seconds_per_job


def test_merged_fields_clears_and_opt_outs_never_go_by_bulk():
    for changes in ({"policy": "merge"}, {"new_value": None}, {"lane": "optout"}):
        found = cost([row(number, "update", **changes) for number in range(6_000)])
        assert legs(found)["update", "single"] == (6_000, 0, 60, 600)
    optouts = [row(number, "set_optout", lane="optout", policy=None, new_value=True) for number in range(6_000)]
    assert legs(cost(optouts))["set_optout", "single"] == (6_000, 0, 60, 600)


def test_one_merged_field_keeps_the_whole_record_off_the_bulk_route():
    rows = [row(number, "update") for number in range(6_000)]
    rows += [row(number, "update", field="City", policy="merge") for number in range(6_000)]
    assert ("update", "bulk") not in legs(cost(rows))
    assert legs(cost(rows[:6_000]))["update", "bulk"][0] == 6_000


def test_tags_conversions_and_reading_back_are_told_apart_from_the_records():
    rows = [row(number) for number in range(150)]
    rows += [row(number, "add_tags", field="Tag", new_value=["lf-a"]) for number in range(150)]
    rows += [row(200 + number, "add_tags", field="Tag", new_value=["lf-b"]) for number in range(10)]
    rows += [row(300, "convert", field=None, new_value={"overwrite": True})]
    found = cost(rows)
    told = found.summary()["units_by_purpose"]
    assert told == {
        "records": 15,
        "tags": 3,
        "conversions": 5,
        "opt_outs": 0,
        "activities": 0,
        "enrolments": 0,
        "read_back": 4,
    }
    assert (found.units, found.units_in_all) == (23, 27)
    assert found.units_in_all == sum(told.values())
    assert legs(found)["add_tags", "single"] == (160, 0, 3, 3)


def test_many_records_are_read_back_by_a_list_of_what_was_modified():
    few, many = cost([row(number) for number in range(999)]), cost([row(number) for number in range(1_000)])
    assert legs(few)["read_back", "single"] == (999, 0, 20, 20)
    assert legs(many)["read_back", "single"] == (1_000, 0, 5, 5)
    assert cost([row(number) for number in range(100_000)]).summary()["units_by_purpose"]["read_back"] == 500


def test_a_batch_of_three_records_costs_a_whole_credit_and_seventy_cost_seven():
    assert cost([row(number) for number in range(3)]).units == 1
    assert cost([row(number) for number in range(70)]).units == 7


def test_the_summary_is_json_with_the_keys_that_plans_are_stored_with():
    told = json.loads(json.dumps(cost([row(1), row(2, "skip"), row(3, "hold")]).summary()))
    assert {"unit", "units", "usd", "calls", "seconds", "records"} <= set(told)
    assert told["records"] == {"insert": 1}
    assert told["routes"][0] == {
        "purpose": "records",
        "operation": "insert",
        "object": "Leads",
        "route": "single",
        "records": 1,
        "calls": 1,
        "units": 1.0,
        "seconds": 2.0,
        "jobs": 0,
    }
    assert told["price_as_of"] == "2026-02-01"


def test_money_is_the_units_times_their_price():
    dear = PRICES.model_copy(
        update={"vendors": {"zoho": PRICES.vendors["zoho"].model_copy(update={"usd_per_unit": 0.5})}}
    )
    assert forecast([row(number) for number in range(20)], dear, vendor="zoho").usd == 1.0
