"""The checks on who is who: contradictions, sizes, match rates and the labelled sample."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from pipeline import quality, rules
from pipeline.errors import ConfigurationError
from pipeline.identity import guards
from pipeline.identity.accuracy import measured, version
from pipeline.sql import statement
from resources import labelled
from resources.session import Session

CHECKS = {check.name: check for check in quality.checks()}
DAY = date(2026, 1, 8)


@pytest.fixture
def session():
    found = Session(duckdb.connect())
    found.ensure_tables()
    return found


def offending(session, name, texts=None):
    check = CHECKS[f"identity.{name}"]
    return session.rows(check.select, quality.values(check, as_of=DAY, texts=texts or rules.packaged()))


def person(session, *records, key="k"):
    """One person with these records."""
    start = session.count("identity.features")
    for number, values in enumerate(records, start):
        place = {"record_no": number, "source": "salesnav", "source_id": str(number)} | {
            name: value for name, value in values.items() if name in {"source", "source_id"}
        }
        session.insert("identity.features", [{**values, **place}])
        session.insert("identity.members", [place | {"person_key": key}])


MAILBOXES = ({"email_norm": "jo@x.co", "email_domain": "x.co"}, {"email_norm": "jo2@x.co", "email_domain": "x.co"})
FIRM = {"company_ref": "x.co"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"linkedin_member_id": "ACwAA1"}, {"linkedin_member_id": "ACwAA2"}),
        ({"linkedin_slug": "jane-doe-1a2b3c4d"}, {"linkedin_slug": "jane-doe-5e6f7a8b"}),
        ({"linkedin_slug": "jane-doe"}, {"linkedin_slug": "jane-roe"}),
        (MAILBOXES[0] | FIRM, MAILBOXES[1] | FIRM),
    ],
)
def test_ids_that_exclude_each_other_are_found_in_one_person_and_not_in_two(session, one, other):
    person(session, one, other)
    assert len(offending(session, "members__not_contradicted")) == 1
    session.execute("UPDATE identity.members SET person_key = source_id")
    assert offending(session, "members__not_contradicted") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"linkedin_slug": "jane-doe"}, {"linkedin_slug": "jane-doe-1a2b3c4d"}),
        ({"linkedin_slug": "Jané-doe-"}, {"linkedin_slug": "jane-doe"}),
        ({"linkedin_slug": "jane-doe", "email_norm": "j@x.co"}, {"linkedin_slug": "jane-roe", "email_norm": "j@x.co"}),
        (
            {"linkedin_slug": "jane-doe", "linkedin_member_id": "ACwAA1"},
            {"linkedin_slug": "jane-roe", "linkedin_member_id": "ACwAA1"},
        ),
        ({"linkedin_slug": "jane-doe", "leadflow_id": "k"}, {"linkedin_slug": "jane-roe"}),
        ({"linkedin_slug": "jane-doe", "is_gone": True}, {"linkedin_slug": "jane-roe"}),
        MAILBOXES,
        (
            {"source": "apollo", "source_id": "a", "linkedin_slug": "jane-doe"},
            {"source": "apollo_export", "source_id": "a", "linkedin_slug": "jane-roe"},
        ),
    ],
)
def test_ids_that_may_be_one_persons_are_no_contradiction(session, one, other):
    person(session, one, other)
    assert offending(session, "members__not_contradicted") == []


def test_a_page_that_two_surnames_share_and_a_decision_contradict_nobody(session):
    person(session, {"linkedin_slug": "acme", "surname": "doe"}, {"linkedin_slug": "jane-doe", "surname": "doe"})
    person(session, {"linkedin_slug": "acme", "surname": "roe"}, key="k2")
    assert offending(session, "members__not_contradicted") == []
    session.execute("UPDATE identity.features SET surname = 'doe'")
    assert len(offending(session, "members__not_contradicted")) == 1
    told = {"left_source": "salesnav", "left_id": "0", "right_source": "salesnav", "right_id": "1"}
    session.insert("identity.decisions", [told | {"verdict": "same", "is_standing": True}])
    assert offending(session, "members__not_contradicted") == []


def test_the_largest_person_is_a_number_of_the_rules(session):
    person(session, {}, {}, {})
    texts = {"identity": rules.packaged()["identity"].replace("largest_person: 50", "largest_person: 2")}
    assert offending(session, "members__small_enough") == []
    (found,) = offending(session, "members__small_enough", texts)
    assert found["records"] == 3


def rate(session, *rows):
    names = ("run_id", "as_of", "known_records", "drift")
    session.insert("identity.match_rates", [dict(zip(names, row, strict=True)) for row in rows])


def test_a_drift_counts_from_both_sides_and_over_several_runs(session):
    rate(session, ("a", DAY, 1000, -0.06), ("b", DAY, 1000, -0.06))
    assert len(offending(session, "match_rates__steady")) == 1
    rate(session, ("c", DAY, 1000, 0.05))
    assert offending(session, "match_rates__steady") == []


def test_old_runs_few_records_and_a_first_run_are_not_judged(session):
    assert offending(session, "match_rates__steady") == []
    rate(session, ("a", date(2026, 1, 1), 1000, 0.5), ("b", DAY, 199, 0.5), ("c", DAY, 0, None))
    assert offending(session, "match_rates__steady") == []
    rate(session, ("d", date(2026, 1, 2), 200, 0.11))
    assert len(offending(session, "match_rates__steady")) == 1


def test_a_match_rate_compares_known_records_with_themselves(session):
    members = [("k1", "k1"), ("k1", "k2"), ("k1", None), ("k3", "k3"), ("k4", None)]
    rows = [
        {"person_key": now, "previous_key": before, "source": "apollo", "source_id": str(number)}
        for number, (now, before) in enumerate(members)
    ]
    session.register("assigned", session.frame("identity.members", rows))
    told = {"run_id": "r", "as_of": DAY, "now": "2026-01-08T00:00:00Z"}
    (row,) = session.rows(statement("identity/match_rates"), told)
    assert (row["records"], row["people"], row["match_rate"]) == (5, 3, pytest.approx(0.4))
    # Strangers lower the rate, and are no drift.
    assert (row["known_records"], row["people_before"], row["people_now"]) == (3, 3, 2)
    assert row["drift"] == pytest.approx(1 / 3)
    session.register("assigned", session.frame("identity.members", []))
    (row,) = session.rows(statement("identity/match_rates"), told)
    assert (row["records"], row["match_rate"], row["drift"]) == (0, None, None)


def test_the_engine_as_it_is_passes_on_the_shipped_sample(session):
    for view, name in (("leads", labelled.LEADS), ("truth", labelled.TRUTH)):
        session.register(view, session.arrow("SELECT * FROM read_parquet(?)", [str(labelled.FOLDER / name)]))
    found = measured(session.arrow(statement("engine/leads")), session.arrow("SELECT * FROM truth"))
    current = {"version": version(labelled.fingerprint()), "is_current": True, **found}
    session.insert("identity.accuracy", [current, {"version": "old", "is_current": False, "pair_recall": 0.1}])
    assert found["records"] == 2400
    assert offending(session, "accuracy__good_enough") == []


def test_the_version_follows_the_sample_and_a_missing_sample_is_named(tmp_path):
    assert version("a") != version("b")
    assert version("a") == version("a")
    with pytest.raises(ConfigurationError, match=r"leads\.parquet is missing"):
        labelled.fingerprint(tmp_path)


def test_a_wrong_number_is_named_with_its_file():
    with pytest.raises(ConfigurationError, match=r"rules/identity\.yaml: largest_person = 1"):
        guards.bound({"identity": rules.packaged()["identity"].replace("largest_person: 50", "largest_person: 1")})
