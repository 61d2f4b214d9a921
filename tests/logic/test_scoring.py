from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import rules, scoring, sql
from pipeline.errors import ConfigurationError
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from resources.session import Session

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXTS = dict(rules.packaged())
SCORES = ("account_fit", "persona_influence", "engagement")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Warehouse(tmp_path / "warehouse.duckdb").open() as opened:
        yield opened


def person(key: str = "k1", **fields: Any) -> dict[str, Any]:
    return {"person_key": key, "title": "VP Sales", "seniority": "vp", "employees": 300, **fields}


def event(kind: str, *, at: datetime = NOON, person_key: str = "k1", **fields: Any) -> dict[str, Any]:
    number = fields.pop("number", 0)
    return {
        "engagement_id": f"{kind}-{person_key}-{number}",
        "vendor": "ghl",
        "vendor_id": f"m{number}",
        "object": "contact",
        "record_id": f"g-{person_key}",
        "kind": kind,
        "direction": "in",
        "channel": "email",
        "is_human": True,
        "occurred_at": at,
        **fields,
    }


def known(session: Session, *people: dict[str, Any], events: tuple[dict[str, Any], ...] = ()) -> None:
    for table in ("identity.people", "identity.members", "staging.engagements"):
        session.execute(f"DELETE FROM {table}")
    session.insert("identity.people", people)
    session.insert(
        "identity.members",
        [
            {"person_key": row["person_key"], "source": "ghl:contact", "source_id": f"g-{row['person_key']}"}
            for row in people
        ],
    )
    session.insert("staging.engagements", events)


def judged(session: Session, *, as_of: date = TODAY, texts: dict[str, str] = TEXTS) -> list[dict[str, Any]]:
    compiled = scoring.compiled(texts, as_of=as_of)
    session.replace("qualify.scores", compiled.select, compiled.values)
    return session.rows('SELECT * FROM "qualify".scores ORDER BY person_key')


def remembered(session: Session, now: datetime) -> int:
    with session.transaction():
        fresh = session.arrow(sql.statement("qualify/score_history"), {"now": now})
        session.register("fresh", fresh)
        session.execute(scoring.CLOSE_PERIODS, {"now": now})
        return session.insert("qualify.score_history", fresh)


def with_rule(**changes: Any) -> dict[str, str]:
    document = yaml.safe_load(TEXTS["scoring"])
    document["account_fit"]["rules"][0] |= changes
    return TEXTS | {"scoring": yaml.safe_dump(document)}


def test_the_columns_that_rules_may_use_are_the_columns_of_the_facts() -> None:
    tree = sqlglot.parse_one(sql.statement("qualify/scores"), read="duckdb")
    facts = next(cte for cte in tree.find_all(sqlglot.exp.CTE) if cte.alias == "facts")
    assert set(facts.this.named_selects) - {"person_key"} == set(scoring.COLUMNS)


def test_a_vp_of_a_fitting_company_scores_above_an_intern_of_a_small_one(session: Session) -> None:
    fitting = person("a", industry="computer software", country="Germany", email="a@b.example")
    small = person("b", title="Sales Intern", seniority="intern", employees=5)
    known(session, fitting, small)
    first, second = judged(session)
    assert first["score"] > second["score"]
    assert first["grade"] in {"A", "B"}
    assert second["grade"] == "D"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seniority=st.sampled_from(["owner", "vp", "manager", "intern", None]),
    title=st.sampled_from(["CEO", "Assistant", "Head of Sales", None]),
    employees=st.one_of(st.none(), st.integers(0, 100_000)),
    kinds=st.lists(st.sampled_from(["reply", "click", "booked", "showed", "open", "auto_reply"]), max_size=12),
)
def test_reasons_sum_to_every_score_and_scores_stay_in_bounds(
    session: Session, seniority: str | None, title: str | None, employees: int | None, kinds: list[str]
) -> None:
    events = tuple(event(kind, number=number) for number, kind in enumerate(kinds))
    known(session, person(seniority=seniority, title=title, employees=employees), events=events)
    (row,) = judged(session)
    reasons = json.loads(row["reasons"])
    for score in SCORES:
        assert sum(reason["points"] for reason in reasons if reason["score"] == score) == row[score]
        assert 0 <= row[score] <= 100


def test_opens_automatic_replies_and_clicks_within_a_minute_of_delivery_score_nothing(
    session: Session,
) -> None:
    machine = (
        event("delivered", number=1, is_human=False, at=NOON),
        event("open", number=1),
        event("click", number=1, at=NOON + timedelta(seconds=59)),
        event("auto_reply", number=2, is_human=False),
    )
    known(session, person(), events=machine)
    (row,) = judged(session)
    assert row["engagement"] == 0
    assert row["has_human_signal"] is False


def test_a_click_after_more_than_a_minute_is_a_persons(session: Session) -> None:
    delivered = event("delivered", number=1, is_human=False, at=NOON)
    known(session, person(), events=(delivered, event("click", number=1, at=NOON + timedelta(seconds=61))))
    assert judged(session)[0]["engagement"] == 10


def test_a_reply_counts_once_and_is_a_human_signal(session: Session) -> None:
    known(session, person(), events=(event("reply"),))
    (row,) = judged(session)
    assert row["engagement"] == 40
    assert row["last_human_signal_at"] == NOON


@pytest.mark.parametrize(
    ("kind", "is_human", "points", "converts"),
    [
        ("reply", True, 40, True),
        ("call", True, 40, True),
        ("booked", True, 60, True),
        ("showed", True, 70, True),
        ("click", True, 10, False),
        ("call", False, 0, False),
        *((kind, False, 0, False) for kind in ("open", "auto_reply", "sent", "delivered", "bounce", "won", "other")),
        *((kind, True, 0, False) for kind in ("open", "optout", "complaint", "deal_stage", "other")),
    ],
)
def test_each_kind_of_event_is_worth_what_the_rules_say(
    session: Session, kind: str, is_human: bool, points: int, converts: bool
) -> None:
    known(session, person(), events=(event(kind, is_human=is_human),))
    (row,) = judged(session)
    assert (row["engagement"], row["has_human_signal"]) == (points, converts)


def test_replies_lift_a_grade_and_their_decay_lowers_it_again_with_both_periods_in_the_history(
    session: Session,
) -> None:
    at_the_edge = person(seniority="manager", title="Manager", employees=300)
    known(session, at_the_edge)
    quiet = judged(session)[0]
    remembered(session, NOON)
    session.insert("staging.engagements", [event("showed", number=1), event("reply", number=2)])
    warm = judged(session)[0]
    remembered(session, NOON + timedelta(hours=1))
    later = judged(session, as_of=TODAY + timedelta(days=400))[0]
    remembered(session, NOON + timedelta(days=400))
    assert quiet["grade"] == later["grade"] > warm["grade"]
    told = session.rows('SELECT grade, changed_because FROM "qualify".score_history ORDER BY valid_from')
    assert [row["changed_because"] for row in told] == ["new data", "event", "decay"]
    assert [row["grade"] for row in told] == [quiet["grade"], warm["grade"], later["grade"]]


def test_a_day_that_passes_moves_no_score_and_a_half_life_halves_it(session: Session) -> None:
    known(session, person(), events=(event("reply"),))
    assert judged(session)[0]["engagement"] == 40
    assert judged(session, as_of=TODAY + timedelta(days=1))[0]["engagement"] == 40
    assert judged(session, as_of=TODAY + timedelta(days=6))[0]["engagement"] == 40
    assert judged(session, as_of=TODAY + timedelta(days=42))[0]["engagement"] == 20


def test_an_event_ahead_of_the_business_day_counts_as_of_today(session: Session) -> None:
    known(session, person(), events=(event("reply", at=NOON + timedelta(days=3)),))
    assert judged(session)[0]["engagement"] == 40


def test_history_writes_nothing_when_nothing_moved(session: Session) -> None:
    known(session, person())
    judged(session)
    assert remembered(session, NOON) == 1
    judged(session, as_of=TODAY + timedelta(days=1))
    assert remembered(session, NOON + timedelta(days=1)) == 0


def test_a_reply_closes_the_period_and_begins_one_because_of_an_event(session: Session) -> None:
    known(session, person())
    judged(session)
    remembered(session, NOON)
    session.insert("staging.engagements", [event("reply", at=NOON + timedelta(hours=1))])
    judged(session)
    assert remembered(session, NOON + timedelta(hours=2)) == 1
    old, new = session.rows('SELECT * FROM "qualify".score_history ORDER BY valid_from')
    assert old["valid_to"] == new["valid_from"]
    assert (old["changed_because"], new["changed_because"]) == ("new data", "event")


@pytest.mark.parametrize(("cause", "told"), [("rule", "rule change"), ("days", "decay"), ("title", "new data")])
def test_history_says_why_a_score_changed(session: Session, cause: str, told: str) -> None:
    known(session, person(), events=(event("reply", at=NOON),))
    judged(session)
    remembered(session, NOON + timedelta(hours=1))
    if cause == "title":
        session.execute("UPDATE identity.people SET seniority = 'intern'")
    texts = with_rule(points=17) if cause == "rule" else TEXTS
    judged(session, texts=texts, as_of=TODAY + timedelta(days=21 if cause == "days" else 0))
    remembered(session, NOON + timedelta(days=21))
    newest = session.value('SELECT changed_because FROM "qualify".score_history WHERE valid_to IS NULL')
    assert newest == told


def test_the_period_of_a_merged_key_is_closed(session: Session) -> None:
    known(session, person("a"), person("b"))
    judged(session)
    remembered(session, NOON)
    known(session, person("a"))
    judged(session)
    remembered(session, NOON + timedelta(hours=1))
    assert session.rows('SELECT person_key FROM "qualify".score_history WHERE valid_to IS NULL') == [
        {"person_key": "a"}
    ]


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("employes > 10", "known columns"),
        ("employees", "neither true nor false"),
        ("employees > 10; DROP TABLE x", "exactly one expression"),
        ("employees > (SELECT 1)", "not allowed"),
        ("read_text('/etc/passwd') = 'x'", "not allowed"),
        ("TRUE FROM identity.people", "exactly one expression"),
        ("p.employees > 1", "known columns"),
        ("employees > $as_of", "not allowed"),
        ("employees >", "not a SQL expression"),
        ("employees > 1 UNION SELECT TRUE", "exactly one expression"),
    ],
)
def test_an_expression_that_is_not_a_condition_over_known_columns_is_refused_by_name(
    expression: str, complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        scoring.compiled(with_rule(when=expression), as_of=TODAY)
    assert "rules/scoring.yaml: account_fit.size_core" in str(caught.value)


def test_a_text_with_quotes_stays_a_text(session: Session) -> None:
    known(session, person(title="it's; DROP TABLE x --"))
    texts = with_rule(when="title = 'it''s; drop table x --'", points=33)
    assert '"points":33' in judged(session, texts=texts)[0]["reasons"]


def test_an_unknown_key_in_the_rules_is_named() -> None:
    with pytest.raises(ConfigurationError, match="bonus"):
        scoring.compiled(with_rule(bonus=1), as_of=TODAY)
