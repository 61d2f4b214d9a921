"""The three scores: rules/scoring.yaml compiled into the SELECT of `qualify.scores`.

A rule is a boolean expression over `COLUMNS` and points. The explanation of a score is the list of rules that
fired; where a score was cut to its bounds, the cut is a reason named `limit`: reasons sum to the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from sqlglot import exp

from pipeline import rules, sql
from pipeline.expressions import boolean

if TYPE_CHECKING:
    from datetime import date

COLUMNS = (
    *("title", "seniority", "departments", "employees", "industry", "annual_revenue_usd"),
    *("city", "state", "country", "company_name", "company_domain", "email_status"),
    *("has_email", "has_phone", "has_linkedin", "first_source", "first_search", "has_lead_source"),
)
"""What a scoring expression may use: CTE `facts` of sql/qualify/scores.sql, texts in lower case."""

SEAM = "/* rules */"

CLOSE_PERIODS = """
UPDATE "qualify".score_history
SET valid_to = $now
WHERE valid_to IS NULL AND (
    person_key IN (SELECT person_key FROM fresh)
    OR person_key NOT IN (SELECT person_key FROM "qualify".scores)
)
"""
"""Closes the open periods of people whose next one is in `fresh`, and of keys that were merged away."""

Points = Annotated[int, Field(ge=-100, le=100)]
Cap = Annotated[int, Field(ge=0, le=100)]
Weight = Annotated[float, Field(ge=0)]
Event = Literal[
    "sent", "delivered", "bounce", "open", "click", "reply", "auto_reply", "optout", "complaint", "call", "booked",
    "showed", "deal_stage", "won", "lost",
]  # fmt: skip
"""What people do and what happens to them: kinds of `staging.engagements`."""


class ScoreRule(rules.Rule):
    """Points that are added when the expression is true."""

    rule: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    points: Points
    when: str


class RuleScore(rules.Rule):
    """A score made of rules, cut at `cap`."""

    cap: Cap = 100
    rules: tuple[ScoreRule, ...]


class EventKind(rules.Rule):
    """What an event of a kind is worth on its day, how fast that halves, and what the kind adds at most."""

    points: Points
    half_life_days: Annotated[float, Field(gt=0)]
    cap: Cap


class EventScore(rules.Rule):
    """A score made of what a person did, decaying in steps."""

    cap: Cap = 100
    step_days: Annotated[int, Field(ge=1)]
    machine_click_seconds: Annotated[int, Field(ge=0)]
    human_signals: tuple[Literal["reply", "booked", "showed", "call", "click"], ...]
    kinds: Mapping[Event, EventKind]


class Weights(rules.Rule):
    """Weights of the total."""

    account_fit: Weight
    persona_influence: Weight
    engagement: Weight


class Grades(rules.Rule):
    """Least total of each grade; below C it is D."""

    A: Cap
    B: Cap
    C: Cap


class Scoring(rules.Rule):
    """rules/scoring.yaml."""

    weights: Weights
    grades: Grades
    account_fit: RuleScore
    persona_influence: RuleScore
    engagement: EventScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The SELECT of `qualify.scores`, the values it binds, and the fingerprint of the rules in it."""

    select: str
    values: Mapping[str, object]
    version: str


def compiled(texts: Mapping[str, str], *, as_of: date) -> Compiled:
    """Return the SELECT that scores everybody as of a business day.

    Raises:
        ConfigurationError: rules/scoring.yaml or one of its expressions is wrong.
    """
    scoring = rules.parse(Scoring, "scoring", texts)
    version = rules.fingerprint({"scoring": texts["scoring"]})
    cases = [
        *_cases("account_fit", scoring.account_fit),
        *_cases("persona_influence", scoring.persona_influence),
    ]
    select = sql.statement("qualify/scores").replace(SEAM, ",\n".join(cases))
    return Compiled(select=select, values=_values(scoring, as_of) | {"rules_version": version}, version=version)


def _cases(score: str, definition: RuleScore) -> list[str]:
    booleans = [name for name in COLUMNS if name.startswith("has_")]
    made = []
    for rule in definition.rules:
        where = f"rules/scoring.yaml: {score}.{rule.rule}"
        when = boolean(rule.when, columns=COLUMNS, booleans=booleans, where=where)
        name = exp.Literal.string(rule.rule).sql(dialect="duckdb")
        made.append(f"CASE WHEN {when} THEN {{'score': '{score}', 'rule': {name}, 'points': {rule.points}}} END")
    return made


def _values(scoring: Scoring, as_of: date) -> dict[str, object]:
    events = scoring.engagement
    return {
        "as_of": as_of,
        "kinds": list(events.kinds),
        "kind_points": [float(kind.points) for kind in events.kinds.values()],
        "kind_half_lives": [kind.half_life_days for kind in events.kinds.values()],
        "kind_caps": [float(kind.cap) for kind in events.kinds.values()],
        "step_days": events.step_days,
        "machine_click_seconds": events.machine_click_seconds,
        "human_signals": list(events.human_signals),
        "fit_cap": scoring.account_fit.cap,
        "influence_cap": scoring.persona_influence.cap,
        "engagement_cap": events.cap,
        "fit_weight": scoring.weights.account_fit,
        "influence_weight": scoring.weights.persona_influence,
        "engagement_weight": scoring.weights.engagement,
        "grade_a": scoring.grades.A,
        "grade_b": scoring.grades.B,
        "grade_c": scoring.grades.C,
    }
