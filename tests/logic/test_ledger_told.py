"""What no plan asked for is a change like all others, and no write is a change twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.models import Outcome
from pipeline.planning.plans import group
from resources.ledger import Ledger
from resources.ledger.told import NO_PLAN, REASON, Told
from tests.logic.test_ledger import DAY, START, Clock, row


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", clock=Clock())
    yield opened
    opened.close()


def optout(key="lf_1", record_id="77", **changes):
    told = {"action": "set_optout", "field": "Email_Opt_Out", "old_value": False, "value": True, "lane": "optout"}
    return row(key=key, record_id=record_id, **{**told, "reason": "opted out of email", **changes})


def grouped(*rows):
    return group(rows, [0] * len(rows), NO_PLAN)


def confirm(ledger, intents):
    sent = ledger.mark_sent(ledger.claim(intents, owner="me", run_id="run").intents)
    ledger.settle([(intent, Outcome(status="confirmed", record_id=intent.record_id)) for intent in sent])


def test_an_opt_out_without_a_plan_is_told_with_what_was_there_before_and_why(ledger):
    rows = [optout()]
    found = grouped(*rows)
    Told(ledger.store).remember(rows, found)
    Told(ledger.store).remember(rows, found)
    confirm(ledger, ledger.add_intents([item.intent for item in found]))
    (change,) = ledger.changes(workspace="w")
    assert (change["plan_hash"], change["run_id"], change["action"], change["state"]) == (
        *(None, "run", "set_optout"),
        "confirmed",
    )
    assert (change["field"], change["old_value"], change["new_value"]) == ("Email_Opt_Out", "false", "true")
    assert (change["reason"], change["record_id"], change["workspace"]) == ("opted out of email", "77", "w")


def test_one_of_which_nothing_was_kept_is_told_as_it_was_sent(ledger):
    found = grouped(optout())
    confirm(ledger, ledger.add_intents([item.intent for item in found]))
    (change,) = ledger.changes()
    assert (change["old_value"], change["new_value"], change["reason"]) == (None, "true", REASON)


def test_what_was_told_is_looked_at_again_when_it_moves_and_only_then(ledger):
    rows = [optout()]
    found = grouped(*rows)
    Told(ledger.store).remember(rows, found)
    intents = ledger.add_intents([item.intent for item in found])
    assert ledger.changed_plans(START) == [NO_PLAN]
    confirm(ledger, intents)
    assert ledger.changed_plans(ledger.now() + timedelta(1)) == []
    assert ledger.changes(of=[]) == []
    assert len(ledger.changes(of=[NO_PLAN])) == 1


def test_several_opt_outs_are_told_once_each(ledger):
    for keys in (("1", "2"), ("2", "3")):
        rows = [optout(f"lf_{key}", key) for key in keys]
        found = grouped(*rows)
        Told(ledger.store).remember(rows, found)
        ledger.add_intents([item.intent for item in found])
    assert sorted(change["person_key"] for change in ledger.changes()) == ["lf_1", "lf_2", "lf_3"]
    assert {change["state"] for change in ledger.changes()} == {"planned"}


def test_a_look_up_that_is_paid_for_is_no_change(ledger):
    rows = [row(action="enrich", field="id", value="a1", vendor="apollo", object="people")]
    ledger.add_intents([item.intent for item in grouped(*rows)])
    assert ledger.changes() == []
    assert ledger.changed_plans(START) == []


def test_a_write_that_two_plans_asked_for_is_a_change_of_the_one_it_was_sent_under(ledger):
    first, second = row(), row(key="lf_2", value="Sand")
    plans = [ledger.save_plan("zoho", rows, as_of=DAY, rules_version="r1") for rows in ([first], [first, second])]
    for plan in plans:
        ledger.plan_intents(plan)
    confirm(ledger, ledger.planned_intents(plans[1]))
    mine = [change for change in ledger.changes() if change["person_key"] == "lf_1"]
    assert [(change["plan_hash"], change["state"]) for change in mine] == [(plans[0], "held"), (plans[1], "confirmed")]
    assert mine[0]["settled_at"] is None
    assert mine[1]["settled_at"] is not None


def test_texts_about_people_leave_what_was_told_by_age(ledger):
    rows = [optout(field="dndSettings", old_value=None, value={"Email": {"message": "asked by phone"}})]
    found = grouped(*rows)
    Told(ledger.store).remember(rows, found)
    confirm(ledger, ledger.add_intents([item.intent for item in found]))
    ledger.record_readbacks([item.intent for item in found], [], [])
    ledger.prune(ledger.now() + timedelta(1))
    held = ledger.old_values([found[0].intent.intent_id])
    with ledger.store.read() as connection:
        text = str(connection.exec_driver_sql("SELECT fields FROM plan_records").scalar())
    assert (held, "asked" in text) == ({found[0].intent.intent_id: {"dndSettings": None}}, False)
