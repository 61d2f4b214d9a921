"""Blast radius: each limit fires one beyond its number, and not on it; what it says holds the number and the limit."""

from __future__ import annotations

import pytest

from pipeline.errors import ConfigurationError
from pipeline.mapping import load
from pipeline.models import PlanRow
from pipeline.planning.blast import BlastRadius, problems
from pipeline.planning.capabilities import Capabilities
from pipeline.planning.cost import Prices, forecast
from pipeline.planning.gates import Gates, judge
from pipeline.rules import packaged, parse

PRICES = parse(Prices, "prices", packaged())
GATES = parse(Gates, "gates", packaged())
ZOHO = load("zoho", packaged())
NONE = {
    "max_inserts": 0,
    "max_conversions": 0,
    "overwritten_share": 1.0,
    "overwritten_at_least": 0,
    "max_cleared": 10**6,
}


def limits(**changes):
    return BlastRadius.model_validate({**NONE, **changes})


def row(number, action="update", **changes):
    told = {
        "vendor": "zoho",
        "object": "Leads",
        "record_id": None if action == "insert" else str(number),
        "person_key": f"lf_{number}",
        "field": "City",
        "old_value": "Bonn",
        "new_value": "Ulm",
        "policy": "merge",
        "reason": "x",
    }
    return PlanRow(**{**told, "action": action, **changes})


def told(rows, allowed, *, records=1000, sources=None):
    return problems(rows, allowed, records=records, sources=sources or {})


def many(count, action="update", **changes):
    return [row(number, action, **changes) for number in range(count)]


@pytest.mark.parametrize(
    ("allowed", "at_limit", "beyond", "sentence"),
    [
        (
            limits(max_inserts=3),
            many(3, "insert"),
            many(4, "insert"),
            "4 records would be created, the limit is 3",
        ),
        (
            limits(max_conversions=2),
            many(2, "convert", field=None),
            many(3, "convert", field=None),
            "3 leads would be converted, the limit is 2",
        ),
        (
            limits(changed_share=0.1, changed_at_least=0),
            many(100, old_value=None),
            many(101, old_value=None),
            "101 (10.1%) of the 1,000 records would be changed, the limit is 10%",
        ),
        (
            limits(overwritten_share=0.1),
            many(100),
            many(101),
            "101 (10.1%) of the 1,000 records would have values of people replaced, the limit is 10%",
        ),
        (
            limits(max_cleared=5),
            many(5, new_value=None),
            many(6, new_value=None),
            "6 fields would be emptied, the limit is 5",
        ),
        (
            limits(cleared_share=0.02, cleared_at_least=0),
            many(20, new_value=""),
            many(21, new_value=""),
            "21 (2.1%) of the 1,000 records would have fields emptied, the limit is 2%",
        ),
    ],
)
def test_a_limit_holds_up_to_its_number_and_closes_one_beyond(allowed, at_limit, beyond, sentence):
    assert told(at_limit, allowed) == []
    assert told(beyond, allowed) == [sentence]


@pytest.mark.parametrize("name", ["changed", "overwritten", "cleared"])
def test_a_few_records_are_never_too_many_of_a_small_crm(name):
    allowed = limits(**{f"{name}_share": 0.1, f"{name}_at_least": 5})
    new = None if name == "cleared" else "Ulm"
    assert told(many(5, new_value=new), allowed, records=6) == []
    assert len(told(many(6, new_value=new), allowed, records=6)) == 1


def test_two_fields_of_one_record_are_one_record_and_two_emptied_fields():
    rows = [row(1, new_value=None), row(1, field="State", new_value=None)]
    assert told(rows, limits(max_cleared=1)) == ["2 fields would be emptied, the limit is 1"]
    assert told(rows, limits(changed_share=0.1, changed_at_least=0), records=10) == []


def test_fields_that_are_ours_alone_may_change_everywhere():
    scored = many(1000, policy="ours", field="Engagement", old_value=1, new_value=2)
    allowed = limits(changed_share=0, changed_at_least=0, overwritten_share=0)
    assert told(scored, allowed) == []
    assert len(told(many(1), allowed)) == 2


ORDER = {"Deals": {"Stage": ("Qualification", "Proposal", "Closed Won")}}


@pytest.mark.parametrize(
    ("old", "new", "is_back"),
    [
        ("Qualification", "Proposal", False),
        ("Proposal", "Proposal", False),
        ("Proposal", "Qualification", True),
        ("closed won", "PROPOSAL", True),
        ("Proposal", None, True),
        ("Qualification", None, True),
        (None, "Qualification", False),
        ("Frozen", "Qualification", False),
        ("Proposal", "Frozen", False),
    ],
)
def test_a_stage_moves_backwards_by_the_order_of_the_rule(old, new, is_back):
    stage = row(1, object="Deals", field="Stage", old_value=old, new_value=new)
    found = told([stage], limits(stages=ORDER))
    assert found == (["1 stages would move backwards (1 in Deals.Stage), the limit is 0"] if is_back else [])
    assert told([stage], limits(stages=ORDER, max_backwards=1)) == []


def test_a_stage_of_another_object_or_field_is_not_judged():
    elsewhere = [row(1, object="Leads", field="Stage", old_value="Proposal", new_value="Qualification")]
    elsewhere += [row(1, object="Deals", field="Name", old_value="Proposal", new_value="Qualification")]
    assert told(elsewhere, limits(stages=ORDER)) == []


@pytest.mark.parametrize(
    ("now", "before", "sentence"),
    [
        (0, 20, "the source apollo is empty, it had 20 records when we wrote last"),
        (0, 19, None),
        (0, 0, None),
        (49, 100, "the source apollo shrank from 100 to 49 records: 49% are left, the limit is 50%"),
        (50, 100, None),
        (9, 19, None),
        (5000, 100, None),
    ],
)
def test_a_source_that_shrank_or_is_empty_closes_the_gate(now, before, sentence):
    allowed = limits(source_share=0.5, source_at_least=20)
    assert told([], allowed, sources={"apollo": (now, before)}) == ([sentence] if sentence else [])
    accepted = limits(source_share=0.5, source_at_least=20, smaller_sources=["apollo"])
    assert told([], accepted, sources={"apollo": (now, before)}) == []


def test_a_gate_names_everything_that_is_too_much():
    found = told(many(3, "insert") + many(1, new_value=None), limits(max_cleared=0), sources={"salesnav": (0, 30)})
    assert [sentence.split(",")[0] for sentence in found] == [
        "3 records would be created",
        "1 fields would be emptied",
        "the source salesnav is empty",
    ]


def test_a_stage_named_twice_is_refused_by_name():
    texts = {**packaged(), "gates": packaged()["gates"].replace("Needs Analysis", "qualification")}
    with pytest.raises(ConfigurationError, match=r"gates\.yaml.*Deals\.Stage names qualification twice"):
        parse(Gates, "gates", texts)


def judged(rows, **changes):
    cost = forecast(rows, PRICES, vendor="zoho")
    given = {"suppressed": {}, "records": 1000, "forecast": cost, "units_left": None, "mapping": ZOHO}
    found = judge(rows, GATES, **{**given, "capabilities": Capabilities(), **changes})
    return {verdict.check: verdict for verdict in found}


def test_the_opt_out_lane_is_exempt_from_every_limit():
    rows = [row(number, "set_optout", lane="optout", new_value=True) for number in range(1000)]
    assert judged(rows)["gate__blast_radius"].is_passed


def test_an_undo_has_limits_of_its_own():
    emptied = many(100, new_value=None)
    assert not judged(emptied)["gate__blast_radius"].is_passed
    assert judged(emptied, is_undo=True)["gate__blast_radius"].is_passed
    assert not judged(many(1, "insert"), is_undo=True)["gate__blast_radius"].is_passed


@pytest.mark.parametrize(
    ("left", "whole", "is_passed", "words"),
    [
        (None, None, True, "the plan needs 10 zoho credits; how many are left is not known"),
        (12, 1000, True, "the plan needs 10 zoho credits; 11 of the 12 that are left may be used"),
        (11, 1000, False, "the plan needs 10 zoho credits; only 10 of the 11 that are left may be used"),
        (0, 1000, False, "only 0 of the 0 that are left may be used (10% stay for people and other apps)"),
        (3, 11, True, "more than a whole day allows: it goes in parts"),
        (3, 12, False, "only 3 of the 3"),
    ],
)
def test_the_quota_gate_tells_need_rest_and_reserve(left, whole, is_passed, words):
    verdict = judged(many(100, "insert"), units_left=left, units_per_window=whole)["gate__quota"]
    assert (verdict.is_passed, words in verdict.detail) == (is_passed, True), verdict.detail


def test_a_verdict_on_suppression_counts_the_people():
    verdict = judged(many(2), suppressed={"lf_0": "opted out", "lf_9": "opted out"})["gate__suppression"]
    assert (verdict.is_passed, verdict.detail) == (False, "1 people who are held back are in the plan: lf_0")
