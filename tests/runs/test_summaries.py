"""Funnel, campaigns, costs and quality: what they count, and that history says what was so at the time."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assets.summaries import time_zone
from pipeline import quality, segments, sql
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from resources.session import Session

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUMMARIES = ("redirects", "funnel_daily", "campaigns", "costs", "quality")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Warehouse(tmp_path / "warehouse.duckdb").open() as opened:
        yield opened


def touch(session: Session, kind: str, *, key: str | None = "k1", at: datetime = NOON, **fields: Any) -> None:
    told = {"kind": kind, "person_key": key, "occurred_at": at, "occurred_day": at.date(), "is_human": True}
    known = {"touch_id": f"{kind}{key}{at:%d%H%M}", "vendor": "ghl", "vendor_id": f"{key}{at:%d}"}
    session.insert("reports.touches", [told | known | fields])


def filled(session: Session, zone: str = "UTC") -> None:
    for name in SUMMARIES:
        select = sql.statement(f"reports/{name}")
        values = {key: value for key, value in {"workspace": "w", "time_zone": zone}.items() if f"${key}" in select}
        session.replace(f"reports.{name}", select, values)


def offending(session: Session) -> list[str]:
    checks = [check for check in quality.checks() if check.table in {f"reports.{name}" for name in SUMMARIES}]
    return [check.name for check in checks if session.rows(check.select)]


def funnel(session: Session) -> dict[tuple[int, str], tuple[int, int]]:
    rows = session.rows("SELECT * FROM reports.funnel_daily")
    return {(row["funnel_day"].day, row["step"]): (row["people"], row["deals"]) for row in rows}


def test_summaries_of_nothing_are_empty_and_agree(session: Session) -> None:
    filled(session)
    assert [session.count(f"reports.{name}") for name in SUMMARIES] == [0] * 5
    assert offending(session) == []


def test_a_person_counts_once_per_step_on_the_day_they_first_reached_it(session: Session) -> None:
    for days in (3, 1):
        touch(session, "reply", at=NOON - timedelta(days=days))
    touch(session, "reply", key="k2", at=NOON, is_human=False)
    touch(session, "reply", key=None, at=NOON)
    filled(session)
    assert funnel(session) == {(19, "replied"): (1, 0)}
    assert offending(session) == []


def test_two_deals_of_one_person_are_one_person_and_two_deals(session: Session) -> None:
    touch(session, "won", at=NOON - timedelta(days=2), value=100.0)
    touch(session, "won", at=NOON, value=50.0)
    filled(session)
    found = funnel(session)
    assert (found[20, "won"], found[22, "won"]) == ((1, 1), (0, 1))
    assert session.value("SELECT sum(amount) FROM reports.funnel_daily") == 150.0
    assert offending(session) == []


def test_a_score_under_an_old_key_is_that_of_the_living_person(session: Session) -> None:
    session.insert("identity.people", [{"person_key": "new"}])
    session.insert("identity.redirects", [{"old_key": "old", "new_key": "new", "merged_at": NOON}])
    periods = [{"person_key": key, "valid_from": NOON, "grade": "A"} for key in ("old", "new")]
    session.insert("reports.score_history", periods)
    spent = {"vendor": "apollo", "unit": "apollo_credit", "quantity": 1.0, "usd": 0.1, "spent_day": NOON.date()}
    session.insert("reports.spend", [spent | {"person_key": key, "outcome": "hit"} for key in ("old", "new")])
    filled(session)
    assert funnel(session) == {(22, "qualified"): (1, 0)}
    assert session.rows("SELECT people, charges FROM reports.costs") == [{"people": 1, "charges": 2}]
    assert offending(session) == []


def test_a_day_is_a_day_in_the_zone_of_the_workspace(session: Session) -> None:
    late = datetime(2026, 11, 22, 3, tzinfo=UTC)  # the evening before in New York
    session.insert("reports.people", [{"person_key": "k", "first_source": "apollo", "first_seen_at": late}])
    place = {"context": '{"kind": "location"}', "fetched_at": NOON}
    session.insert("raw.ghl__metadata", [place | {"payload": '{"timezone": "America/New_York"}'}])
    zone = time_zone(session)
    filled(session, zone)
    assert zone == "America/New_York"
    assert funnel(session) == {(21, "sourced"): (1, 0)}


def test_a_zone_that_nobody_knows_is_utc(session: Session) -> None:
    assert time_zone(session) == "UTC"
    session.insert("raw.ghl__metadata", [{"context": '{"kind": "location"}', "payload": '{"timezone": "Mars/North"}'}])
    assert time_zone(session) == "UTC"


def test_a_message_belongs_to_the_campaign_of_the_enrolment_before_it(session: Session) -> None:
    touch(session, "sent", at=NOON - timedelta(hours=2))
    touch(session, "enrolled", at=NOON - timedelta(hours=1), campaign="lf-core")
    touch(session, "sent", at=NOON)
    touch(session, "sent", at=NOON + timedelta(minutes=1), campaign="newsletter")
    filled(session)
    names = "campaign, touches, touches_attributed, sent, people"
    assert session.rows(f"SELECT {names} FROM reports.campaigns ORDER BY campaign") == [
        dict(zip(names.split(", "), row, strict=True))
        for row in (("lf-core", 2, 1, 1, 1), ("newsletter", 1, 0, 1, 1), ("none", 1, 0, 1, 1))
    ]
    assert offending(session) == []


def test_a_cost_says_how_far_those_it_was_spent_on_have_come(session: Session) -> None:
    spent = {"vendor": "apollo", "unit": "apollo_credit", "search": "s", "purpose": "enrich", "spent_day": NOON.date()}
    spent |= {"spent_at": NOON - timedelta(hours=1)}
    rows = [spent | {"person_key": f"k{n}", "quantity": 1.0, "usd": 0.5, "outcome": "hit"} for n in range(3)]
    session.insert("reports.spend", [*rows, spent | {"quantity": 0.0, "usd": 0.0, "outcome": "miss"}])
    touch(session, "reply", key="k1")
    touch(session, "reply", key="stranger")
    filled(session)
    (row,) = session.rows("SELECT hits, misses, people, people_replied, usd FROM reports.costs")
    assert row == {"hits": 3, "misses": 1, "people": 3, "people_replied": 1, "usd": 1.5}
    assert offending(session) == []


def test_what_somebody_did_before_they_were_bought_is_no_fruit_of_it(session: Session) -> None:
    spent = {"vendor": "apollo", "unit": "apollo_credit", "quantity": 1.0, "usd": 0.5, "outcome": "hit"}
    spent |= {"spent_at": NOON, "spent_day": NOON.date(), "person_key": "k1"}
    session.insert("reports.spend", [spent])
    for kind in ("enrolled", "reply", "booked", "won"):
        touch(session, kind, at=NOON - timedelta(days=30))
    filled(session)
    told = "SELECT people_enrolled, people_replied, people_met, people_won FROM reports.costs"
    assert [tuple(row.values()) for row in session.rows(told)] == [(0, 0, 0, 0)]
    for kind in ("enrolled", "reply", "booked", "won"):
        touch(session, kind, at=NOON)
    filled(session)
    assert [tuple(row.values()) for row in session.rows(told)] == [(1, 1, 1, 1)]


def test_cents_add_up_to_cents(session: Session) -> None:
    spent = {"vendor": "apollo", "unit": "apollo_credit", "quantity": 1.0, "usd": 0.025, "spent_day": NOON.date()}
    session.insert("reports.spend", [spent | {"person_key": f"k{n}"} for n in range(1559)])
    filled(session)
    assert session.rows("SELECT usd FROM reports.costs") == [{"usd": 38.975}]


def test_quality_counts_what_landed_otherwise(session: Session) -> None:
    change = {"state": "confirmed", "settled_at": NOON}
    session.insert("reports.changes", [change | {"landed": landed} for landed in ("stored", "normalised", "truncated")])
    filled(session)
    row = session.rows("SELECT good, looked_at FROM reports.quality WHERE measure = 'landed_as_intended'")
    assert row == [{"good": 2, "looked_at": 3}]
    assert offending(session) == []


def moved(session: Session, now: datetime, segment: str | None) -> None:
    session.execute('DELETE FROM "qualify".tags')
    if segment:
        session.insert(
            "qualify.tags", [{"person_key": "k1", "segment": segment, "tag": f"lf-{segment}", "position": 1}]
        )
    fresh = session.arrow(sql.statement("qualify/segment_history"), {"now": now})
    session.execute(segments.CLOSE_PERIODS, {"now": now})
    session.insert("qualify.segment_history", fresh)


def test_a_touch_carries_the_segment_of_its_time(session: Session) -> None:
    session.insert("identity.people", [{"person_key": "k1"}])
    session.insert("identity.members", [{"person_key": "k1", "source": "ghl:contact", "source_id": "g"}])
    for hour, segment in ((2, "core"), (3, "core"), (5, None), (7, "priority")):
        moved(session, NOON.replace(hour=hour), segment)
    event = {"vendor": "ghl", "object": "contact", "record_id": "g", "kind": "open", "channel": "email"}
    hours = (1, 4, 6, 8)
    session.insert(
        "staging.engagements",
        [event | {"engagement_id": f"e{hour}", "occurred_at": NOON.replace(hour=hour)} for hour in hours],
    )
    session.replace("reports.touches", sql.statement("reports/touches"), {"workspace": "w", "time_zone": "UTC"})
    found = session.rows("SELECT segment FROM reports.touches ORDER BY occurred_at")
    assert [row["segment"] for row in found] == [None, "core", None, "priority"]
    checks = [check for check in quality.checks() if check.table == "qualify.segment_history"]
    assert [check.name for check in checks if session.rows(check.select)] == []
    assert session.count("qualify.segment_history") == 2


def test_an_enrolment_happens_on_the_business_day_of_its_plan_and_in_the_segment_it_was_for(session: Session) -> None:
    session.insert("identity.people", [{"person_key": "k1"}])
    session.insert("qualify.tags", [{"person_key": "k1", "segment": "core", "tag": "lf-core", "position": 1}])
    write = {"vendor": "ghl", "operation": "add_tags", "state": "confirmed", "person_key": "k1"}
    write |= {"payload": '{"tags": ["lf-core"]}', "settled_at": NOON}
    days = (None, date(2026, 11, 21), date(2026, 11, 24))
    session.insert("outreach.ghl__writes", [write | {"intent_id": f"i{n}", "as_of": day} for n, day in enumerate(days)])
    session.replace("reports.touches", sql.statement("reports/touches"), {"workspace": "w", "time_zone": "UTC"})
    found = session.rows("SELECT occurred_day, segment FROM reports.touches ORDER BY touch_id")
    assert [(row["occurred_day"].day, row["segment"]) for row in found] == [(22, "core"), (22, "core"), (24, "core")]


ENTERED = {
    "vendor": "ghl",
    "operation": "enrol",
    "person_key": "k1",
    "record_id": "c1",
    "sent_at": NOON,
    "settled_at": NOON,
    "as_of": NOON.date(),
}
MAIL = {"vendor": "ghl", "object": "contact", "record_id": "c1", "kind": "sent", "direction": "out", "channel": "email"}


def entered(session: Session, *writes: dict[str, object], mail: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    session.insert("identity.people", [{"person_key": "k1"}])
    session.insert("identity.members", [{"person_key": "k1", "source": "ghl:contact", "source_id": "c1"}])
    session.insert("outreach.ghl__writes", [{**ENTERED, "intent_id": f"i{n}", **told} for n, told in enumerate(writes)])
    session.insert("staging.engagements", [{**MAIL, "engagement_id": f"e{n}", **told} for n, told in enumerate(mail)])
    session.replace("reports.touches", sql.statement("reports/touches"), {"workspace": "w", "time_zone": "UTC"})
    return session.rows("SELECT * FROM reports.touches ORDER BY touch_id")


def started(workflow: str, state: str = "confirmed") -> dict[str, object]:
    payload = {"reference": f"{workflow}/k1", "workflow": workflow, "name": f"Flow {workflow}", "segment": "core"}
    return {"payload": json.dumps(payload), "state": state}


def test_a_workflow_that_was_started_is_named_by_its_enrolment_and_by_the_messages_after_it(session: Session) -> None:
    later, before = NOON + timedelta(days=1), NOON - timedelta(days=1)
    mail: list[dict[str, object]] = [
        {"occurred_at": later, "sent_by": "workflow"},
        {"occurred_at": later, "sent_by": "campaign"},
        {"occurred_at": before, "sent_by": "workflow"},
        {"occurred_at": later, "sent_by": "workflow", "workflow_id": "w9"},
        {"occurred_at": later, "direction": "in", "kind": "reply"},
    ]
    rows = entered(session, started("w1"), mail=mail)
    assert [(row["touch_id"], row["workflow_id"], row["is_ordered_by_us"]) for row in rows] == [
        ("e0", "w1", True),
        ("e1", None, False),
        ("e2", None, False),
        ("e3", "w9", True),
        ("e4", None, None),
        ("i0", "w1", True),
    ]
    assert {name: rows[-1][name] for name in ("kind", "campaign", "segment", "vendor_id")} == {
        "kind": "enrolled",
        "campaign": "Flow w1",
        "segment": "core",
        "vendor_id": "c1",
    }


def test_of_two_workflows_a_message_names_neither(session: Session) -> None:
    mail: list[dict[str, object]] = [{"occurred_at": NOON + timedelta(days=1), "sent_by": "workflow"}]
    rows = entered(session, started("w1"), started("w2"), mail=mail)
    assert (rows[0]["workflow_id"], rows[0]["is_ordered_by_us"]) == (None, True)


def test_an_enrolment_whose_answer_was_lost_is_no_touch_and_what_comes_of_it_was_ordered(session: Session) -> None:
    mail: list[dict[str, object]] = [{"occurred_at": NOON + timedelta(hours=1), "sent_by": "workflow"}]
    lost = started("w1", "lost") | {"settled_at": NOON + timedelta(days=1)}
    (row,) = entered(session, lost, mail=mail)
    assert (row["touch_id"], row["workflow_id"], row["is_ordered_by_us"]) == ("e0", "w1", True)


def test_a_refused_enrolment_changes_nothing(session: Session) -> None:
    mail: list[dict[str, object]] = [{"occurred_at": NOON + timedelta(hours=1), "sent_by": "workflow"}]
    (row,) = entered(session, started("w1", "rejected"), mail=mail)
    assert (row["workflow_id"], row["is_ordered_by_us"]) == (None, False)
