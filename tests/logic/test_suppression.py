from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pipeline import rules, sql, suppression
from pipeline.errors import ConfigurationError
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from resources.session import Session

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXTS = dict(rules.packaged())


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Warehouse(tmp_path / "warehouse.duckdb").open() as opened:
        yield opened


def record(session: Session, key: str = "k", *, vendor: str = "zoho", kind: str = "Leads", **fields: Any) -> None:
    row = {
        "vendor": vendor,
        "object": kind,
        "record_id": f"r-{key}",
        "email_norm": f"{key}@b.example",
        **fields,
    }
    session.insert("staging.crm_people", [row])
    session.insert(
        "identity.members", [{"person_key": key, "source": f"{vendor}:{kind}", "source_id": row["record_id"]}]
    )
    person = {"person_key": key, "email_norm": row["email_norm"], "company_domain": "b.example"}
    session.insert("identity.people", [person | {"country": fields.get("country"), "phone": fields.get("phone")}])


def event(session: Session, kind: str, *, key: str = "k", number: int = 1, **fields: Any) -> None:
    row = {
        "engagement_id": f"{kind}-{number}",
        "vendor": "zoho",
        "vendor_id": f"v{number}",
        "object": "Leads",
        "record_id": f"r-{key}",
        "kind": kind,
        "channel": "email",
        "occurred_at": NOON,
    }
    session.insert("staging.engagements", [row | fields])


def judged(session: Session, *, as_of: date = TODAY, **changes: Any) -> list[dict[str, Any]]:
    document = yaml.safe_load(TEXTS["suppression"]) | changes
    texts = TEXTS | {"suppression": yaml.safe_dump(document)}
    values = suppression.suppressions_values(texts, as_of=as_of)
    session.replace("qualify.suppressions", sql.statement("qualify/suppressions"), values)
    session.replace("qualify.holds", sql.statement("qualify/holds"), suppression.holds_values(texts, as_of=as_of))
    return session.rows('SELECT * FROM "qualify".suppressions ORDER BY scope, kind, source')


def register(session: Session) -> suppression.Register:
    return suppression.Register(session.rows('SELECT * FROM "qualify".holds'))


def test_an_optout_belongs_to_the_person_and_to_their_mailbox(session: Session) -> None:
    record(session, is_opted_out_email=True)
    found = {(row["scope"], row["subject"], row["channel"], row["kind"]) for row in judged(session)}
    assert found == {("person", "k", "email", "optout"), ("address", "k@b.example", "email", "optout")}


def test_an_optout_stays_when_the_platform_forgets_it(session: Session) -> None:
    record(session, is_opted_out_email=True, modified_at=NOON)
    before = judged(session)
    session.execute("UPDATE staging.crm_people SET is_opted_out_email = FALSE")
    assert judged(session) == before


def test_an_optout_follows_its_person_through_a_merge(session: Session) -> None:
    record(session, "old", is_opted_out_email=True)
    record(session, "new")
    judged(session)
    session.execute("DELETE FROM staging.crm_people")
    session.execute("DELETE FROM identity.people WHERE person_key = 'old'")
    session.insert("identity.redirects", [{"old_key": "old", "new_key": "new"}])
    judged(session)
    assert register(session).opted_out_channels("new") == {"email"}


def test_since_is_the_first_time_it_was_known_however_often_the_record_moves(session: Session) -> None:
    record(session, is_opted_out_email=True, modified_at=NOON)
    judged(session)
    session.execute("UPDATE staging.crm_people SET modified_at = TIMESTAMPTZ '2027-01-01 00:00:00+00'")
    assert {row["since"] for row in judged(session, as_of=date(2027, 1, 1))} == {NOON}


def test_somebody_else_behind_the_same_mailbox_is_held_back_too(session: Session) -> None:
    record(session, "a", is_opted_out_email=True, email_norm="info@b.example")
    record(session, "b", email_norm="info@b.example")
    judged(session)
    assert register(session).reason("b", lane="outreach") == "held back because the person opted out of e-mail"


def second(session: Session, key: str, **fields: Any) -> None:
    """Add another record of somebody: mail can go to its address, whichever address survived."""
    row = {"vendor": "ghl", "object": "contact", "record_id": f"r2-{key}", **fields}
    session.insert("staging.crm_people", [row])
    session.insert("identity.members", [{"person_key": key, "source": "ghl:contact", "source_id": row["record_id"]}])


@pytest.mark.parametrize(
    ("field", "value", "channel"), [("email_norm", "info@b.example", "email"), ("phone", "+15550100", "sms")]
)
def test_an_address_that_said_no_holds_whoever_has_it_in_any_record(
    session: Session, field: str, value: str, channel: str
) -> None:
    said = {"is_opted_out_email": True} if channel == "email" else {"is_opted_out_sms": True}
    record(session, "a", **said, **{field: value})
    record(session, "b")
    second(session, "b", **{field: value})
    judged(session)
    assert register(session).opted_out_channels("b") == {channel}


@pytest.mark.parametrize("gone", [{"is_deleted": True}, {"is_converted": True}, {"email_norm": "other@b.example"}])
def test_an_address_that_only_a_record_that_is_gone_had_holds_nobody(session: Session, gone: dict[str, Any]) -> None:
    record(session, "a", is_opted_out_email=True, email_norm="info@b.example")
    record(session, "b")
    second(session, "b", **{"email_norm": "info@b.example", **gone})
    judged(session)
    assert register(session).opted_out_channels("b") == frozenset()


def test_an_address_of_another_record_that_bounced_holds_nobody(session: Session) -> None:
    record(session, "a", email_norm="info@b.example")
    event(session, "bounce", key="a")
    record(session, "b")
    second(session, "b", email_norm="info@b.example")
    judged(session)
    assert register(session).reason("b", lane="outreach") is None


def test_a_bounce_belongs_to_the_address_and_does_not_follow_its_correction(session: Session) -> None:
    record(session)
    event(session, "bounce")
    judged(session)
    session.execute("UPDATE staging.crm_people SET email_norm = 'right@b.example'")
    session.execute("UPDATE identity.people SET email_norm = 'right@b.example'")
    (row,) = judged(session)
    assert (row["scope"], row["subject"]) == ("address", "k@b.example")
    assert register(session).reason("k", lane="outreach") is None


def test_a_bounce_stops_outreach_but_not_the_crm(session: Session) -> None:
    record(session)
    event(session, "bounce")
    judged(session)
    assert register(session).reason("k", lane="outreach") is not None
    assert register(session).reason("k", lane="crm") is None
    assert register(session).opted_out_channels("k") == frozenset()


@pytest.mark.parametrize("kind", ["optout", "complaint"])
def test_a_message_that_says_no_is_an_optout(session: Session, kind: str) -> None:
    record(session)
    event(session, kind)
    judged(session)
    assert register(session).opted_out_channels("k") == {"email"}
    assert register(session).reason("k", lane="crm") is not None


@pytest.mark.parametrize(
    ("kinds", "held"),
    [
        (["deal_stage"], "has an open deal"),
        (["deal_stage", "won"], "is a customer"),
        (["deal_stage", "lost"], None),
        (["won"], "is a customer"),
    ],
)
def test_deals_hold_outreach_back_while_they_are_open_and_for_customers(
    session: Session, kinds: list[str], held: str | None
) -> None:
    record(session)
    for kind in kinds:
        event(session, kind, channel="crm")
    judged(session)
    assert register(session).reason("k", lane="outreach") == (held and f"held back because the person {held}")
    assert register(session).reason("k", lane="crm") is None


def test_an_open_deal_ends_its_suppression_when_it_is_lost(session: Session) -> None:
    record(session)
    event(session, "deal_stage", channel="crm")
    assert len(judged(session)) == 1
    event(session, "lost", channel="crm")
    assert judged(session) == []


@pytest.mark.parametrize(
    "policy",
    [
        {"competitor_domains": ["B.example"]},
        {"policy_domains": ["b.example"]},
        {"policy_addresses": ["K@b.example"]},
        {"policy_phones": ["+4930123456"]},
        {"excluded_countries": ["Germany"]},
    ],
)
def test_policy_lists_hold_people_back_everywhere_and_end_with_the_list(
    session: Session, policy: dict[str, list[str]]
) -> None:
    record(session, country="Germany", phone="+4930123456")
    judged(session, **policy)
    assert register(session).reason("k", lane="crm") is not None
    assert judged(session) == []
    assert register(session).reason("k", lane="crm") is None


def test_only_what_protects_a_person_passes_for_one_who_is_held_back(session: Session) -> None:
    record(session, is_opted_out_email=True)
    judged(session)
    found = register(session)
    assert found.refuses("k", "update", lane="crm") is not None
    assert found.refuses("k", "add_tags", lane="outreach") is not None
    assert found.refuses("k", "set_optout", lane="outreach") is None
    assert found.refuses("k", "remove_tags", lane="outreach") is None
    assert found.refuses("somebody", "update", lane="crm") is None


def test_an_sms_optout_does_not_stop_email(session: Session) -> None:
    record(session, vendor="ghl", kind="contact", is_opted_out_sms=True, phone="+4930123456")
    judged(session)
    assert register(session).reason("k", lane="outreach") is None
    assert register(session).reason("k", lane="outreach", channel="sms") is not None
    assert register(session).opted_out_channels("k") == {"sms"}


def test_a_record_nobody_recognised_still_suppresses_its_address(session: Session) -> None:
    session.insert(
        "staging.crm_people",
        [
            {
                "vendor": "ghl",
                "object": "contact",
                "record_id": "g",
                "email_norm": "x@b.example",
                "is_opted_out_email": True,
            }
        ],
    )
    (row,) = judged(session)
    assert (row["scope"], row["subject"], row["person_key"]) == ("address", "x@b.example", None)


def test_judging_twice_changes_nothing(session: Session) -> None:
    record(session, is_opted_out_email=True)
    event(session, "bounce")
    assert judged(session) == judged(session)


def test_an_unknown_kind_in_the_rules_is_named() -> None:
    texts = TEXTS | {"suppression": TEXTS["suppression"].replace("[optout,", "[opt_out,")}
    with pytest.raises(ConfigurationError, match="opt_out"):
        suppression.holds_values(texts, as_of=TODAY)
