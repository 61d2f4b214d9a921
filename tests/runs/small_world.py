"""A workspace small enough to know by heart: three people, their records, writes, touches and money."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.identity.keys import KeyDecision, key_of
from pipeline.models import Outcome, PlanRow
from resources.ledger import Ledger
from resources.ledger.bases import Base
from resources.ledger.readbacks import Reading
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
DAY = date(2026, 11, 22)
APOLLO, LEAD, CONTACT = ("apollo", "a1"), ("zoho:Leads", "501"), ("ghl:contact", "g1")
NAMESAKE, TWIN_ONE, TWIN_TWO = ("zoho:Contacts", "777"), ("apollo", "t1"), ("salesnav", "member:ACwAAtwin")
ADA, OTHER, TWIN = key_of(APOLLO), key_of(NAMESAKE), key_of(TWIN_ONE)
OLD = "lf_000000000000000000000001"
TRAP = "[bold]Ada[/bold] \x1b[31mByron"
"""A name that a terminal must not obey."""
TOKEN = "pit-0123456789-very-secret"

RECORDS: tuple[tuple[tuple[str, str], str, dict[str, Any]], ...] = (
    (APOLLO, ADA, {"name_norm": "ada byron", "company_ref": "engine.example", "linkedin_slug": "ada-byron"}),
    (LEAD, ADA, {"name_norm": "ada byron", "company_ref": "engine.example", "email_norm": "ada@engine.example"}),
    (CONTACT, ADA, {"name_norm": "ada byron", "email_norm": "ada@engine.example", "phone": "+441"}),
    (NAMESAKE, OTHER, {"name_norm": "ada byron", "company_ref": "engine.example", "phone": "+442"}),
    (TWIN_ONE, TWIN, {"name_norm": "tim twin", "email_norm": "tim@twin.example"}),
    (TWIN_TWO, TWIN, {"name_norm": "tim twin", "linkedin_member_id": "ACwAAtwin"}),
)
KEYED = {LEAD: ADA, CONTACT: ADA}


@dataclass(frozen=True, slots=True)
class World:
    """The folder of the workspace."""

    folder: Path

    def ledger(self) -> Any:
        """Open the ledger for a block."""
        return closing(Ledger.open(f"sqlite:///{self.folder / 'ledger.db'}", clock=lambda: NOW + timedelta(days=1)))


def build(folder: Path) -> World:
    """Fill the warehouse and the ledger of a workspace in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    ticks = iter(range(10_000))
    with closing(
        Ledger.open(f"sqlite:///{folder / 'ledger.db'}", clock=lambda: NOW + timedelta(seconds=next(ticks)))
    ) as ledger:
        _fill_ledger(ledger)
        plan_hash = _waiting_plan(ledger)
    warehouse = Warehouse(folder / "warehouse.duckdb")
    with warehouse.open() as session:
        for table, rows in _tables(plan_hash).items():
            session.insert(table, rows)
    warehouse.release()
    return World(folder)


def _fill_ledger(ledger: Ledger) -> None:
    assigned = {record: key for record, key, _ in RECORDS}
    founders = {ADA: APOLLO, OTHER: NAMESAKE, TWIN: TWIN_ONE}
    ledger.record_keys("people", KeyDecision(born={OLD: ("salesnav", "gone")}))
    ledger.record_keys("people", KeyDecision(assigned=assigned, born=founders, redirects={OLD: ADA}))
    told = {"vendor": "zoho", "object": "Leads", "policy": "ours", "reason": "not there yet"}
    rows = [
        PlanRow(**told, record_id=None, person_key=OLD, action="insert", field="Last_Name", new_value="Byron"),
        PlanRow(**told, record_id=None, person_key=OLD, action="insert", field="City", new_value="Nottingham upon"),
        PlanRow(**told, record_id="888", person_key=OTHER, action="update", field="City", new_value="Rome"),
    ]
    plan_hash = ledger.save_plan("zoho", rows, as_of=DAY, rules_version="r")
    ledger.approve(plan_hash, "Charles")
    sent = ledger.mark_sent(ledger.claim(ledger.plan_intents(plan_hash), owner="test").intents)
    outcomes = {
        "insert": Outcome(status="confirmed", record_id="501"),
        "update": Outcome(status="rejected", code="INVALID", message=f"no, says {TOKEN}"),
    }
    ledger.settle([(intent, outcomes[intent.operation]) for intent in sent])
    inserted = next(intent for intent in sent if intent.operation == "insert")
    place = {"object": "Leads", "record_id": "501"}
    read = [
        Reading(
            intent_id=inserted.intent_id, field="Last_Name", sent="Byron", stored="Byron", landed="stored", **place
        ),
        Reading(
            intent_id=inserted.intent_id,
            field="City",
            sent="Nottingham upon",
            stored="Nottingham",
            landed="truncated",
            **place,
        ),
    ]
    ledger.record_readbacks([inserted], read, [Base(field="City", sent="x", stored="x", times_overwritten=0, **place)])


def _waiting_plan(ledger: Ledger) -> str:
    row = PlanRow(
        vendor="ghl",
        object="contact",
        record_id="g1",
        person_key=ADA,
        action="update",
        field="city",
        old_value="Rome",
        new_value="Paris",
        policy="merge",
        reason="newer at apollo",
    )
    return ledger.save_plan("ghl", [row], as_of=DAY, rules_version="r")


def _tables(plan_hash: str) -> dict[str, list[dict[str, Any]]]:
    numbers = {record: number for number, (record, _, _) in enumerate(RECORDS)}
    features = [
        {
            "record_no": numbers[record],
            "source": record[0],
            "source_id": record[1],
            "leadflow_id": KEYED.get(record),
            "is_gone": False,
            "first_seen_at": NOW + timedelta(minutes=numbers[record]),
            "seen_at": NOW + timedelta(hours=1),
            **known,
        }
        for record, _, known in RECORDS
    ]
    members = [
        {"person_key": key, "source": record[0], "source_id": record[1], "record_no": numbers[record]}
        for record, key, _ in RECORDS
    ]
    lead = {"landing_ref": "apollo/people/x.gz", "position": 3, "seen_at": NOW, "search": "founders"}
    crm = {"is_deleted": False, "is_converted": False, "fetched_at": NOW, "landing_ref": "zoho/leads/y.gz"}
    reasons = (
        '[{"score":"account_fit","rule":"size_core","points":40},{"score":"engagement","rule":"reply","points":25}]'
    )
    scored = {
        "account_fit": 40,
        "persona_influence": 0,
        "engagement": 25,
        "score": 30,
        "grade": "B",
        "reasons": reasons,
    }
    event = {"vendor": "ghl", "object": "contact", "record_id": "g1", "channel": "email", "occurred_at": NOW}
    return {
        "identity.features": features,
        "identity.members": members,
        "identity.edges": [
            {"left_no": numbers[APOLLO], "right_no": numbers[LEAD], "rule": "key", "bits": 40.0},
            {"left_no": numbers[APOLLO], "right_no": numbers[LEAD], "rule": "name_company", "bits": 15.0},
            {"left_no": numbers[LEAD], "right_no": numbers[CONTACT], "rule": "email", "bits": 25.0},
            {"left_no": numbers[APOLLO], "right_no": numbers[CONTACT], "rule": "phone_name", "bits": 18.0},
        ],
        "identity.people": [
            {"person_key": ADA, "full_name": TRAP, "email": "ada@engine.example", "records": 3, "zoho_id": "501"}
            | {"zoho_module": "Leads", "ghl_contact_id": "g1", "company_name": "Engine"},
            {"person_key": OTHER, "full_name": "Ada Byron", "records": 1, "zoho_id": "777", "zoho_module": "Contacts"},
            {"person_key": TWIN, "full_name": "Tim Twin", "records": 2},
        ],
        "identity.provenance": [
            {"person_key": ADA, "field": "city", "value": "Paris", "source": "apollo", "source_id": "a1"}
            | {"rule": "newest value of trust tier 1", "seen_at": NOW, "landing_ref": "x"}
            | {
                "losing_values": [
                    {"value": "Rome", "source": "zoho:Leads", "source_id": "501", "reason": "older"}
                    | {"seen_at": NOW.replace(tzinfo=None)}
                ]
            }
        ],
        "identity.account_matches": [
            {"person_key": ADA, "account_id": "31", "account_name": "Engine", "evidence": "the same name"}
            | {"points": 2, "place": 1, "is_winner": True, "tie_breaker": "the only candidate"}
        ],
        "identity.redirects": [{"old_key": OLD, "new_key": ADA, "merged_at": NOW}],
        "identity.reviews": [{"left_key": ADA, "right_key": OTHER, "reason": "same name, other ids", "bits": 15.0}],
        "staging.leads": [
            {"source": "apollo", "source_id": "a1", "full_name": TRAP, "email": None, **lead},
            {"source": "apollo", "source_id": "t1", "full_name": "Tim", "email_norm": "info@twin.example", **lead},
            {"source": "salesnav", "source_id": "member:ACwAAtwin", "full_name": "Tim", **lead},
        ],
        "staging.crm_people": [
            {"vendor": "zoho", "object": "Leads", "record_id": "501", "email_norm": "ada@engine.example", **crm},
            {"vendor": "ghl", "object": "contact", "record_id": "g1", "email_norm": "ada@engine.example", **crm},
            {"vendor": "zoho", "object": "Contacts", "record_id": "777", "email_norm": "info@twin.example", **crm},
        ],
        "staging.rejects": [
            {"source": "salesnav", "landing_ref": "s.csv", "position": 9, "reason": "no name"}
            | {"payload": '{"Email": "lost@nowhere.example"}'}
        ],
        "staging.engagements": [
            {"engagement_id": "e1", "kind": "sent", "direction": "out", "is_human": False, "vendor_id": "m1", **event},
            {"engagement_id": "e2", "kind": "reply", "direction": "in", "is_human": True, "vendor_id": "m2", **event}
            | {"occurred_at": NOW + timedelta(hours=3)},
        ],
        "qualify.scores": [{"person_key": ADA, "as_of": DAY, "rules_version": "r1", **scored}],
        "qualify.score_history": [
            {"person_key": ADA, "valid_from": NOW, "changed_because": "new data", "rules_version": "r1", **scored}
        ],
        "qualify.tags": [{"person_key": ADA, "segment": "hot", "tag": "lf-hot", "position": 1}],
        "qualify.holds": [
            {"person_key": ADA, "channel": "sms", "kind": "optout", "is_optout": True, "is_crm_held": False}
            | {"reason": "opted out of SMS", "source": "ghl:contact/g1", "since": NOW}
        ],
        "crm.zoho__conversions": [
            {"person_key": ADA, "lead_id": "501", "contact_id": "902", "state": "confirmed", "settled_at": NOW}
        ],
        "outreach.ghl__plan": [
            {"plan_hash": plan_hash, "row_no": 0, "lane": "normal", "vendor": "ghl", "object": "contact"}
            | {"record_id": "g1", "person_key": ADA, "action": "update", "field": "city", "old_value": '"Rome"'}
            | {"new_value": '"Paris"', "policy": "merge", "reason": "newer at apollo"}
        ],
        "reports.changes": [
            {"plan_hash": name, "vendor": "zoho", "object": "Leads", "record_id": "501", "person_key": ADA}
            | {"action": "hold", "reason": "opted out of SMS", "planned_at": NOW + timedelta(hours=hour)}
            for name, hour in (("p1", 0), ("p2", 5))
        ],
        "reports.spend": [
            {"spent_at": NOW, "vendor": "apollo", "unit": "apollo_credit", "quantity": 1.0, "usd": 0.025}
            | {"person_key": ADA, "purpose": "enrich", "search": "founders", "outcome": "hit"}
        ],
    }
