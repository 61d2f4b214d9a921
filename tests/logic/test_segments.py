from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
import yaml

from pipeline import rules, segments, sql
from pipeline.errors import ConfigurationError
from pipeline.searches import saved_searches
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from resources.session import Session

TEXTS = dict(rules.packaged())


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Warehouse(tmp_path / "warehouse.duckdb").open() as opened:
        yield opened


def rules_with(**changes: Any) -> dict[str, str]:
    document = yaml.safe_load(TEXTS["segments"]) | changes
    return TEXTS | {"segments": yaml.safe_dump(document)}


def tagged(session: Session, texts: dict[str, str] = TEXTS) -> list[tuple[str, str, int]]:
    compiled = segments.compiled(texts)
    session.replace("qualify.tags", compiled.select, compiled.values)
    rows = session.rows('SELECT person_key, tag, position FROM "qualify".tags ORDER BY person_key, position')
    return [(row["person_key"], row["tag"], row["position"]) for row in rows]


def lead(session: Session, key: str, *, grade: str = "A", signal: bool = False, **fields: Any) -> None:
    row = {
        "person_key": key,
        "email": f"{key}@b.example",
        "email_norm": f"{key}@b.example",
        "has_lead_source": True,
    }
    session.insert("identity.people", [row | fields])
    session.insert("qualify.scores", [{"person_key": key, "grade": grade, "score": 70, "has_human_signal": signal}])


def test_the_columns_that_segments_may_use_are_the_columns_of_the_facts() -> None:
    tree = sqlglot.parse_one(sql.statement("qualify/tags"), read="duckdb")
    facts = next(cte for cte in tree.find_all(sqlglot.exp.CTE) if cte.alias == "facts")
    assert set(facts.this.named_selects) - {"person_key"} == set(segments.COLUMNS)


def test_people_are_tagged_by_grade_and_by_their_dialogue(session: Session) -> None:
    lead(session, "a", grade="A")
    lead(session, "b", grade="B")
    lead(session, "c", grade="C", signal=True)
    lead(session, "d", grade="D")
    assert tagged(session) == [("a", "lf-priority", 2), ("b", "lf-core", 3), ("c", "lf-in-dialogue", 1)]


@pytest.mark.parametrize("channel", ["email", "all"])
def test_nobody_who_is_held_back_from_email_is_in_a_segment(session: Session, channel: str) -> None:
    lead(session, "a")
    session.insert("qualify.holds", [{"person_key": "a", "channel": channel, "kind": "optout"}])
    assert tagged(session) == []


def test_an_sms_optout_leaves_email_segments_alone(session: Session) -> None:
    lead(session, "a")
    session.insert("qualify.holds", [{"person_key": "a", "channel": "sms", "kind": "optout"}])
    assert tagged(session) == [("a", "lf-priority", 2)]


def test_people_known_only_from_a_platform_without_address_or_behind_a_role_mailbox_get_no_tag(
    session: Session,
) -> None:
    lead(session, "a", has_lead_source=False)
    lead(session, "b", email=None, email_norm=None)
    lead(session, "c", email="info@b.example", email_norm="info@b.example")
    session.insert("staging.leads", [{"email_norm": "info@b.example", "is_role_email": True}])
    assert tagged(session) == []


def test_a_person_gets_at_most_the_allowed_number_of_tags_in_order(session: Session) -> None:
    lead(session, "a")
    many = [{"name": f"s{number}", "when": "score > 1"} for number in range(5)]
    assert tagged(session, rules_with(segments=many, most=2)) == [("a", "lf-s0", 1), ("a", "lf-s1", 2)]


def test_an_exclusion_that_cannot_be_judged_excludes_nobody(session: Session) -> None:
    lead(session, "a")
    unsure = [{"name": "all", "when": "score > 1", "unless": "employees > 10"}]
    assert tagged(session, rules_with(segments=unsure)) == [("a", "lf-all", 1)]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"segments": [{"name": "a" * 23, "when": "TRUE"}]}, "longer than 25"),
        ({"segments": [{"name": "x", "when": "TRUE"}] * 2}, "defined twice"),
        ({"segments": [{"name": "Big One", "when": "TRUE"}]}, "segments.0.name"),
        ({"segments": [{"name": "x", "when": "revenue > 1"}]}, "known columns"),
        ({"prefix": "mine-"}, "prefix"),
        ({"most": 11}, "most"),
        ({"only": "grade"}, "neither true nor false"),
    ],
)
def test_segments_that_a_vendor_or_the_database_would_refuse_are_refused_first(
    changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        segments.compiled(rules_with(**changes))


def test_the_shipped_search_looks_for_people_who_decide() -> None:
    (search,) = saved_searches(TEXTS)
    assert search.name == "decision-makers"
    assert "c_suite" in search.filters["person_seniorities"]  # type: ignore[operator]


def test_two_searches_of_one_name_are_refused() -> None:
    twice = {"searches": [{"name": "x", "filters": {}, "max_people": 1}] * 2}
    with pytest.raises(ConfigurationError, match="defined twice: x"):
        saved_searches(TEXTS | {"searches": yaml.safe_dump(twice)})
