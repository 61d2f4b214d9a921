"""Drafts: a plan that is taken in part by part is the plan that is taken in at once."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.models import PlanRow
from pipeline.planning.cost import Bill, Prices, forecast
from pipeline.rules import packaged, parse
from resources.ledger import Ledger
from resources.ledger.drafts import AT_ONCE, Draft

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PRICES = parse(Prices, "prices", packaged())
DAY = NOON.date()


def row(number, field="City", action="insert", lane="normal", value="Ulm"):
    return PlanRow(
        lane=lane,
        vendor="zoho",
        object="Leads",
        record_id=None if action == "insert" else str(number),
        person_key=f"lf_{number}",
        action=action,
        field=field,
        new_value=value,
        reason="x",
    )


PEOPLE = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["City", "Phone", "Company"]),
            st.sampled_from(["insert", "update", "add_tags", "skip", "set_optout"]),
            st.sampled_from([["a"], ["b", "c\nd"]]),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda told: told[:2],
    ),
    max_size=8,
)


def rows_of(people):
    return [
        [
            row(number, field, action, "optout" if action == "set_optout" else "normal", value)
            for field, action, value in fields
        ]
        for number, fields in enumerate(people)
    ]


@given(PEOPLE)
def test_a_plan_taken_in_person_by_person_is_the_plan_taken_in_at_once(people):
    parts = rows_of(people)
    whole = sorted((one for part in parts for one in part), key=lambda one: one.lane == "normal")
    at_once, by_person = Draft("zoho", {}), Draft("zoho", {})
    at_once.add(whole)
    for part in parts:
        by_person.add(part)
    assert by_person.whole_hash("r") == at_once.whole_hash("r")
    assert by_person.normal_hash("r") == at_once.normal_hash("r")
    assert list(by_person.records("h")) == list(at_once.records("h"))


@given(PEOPLE)
def test_what_a_plan_costs_does_not_depend_on_how_it_is_added_up(people):
    parts = rows_of(people)
    bill = Bill()
    for part in parts:
        bill.add(part)
    told = bill.forecast(PRICES, vendor="zoho")
    whole = forecast([one for part in parts for one in part], PRICES, vendor="zoho")
    assert told == whole


def test_many_records_come_back_as_they_were_planned_opt_outs_first(tmp_path):
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", clock=lambda: NOON)
    draft = ledger.draft("zoho")
    normal = [row(number, field) for number in range(AT_ONCE + 3) for field in ("City", "Phone")]
    refused = [row(7, "Email_Opt_Out", "set_optout", "optout", True)]
    draft.add(normal)
    draft.add(refused)
    plan_hash = ledger.keep_plan(draft, as_of=DAY, rules_version="r")
    assert list(ledger.plan(plan_hash).rows) == [*refused, *normal]
    assert plan_hash == ledger.save_plan("zoho", [*refused, *normal], as_of=DAY, rules_version="r")
    ledger.close()


def test_an_empty_draft_is_a_plan_without_rows(tmp_path):
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", clock=lambda: NOON)
    plan_hash = ledger.keep_plan(ledger.draft("zoho"), as_of=DAY, rules_version="r")
    assert ledger.plan(plan_hash).rows == ()
    ledger.close()
