from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from pipeline.models import Outcome, PlanRow
from pipeline.planning.states import EVENTS, STATES, TRANSITIONS, IllegalTransition, after
from resources.ledger import Ledger

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", EVENTS)
def test_only_the_transitions_of_the_table_exist(state, event):
    if (state, event) in TRANSITIONS:
        assert after(state, event) in STATES
    else:
        with pytest.raises(IllegalTransition, match=f"{state} cannot {event}"):
            after(state, event)


def test_confirmed_and_superseded_are_final():
    assert {state for state, _ in TRANSITIONS} == {"planned", "claimed", "sent", "rejected"}


class Intents(RuleBasedStateMachine):
    """The ledger against a dictionary: every event on every intent, legal or not."""

    known = Bundle("known")

    @initialize()
    def open(self):
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name) / 'ledger.db'}"
        self.ledger = Ledger.open(url, clock=lambda: NOW)
        self.model = {}
        self.count = 0

    @rule(target=known)
    def plan(self):
        self.count += 1
        key = f"lf_{self.count}"
        row = PlanRow(
            vendor="zoho",
            object="Leads",
            record_id="1",
            person_key=key,
            action="update",
            field="Phone",
            new_value="1",
            reason="x",
        )
        plan_hash = self.ledger.save_plan("zoho", [row], as_of=NOW.date(), rules_version="r")
        for name, state in self.model.items():
            self.model[name] = "superseded" if state == "planned" else state
        (intent,) = self.ledger.plan_intents(plan_hash)
        self.model[intent.intent_id] = "planned"
        return intent

    @rule(intent=known, event=st.sampled_from(["claim", "send", "confirm", "reject", "release", "supersede"]))
    def move(self, intent, event):
        state = self.model[intent.intent_id]
        act = {
            "claim": lambda: self.ledger.claim([intent], owner="me"),
            "send": lambda: self.ledger.mark_sent([intent]),
            "confirm": lambda: self.ledger.settle([(intent, Outcome(status="confirmed", record_id="1"))]),
            "reject": lambda: self.ledger.settle([(intent, Outcome(status="rejected", code="X"))]),
            "release": lambda: self.ledger.release([intent], "absent"),
            "supersede": lambda: self.ledger.supersede([intent], "newer"),
        }[event]
        if (state, event) in TRANSITIONS:
            act()
            self.model[intent.intent_id] = TRANSITIONS[state, event]
        else:
            with pytest.raises(IllegalTransition):
                act()

    @invariant()
    def ledger_and_model_agree(self):
        states = {row["intent_id"]: row["state"] for row in self.ledger.intents("zoho")}
        assert states == self.model
        doubted = {intent.intent_id for intent, _ in self.ledger.in_doubt("zoho")}
        assert doubted == {name for name, state in self.model.items() if state in {"claimed", "sent"}}

    def teardown(self):
        self.ledger.close()
        self.folder.cleanup()


TestIntents = Intents.TestCase
TestIntents.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
