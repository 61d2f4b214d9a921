from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from pipeline import catalogue
from pipeline.errors import WorkspaceMismatch
from pipeline.identity.keys import KeyDecision
from pipeline.models import Outcome, PlanRow
from pipeline.planning.states import IllegalTransition
from resources.ledger import Ledger
from resources.ledger.bases import LOCKED_AFTER, Base
from resources.ledger.overview import Overview
from resources.ledger.plans import UnknownPlan
from resources.ledger.readbacks import Reading
from resources.ledger.schema import charges
from resources.ledger.writes import intents as intents_table

DAY = date(2026, 11, 22)
START = datetime(2026, 11, 22, 7, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.at = START

    def __call__(self):
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def ledger(url):
    opened = Ledger.open(url, clock=Clock())
    yield opened
    opened.close()


def row(key="lf_1", action="insert", field="Last_Name", value="Berg", **changes):
    told = {"vendor": "zoho", "object": "Leads", "record_id": None, "reason": "not there yet"}
    return PlanRow(**{**told, "person_key": key, "action": action, "field": field, "new_value": value, **changes})


def save(ledger, rows, **changes):
    return ledger.save_plan("zoho", rows, **{"as_of": DAY, "rules_version": "r1", **changes})


def send(ledger, intents):
    return ledger.mark_sent(ledger.claim(intents, owner="me").intents)


def confirm(ledger, plan_hash, record_id="77"):
    sent = send(ledger, ledger.planned_intents(plan_hash))
    ledger.settle([(intent, Outcome(status="confirmed", record_id=record_id)) for intent in sent])
    return sent


def columns(name):
    return {column.name for column in catalogue.table(name).columns}


def test_migrations_give_exactly_the_declared_schema(ledger):
    with ledger.store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, intents_table.metadata) == []


def test_a_ledger_opened_again_is_the_same(url, ledger):
    ledger.stamp({"zgid": "1"})
    ledger.close()
    assert Ledger.open(url, clock=Clock()).fingerprint() == {"zgid": "1"}


def test_commits_survive_a_power_cut(ledger, url):
    with ledger.store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_another_organisation_is_refused_and_both_are_named(ledger):
    ledger.stamp({"environment": "sandbox", "zgid": "1"})
    ledger.stamp({"environment": "sandbox", "zgid": "1", "location": "L"})
    with pytest.raises(WorkspaceMismatch, match=r"'1' here, '2' now"):
        ledger.stamp({"zgid": "2", "location": "L"})
    assert ledger.fingerprint()["location"] == "L"


def test_runs_and_the_latest_business_day(ledger):
    assert ledger.last_as_of() is None
    ledger.begin_run("r1", as_of=DAY, kind="run")
    ledger.end_run("r1", "done", {"rows": 3})
    ledger.begin_run("r2", as_of=date(2026, 11, 23), kind="run")
    assert ledger.last_as_of() == DAY
    assert [(run["run_id"], run["status"]) for run in ledger.runs()] == [("r2", "running"), ("r1", "done")]
    assert ledger.runs()[1]["summary"] == {"rows": 3}


def test_keys_are_kept_and_redirects_followed_in_the_id_map(ledger):
    one, two = ("apollo", "a"), ("salesnav", "b")
    ledger.record_keys("people", KeyDecision(assigned={one: "lf_1", two: "lf_2"}, born={"lf_1": one, "lf_2": two}))
    born = ledger.known_keys("people").born["lf_1"]
    assert ledger.recognise("zoho", "lf_2", "Leads", "9")
    ledger.record_keys("people", KeyDecision(assigned={one: "lf_1", two: "lf_1"}, redirects={"lf_2": "lf_1"}))
    known = ledger.known_keys("people")
    assert known.members == {one: "lf_1", two: "lf_1"}
    assert known.redirects == {"lf_2": "lf_1"}
    assert known.born["lf_1"] == born
    assert ledger.id_map("zoho") == {"lf_1": ("Leads", "9")}
    assert ledger.known_keys("companies").members == {}
    assert ledger.redirected("people").living("lf_2") == "lf_1"
    assert ledger.redirected("companies").redirects == {}


def test_keys_recorded_with_what_they_were_decided_of_are_those_recorded_without(ledger):
    one, two = ("apollo", "a"), ("salesnav", "b")
    ledger.record_keys("people", KeyDecision(assigned={one: "lf_1"}, born={"lf_1": one}))
    known = ledger.known_keys("people")
    later = KeyDecision(assigned={one: "lf_1", two: "lf_1"}, born={"lf_1": one})
    ledger.record_keys("people", later, known=known)
    assert ledger.known_keys("people").members == {one: "lf_1", two: "lf_1"}
    assert ledger.known_keys("people").born == known.born


def test_a_record_of_somebody_else_is_not_recognised(ledger):
    assert ledger.recognise("zoho", "lf_1", "Leads", "9")
    assert not ledger.recognise("zoho", "lf_2", "Leads", "9")
    assert not ledger.recognise("zoho", "lf_1", "Leads", "10")


def test_equal_plans_have_equal_hashes_whatever_the_day_and_order(ledger):
    rows = [row("lf_1"), row("lf_2")]
    first = save(ledger, rows)
    assert save(ledger, rows[::-1], as_of=date(2026, 12, 1)) == first
    assert save(ledger, rows, rules_version="r2") != first
    assert save(ledger, rows[:1]) != first


def test_an_applied_plan_that_is_wanted_again_is_a_new_revision(ledger):
    rows = [row(action="hold", field=None, value=None)]
    first = save(ledger, rows)
    ledger.mark_applied(first)
    second = save(ledger, rows)
    assert second != first
    assert ledger.plan(second).revision == 2


def test_a_confirmed_write_makes_the_same_change_another_plan(ledger):
    first = save(ledger, [row()])
    ledger.plan_intents(first)
    confirm(ledger, first)
    assert save(ledger, [row()]) != first


def test_a_plan_is_found_by_the_start_of_its_hash(ledger):
    plan_hash = save(ledger, [row(value={"a": [1, None]})], summary={"inserts": 1})
    plan = ledger.plan(plan_hash[:8])
    assert plan.rows == (row(value={"a": [1, None]}),)
    assert plan.summary == {"inserts": 1}
    with pytest.raises(UnknownPlan):
        ledger.plan("ffffffff")
    with pytest.raises(UnknownPlan):
        ledger.plan("")


def test_verdicts_belong_to_one_hash_and_the_latest_counts(ledger):
    first, second = save(ledger, [row()]), save(ledger, [row("lf_2")])
    ledger.record_verdict(first, "gate__quota", False, "too much")
    ledger.record_verdict(first, "gate__quota", True, "")
    assert ledger.verdicts(first) == {"gate__quota": True}
    assert ledger.verdicts(second) == {}


def test_fields_of_one_record_are_one_intent(ledger):
    rows = [row(), row(field="Email", value="a@x.io"), row(action="add_tags", field="Tag", value=["lf-a"])]
    insert, tags = ledger.plan_intents(save(ledger, rows))
    assert insert.payload == {"Last_Name": "Berg", "Email": "a@x.io"}
    assert (tags.operation, tags.payload) == ("add_tags", {"tags": ["lf-a"]})


def test_creating_the_intents_of_a_plan_again_changes_nothing(ledger):
    plan_hash = save(ledger, [row()])
    first = ledger.plan_intents(plan_hash)
    assert ledger.plan_intents(plan_hash) == first
    confirm(ledger, plan_hash)
    (again,) = ledger.plan_intents(plan_hash)
    assert (again.intent_id, again.state) == (first[0].intent_id, "confirmed")


def test_opt_outs_come_first_then_inserts_then_tags_then_conversions(ledger):
    rows = [
        row(action="convert", field=None, value={}, record_id="1"),
        row(action="add_tags", field="Tag", value=["lf-a"], record_id="1"),
        row("lf_2"),
        row("lf_3", "set_optout", "Email_Opt_Out", value=True, record_id="3", lane="optout"),
    ]
    assert [intent.operation for intent in ledger.plan_intents(save(ledger, rows))] == [
        "set_optout",
        "insert",
        "add_tags",
        "convert",
    ]


def test_a_newer_plan_supersedes_what_was_not_sent_and_takes_over_what_is_the_same(ledger):
    first = save(ledger, [row("lf_1"), row("lf_2")])
    ledger.plan_intents(first)
    second = save(ledger, [row("lf_2"), row("lf_3")])
    ledger.plan_intents(second)
    states = {(item["person_key"], item["state"], item["plan_hash"]) for item in ledger.intents("zoho")}
    assert states == {("lf_1", "superseded", first), ("lf_2", "planned", second), ("lf_3", "planned", second)}


def test_a_plan_that_is_wanted_again_after_being_superseded_is_sent(ledger):
    first = save(ledger, [row("lf_1")])
    ledger.plan_intents(first)
    ledger.plan_intents(save(ledger, [row("lf_2")]))
    assert save(ledger, [row("lf_1")]) == first
    (intent,) = ledger.plan_intents(first)
    assert (intent.state, intent.attempt) == ("planned", 2)


def test_a_refused_write_is_tried_again_only_when_payload_or_metadata_changed(ledger):
    first = save(ledger, [row()])
    (sent,) = send(ledger, ledger.plan_intents(first))
    ledger.settle([(sent, Outcome(status="rejected", code="INVALID_DATA", message="no"))])
    ledger.mark_applied(first)
    same = save(ledger, [row()])
    assert [intent.state for intent in ledger.plan_intents(same)] == ["rejected"]
    ledger.mark_applied(same)
    (changed,) = ledger.plan_intents(save(ledger, [row(value="Bergmann")]))
    assert (changed.state, changed.attempt) == ("planned", 1)
    (retried,) = ledger.plan_intents(save(ledger, [row()], metadata_version="m2"))
    assert (retried.intent_id, retried.state, retried.attempt) == (sent.intent_id, "planned", 2)


def test_two_inserts_of_one_key_are_never_under_way(ledger):
    first = ledger.plan_intents(save(ledger, [row()]))
    send(ledger, first)
    (second,) = [
        intent for intent in ledger.plan_intents(save(ledger, [row(value="Other")])) if intent.state == "planned"
    ]
    claimed = ledger.claim([second], owner="me")
    assert claimed.intents == []
    assert "asking the vendor" in claimed.refused[second.intent_id]


def test_a_key_that_has_a_record_is_not_inserted(ledger):
    (intent,) = ledger.plan_intents(save(ledger, [row()]))
    ledger.recognise("zoho", "lf_1", "Leads", "5")
    assert ledger.claim([intent], owner="me").intents == []


def test_a_claim_of_something_claimed_is_refused_whole(ledger):
    one, two = ledger.plan_intents(save(ledger, [row("lf_1"), row("lf_2")]))
    ledger.claim([one], owner="me")
    with pytest.raises(IllegalTransition):
        ledger.claim([one, two], owner="you")
    assert ledger.intent(two.intent_id).state == "planned"


def test_a_duplicate_that_the_vendor_names_is_recognised(ledger):
    (sent,) = send(ledger, ledger.plan_intents(save(ledger, [row()])))
    outcome = Outcome(status="rejected", code="DUPLICATE_DATA", record_id="88", answer={"code": "DUPLICATE_DATA"})
    assert ledger.settle([(sent, outcome)]) == 1
    assert ledger.id_map("zoho") == {"lf_1": ("Leads", "88")}
    (reject,) = ledger.rejects("zoho")
    assert set(reject) == columns("crm.zoho__rejects")
    assert reject["vendor_code"] == "DUPLICATE_DATA"


def test_a_conversion_moves_the_person_to_the_contact(ledger):
    plan_hash = save(ledger, [row(action="convert", field=None, value={"overwrite": False}, record_id="5")])
    ledger.plan_intents(plan_hash)
    (sent,) = send(ledger, ledger.planned_intents(plan_hash))
    ledger.settle([(sent, Outcome(status="confirmed", record_id="c1", related={"Accounts": "a1"}))])
    assert ledger.id_map("zoho") == {"lf_1": ("Contacts", "c1")}
    ledger.mark_carried("zoho", ["lf_1"], True)
    (conversion,) = ledger.conversions("zoho")
    assert set(conversion) == columns("crm.zoho__conversions")
    assert (conversion["lead_id"], conversion["contact_id"], conversion["account_id"]) == ("5", "c1", "a1")
    assert conversion["is_key_carried"]


def test_an_opt_out_on_a_second_record_does_not_move_the_person(ledger):
    ledger.recognise("zoho", "lf_1", "Contacts", "c1")
    rows = [row(action="set_optout", field="Email_Opt_Out", value=True, record_id="5", lane="optout")]
    plan_hash = save(ledger, rows)
    ledger.plan_intents(plan_hash)
    confirm(ledger, plan_hash, record_id="5")
    assert ledger.id_map("zoho") == {"lf_1": ("Contacts", "c1")}


def test_nobody_is_bought_twice(ledger):
    bought = ledger.begin_enrichment("apollo", ["a", "b", "c", "a"], owner="me")
    assert [intent.record_id for intent in bought] == ["a", "b", "c"]
    hit, miss, failed = bought
    ledger.settle(
        [
            (hit, Outcome(status="confirmed", record_id="a")),
            (miss, Outcome(status="rejected", code="miss")),
        ]
    )
    assert ledger.purchased("apollo") == {"a": "hit", "b": "miss", "c": "in_doubt"}
    assert ledger.begin_enrichment("apollo", ["a", "b", "c"], owner="me") == []
    ledger.settle([(failed, Outcome(status="not_sent"))])
    assert [intent.record_id for intent in ledger.begin_enrichment("apollo", ["a", "b", "c"], owner="me")] == ["c"]


def test_a_purchase_that_was_never_charged_can_be_made_again(ledger):
    lost = ledger.begin_enrichment("apollo", ["a"], owner="me")
    ledger.release(lost, "not charged", is_attempt=True)
    ledger.supersede(lost, "to be asked for again")
    (again,) = ledger.begin_enrichment("apollo", ["a"], owner="me")
    assert (again.record_id, again.attempt, again.intent_id != lost[0].intent_id) == ("a", 2, True)


def test_old_values_are_masked_when_pruned_and_young_ones_stay(ledger):
    old = save(ledger, [row(), row(field="Engagement", value=7)])
    ledger.plan_intents(old)
    (sent,) = send(ledger, ledger.planned_intents(old))
    ledger.settle([(sent, Outcome(status="rejected", code="X", answer={"who": "Berg"}))])
    young = save(ledger, [row("lf_2")])
    cut = ledger.plan(young).created_at + timedelta(seconds=1)
    assert ledger.prune(cut) == 1
    assert [item.new_value for item in ledger.plan(old).rows] == ["B***", 7]
    assert ledger.plan(young).rows[0].new_value == "Berg"
    (reject,) = ledger.rejects("zoho")
    assert "Berg" not in f"{reject['payload']}{reject['answer']}"
    assert ledger.prune(cut) == 0


def test_spend_rows_fit_the_published_table(ledger):
    ledger.record_spend("r1", "apollo", "apollo_credit", 3, unit_price_usd=0.5, purpose="enrich", outcome="hit")
    (charge,) = ledger.spend(workspace="w")
    assert set(charge) == columns("reports.spend")
    assert (charge["usd"], charge["workspace"]) == (1.5, "w")
    assert ledger.spent("r1") == {"apollo_credit": 3}


def test_cents_of_many_charges_add_up_to_what_the_published_tables_say(ledger):
    charge = {
        "vendor": "apollo",
        "unit": "apollo_credit",
        "quantity": 0.1,
        "usd": 0.025,
        "spent_at": START,
        "purpose": "",
    }
    with ledger.store.write() as connection:
        connection.execute(charges.insert(), [charge] * 1559)
    assert ledger.charged("apollo_credit") == (155.9, 38.975)
    assert Overview(ledger.store).spent_since() == {"apollo_credit": {"quantity": 155.9, "usd": 38.975}}


def test_a_pause_of_all_pauses_each(ledger):
    ledger.pause("all", "audit")
    assert ledger.paused("zoho") == "audit"
    ledger.resume("all")
    ledger.pause("ghl", "broken form")
    assert ledger.paused("zoho") is None
    assert ledger.paused("ghl") == "broken form"


def test_listings_have_the_columns_of_their_tables_and_mask_values(ledger):
    plan_hash = save(ledger, [row(), row("lf_2", "hold", None, None, reason="opted out")])
    ledger.plan_intents(plan_hash)
    (sent,) = confirm(ledger, plan_hash)
    reading = Reading(
        intent_id=sent.intent_id,
        object="Leads",
        record_id="77",
        field="Last_Name",
        sent="Berg",
        stored="Berg",
        landed="stored",
    )
    ledger.record_readbacks(
        [sent],
        [reading],
        [Base(object="Leads", record_id="77", field="Last_Name", sent="Berg", stored="Berg")],
    )
    assert {frozenset(item) for item in ledger.plan_rows(plan_hash)} == {frozenset(columns("crm.zoho__plan"))}
    (write,) = ledger.intents("zoho")
    assert set(write) == columns("crm.zoho__writes")
    assert (write["record_id"], write["is_in_doubt"]) == ("77", False)
    (field,) = ledger.readback("zoho")
    assert set(field) == columns("crm.zoho__readback")
    changes = ledger.changes(workspace="w")
    assert {frozenset(item) for item in changes} == {frozenset(columns("reports.changes"))}
    assert [(change["state"], change["landed"]) for change in changes] == [
        ("confirmed", "stored"),
        ("held", None),
    ]
    assert changes[0]["new_value"] == '"B***"'
    assert ledger.unread("zoho") == []
    assert ledger.bases("zoho") == {("Leads", "77"): {"Last_Name": ("Berg", "Berg")}}
    assert ledger.landed_counts(plan_hash) == {"stored": 1}


def test_a_field_is_locked_after_three_overwrites(ledger):
    ledger.record_base("zoho", "Leads", "1", "Engagement", sent=5, stored=5, times_overwritten=LOCKED_AFTER - 1)
    assert ledger.locked("zoho") == frozenset()
    ledger.record_base("zoho", "Leads", "1", "Engagement", sent=6, stored=6, times_overwritten=LOCKED_AFTER)
    assert ledger.locked("zoho") == {("Leads", "1", "Engagement")}


def test_a_backup_is_a_whole_ledger(ledger, tmp_path):
    ledger.stamp({"zgid": "1"})
    ledger.backup(tmp_path / "copies" / "ledger.db")
    copy = sqlite3.connect(tmp_path / "copies" / "ledger.db")
    assert copy.execute("SELECT value FROM workspace").fetchall() == [("1",)]
    copy.close()


def test_two_thousand_intents_are_planned_claimed_and_settled_in_bulk(ledger):
    plan_hash = save(ledger, [row(f"lf_{number}") for number in range(2000)])
    planned = ledger.plan_intents(plan_hash)
    for start in range(0, len(planned), 100):
        sent = send(ledger, planned[start : start + 100])
        ledger.settle([(intent, Outcome(status="confirmed", record_id=intent.person_key)) for intent in sent])
    assert ledger.writes("zoho") == {"planned": 0, "confirmed": 2000, "rejected": 0, "in_doubt": 0}
    assert len(ledger.id_map("zoho")) == 2000
