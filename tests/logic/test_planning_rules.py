from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.errors import ConfigurationError
from pipeline.limits import Limits
from pipeline.mapping import desired_values, load
from pipeline.models import Intent, PlanRow, Sighting
from pipeline.planning.capabilities import Capabilities, FieldFact
from pipeline.planning.cost import Prices, forecast
from pipeline.planning.gates import GATE_CHECKS, Gates, is_within_limits, judge, missing_fields
from pipeline.planning.owners import Owners, owner_of
from pipeline.planning.settle import decide
from pipeline.rules import packaged, parse

PRICES = parse(Prices, "prices", packaged())
GATES = parse(Gates, "gates", packaged())
ZOHO = load("zoho", packaged())
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def row(number, action="insert", **changes):
    told = {
        "vendor": "zoho",
        "object": "Leads",
        "record_id": None,
        "person_key": f"lf_{number}",
        "reason": "x",
    }
    return PlanRow(**{**told, "action": action, "field": "Last_Name", "new_value": "x", **changes})


def verdicts(rows, **changes):
    cost = forecast(rows, PRICES, vendor="zoho")
    told = {"suppressed": {}, "records": 1000, "forecast": cost, "units_left": None, "mapping": ZOHO}
    found = judge(rows, GATES, **{**told, "capabilities": Capabilities(), **changes})
    assert tuple(verdict.check for verdict in found) == GATE_CHECKS
    return {verdict.check: verdict.is_passed for verdict in found}


def test_a_plan_costs_credits_per_ten_records_and_five_per_conversion():
    rows = [row(number) for number in range(150)]
    rows += [row(number, "convert", field=None, record_id=str(number), new_value={}) for number in range(2)]
    cost = forecast(rows, PRICES, vendor="zoho")
    assert (cost.units, cost.calls) == (15 + 10, 2 + 2)
    assert cost.records == {"insert": 150, "convert": 2}


def test_skips_and_holds_are_free():
    assert forecast([row(1, "skip"), row(2, "hold")], PRICES, vendor="ghl").calls == 0


def test_within_limits_is_about_records_and_money():
    assert is_within_limits(forecast([row(1)], PRICES, vendor="zoho"), GATES)
    many = [row(number) for number in range(501)]
    assert not is_within_limits(forecast(many, PRICES, vendor="zoho"), GATES)


def test_a_suppressed_person_in_the_normal_lane_closes_the_gate():
    assert not verdicts([row(1)], suppressed={"lf_1": "opted out"})["gate__suppression"]
    optout = row(1, "set_optout", lane="optout")
    assert verdicts([optout, row(1, "hold")], suppressed={"lf_1": "opted out"})["gate__suppression"]


def test_overwriting_many_values_of_people_closes_the_gate_but_our_scores_do_not():
    changed = [row(n, "update", record_id=str(n), old_value="a", policy="merge") for n in range(400)]
    scored = [row(n, "update", record_id=str(n), old_value="a", policy="ours") for n in range(400)]
    assert not verdicts(changed)["gate__blast_radius"]
    assert verdicts(scored)["gate__blast_radius"]
    assert verdicts(changed[:50], records=50)["gate__blast_radius"]


def test_too_many_new_records_close_the_gate():
    assert not verdicts([row(number) for number in range(20001)])["gate__blast_radius"]


def test_a_budget_that_does_not_reach_closes_the_gate():
    rows = [row(number) for number in range(100)]
    assert verdicts(rows, units_left=12)["gate__quota"]
    assert not verdicts(rows, units_left=11)["gate__quota"]


def test_a_missing_required_field_closes_the_gate_and_another_is_reported():
    names = [name for name in ZOHO.objects["Leads"].fields if name not in {"Engagement", "Leadflow_ID"}]
    live = Capabilities({"Leads": {name: FieldFact(name=name) for name in names}})
    assert missing_fields(ZOHO, live) == [("Leads", "Leadflow_ID"), ("Leads", "Engagement")]
    assert not verdicts([], capabilities=live)["gate__fields"]
    keyed = Capabilities({"Leads": {name: FieldFact(name=name) for name in [*names, "Leadflow_ID"]}})
    assert verdicts([], capabilities=keyed)["gate__fields"]


def test_owners_take_turns_by_key_and_inactive_ones_are_passed_over():
    rule = Owners.model_validate(
        {
            "territories": [{"column": "country", "values": ["Germany"], "owners": ["A@x.io", "gone@x.io"]}],
            "otherwise": ["b@x.io", "c@x.io"],
        }
    )
    users = {"a@x.io": "1", "b@x.io": "2", "c@x.io": "3"}
    assert owner_of({"person_key": "k", "country": "germany"}, rule, users) == "1"
    others = {owner_of({"person_key": f"k{n}", "country": None}, rule, users) for n in range(20)}
    assert others == {"2", "3"}
    assert owner_of({"person_key": "k"}, parse(Owners, "owners", packaged()), users) is None


def test_absence_is_believed_after_two_minutes():
    assert parse(Limits, "limits", packaged()).horizons.single_call_seconds == 120


def test_a_mapping_names_the_column_it_does_not_know():
    texts = {**packaged(), "mappings/zoho": packaged()["mappings/zoho"].replace("from: title", "from: job")}
    with pytest.raises(ConfigurationError, match=r"mappings/zoho\.yaml.*job"):
        load("zoho", texts)


def test_the_key_field_can_have_another_name():
    renamed = load("zoho", packaged(), key_field="Our_Key")
    assert desired_values({"person_key": "k"}, renamed)["Our_Key"] == "k"
    assert "Leadflow_ID" not in renamed.objects["Accounts"].fields


def test_countries_become_codes_and_unknown_ones_are_left_out():
    ghl = load("ghl", packaged())
    assert desired_values({"country": "Norway"}, ghl)["country"] == "NO"
    assert desired_values({"country": "Atlantis"}, ghl)["country"] is None


def intent(operation, payload, **changes):
    told = {"intent_id": "i", "vendor": "zoho", "object": "Leads", "person_key": "k", "record_id": "1"}
    return Intent(**{**told, "operation": operation, "payload": payload, **changes})


@pytest.mark.parametrize(
    ("operation", "payload", "sighting", "age", "verdict"),
    [
        ("insert", {"a": 1}, Sighting(found=True, record_id="1"), SECOND, "confirmed"),
        ("insert", {"a": 1}, Sighting(found=False), SECOND, "wait"),
        ("insert", {"a": 1}, Sighting(found=False), HOUR, "retry"),
        ("insert", {"a": 1}, Sighting(found=None), HOUR, "wait"),
        ("update", {"a": "x"}, Sighting(found=True, values={"a": "x "}), SECOND, "confirmed"),
        ("update", {"a": "x"}, Sighting(found=True, values={"a": "y"}), SECOND, "wait"),
        ("update", {"a": "x"}, Sighting(found=True, values={"a": "y"}), HOUR, "retry"),
        ("update", {"a": "x"}, Sighting(found=False), HOUR, "gone"),
        (
            "update",
            {"o": {"id": "1"}},
            Sighting(found=True, values={"o": {"id": "1", "name": "A"}}),
            SECOND,
            "confirmed",
        ),
        (
            "add_tags",
            {"tags": ["lf-a"]},
            Sighting(found=True, values={"Tag": [{"name": "lf-a"}]}),
            SECOND,
            "confirmed",
        ),
        ("add_tags", {"tags": ["lf-a"]}, Sighting(found=True, values={"Tag": []}), HOUR, "retry"),
        (
            "remove_tags",
            {"tags": ["lf-a"]},
            Sighting(found=True, values={"tags": ["vip"]}),
            SECOND,
            "confirmed",
        ),
        ("remove_tags", {"tags": ["lf-a"]}, Sighting(found=True, values={"tags": ["lf-a"]}), HOUR, "retry"),
        (
            "set_optout",
            {"Email_Opt_Out": True},
            Sighting(found=True, values={"Email_Opt_Out": True}),
            SECOND,
            "confirmed",
        ),
        (
            "set_optout",
            {"Email_Opt_Out": True},
            Sighting(found=True, values={"Email_Opt_Out": False}),
            HOUR,
            "retry",
        ),
        ("convert", {}, Sighting(found=True, object="Contacts", record_id="9"), SECOND, "confirmed"),
        ("convert", {}, Sighting(found=True, object="Leads"), HOUR, "retry"),
        ("convert", {}, Sighting(found=False), HOUR, "gone"),
    ],
)
def test_a_lost_answer_is_settled_by_what_the_vendor_shows(operation, payload, sighting, age, verdict):
    assert decide(intent(operation, payload), sighting, age, timedelta(minutes=2)) == verdict
