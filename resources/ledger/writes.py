"""Tables of the ledger about what is written to vendors: plans, verdicts, intents, records, base values."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text

from resources.ledger.schema import Moment, metadata

plans = Table(
    "plans",
    metadata,
    Column("plan_hash", String(64), primary_key=True),
    Column("vendor", String(20), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("run_id", String(80)),
    Column("rules_version", String(80), nullable=False),
    Column("metadata_version", String(80), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("summary", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("saved_at", Moment, nullable=False),
    Column("saved_no", Integer, nullable=False),
    Column("approved_by", String(120)),
    Column("approved_at", Moment),
    Column("applied_at", Moment),
    Index("plans_of_vendor", "vendor", "saved_no"),
)

plan_rows = Table(
    "plan_rows",
    metadata,
    Column("plan_hash", String(64), primary_key=True),
    Column("row_no", Integer, primary_key=True),
    Column("lane", String(10), nullable=False),
    Column("vendor", String(20), nullable=False),
    Column("object", String(40), nullable=False),
    Column("record_id", String(80)),
    Column("person_key", String(64), nullable=False),
    Column("action", String(20), nullable=False),
    Column("field", String(120)),
    Column("old_value", Text),
    Column("new_value", Text),
    Column("policy", String(20)),
    Column("reason", Text, nullable=False),
    Column("base_revision", Integer, nullable=False),
    Column("intent_id", String(64)),
    Index("plan_rows_of_intent", "intent_id"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("plan_hash", String(64), primary_key=True),
    Column("check_name", String(160), primary_key=True),
    Column("is_passed", Boolean, nullable=False),
    Column("detail", Text),
    Column("judged_at", Moment, nullable=False),
)

intents = Table(
    "intents",
    metadata,
    Column("intent_id", String(64), primary_key=True),
    Column("vendor", String(20), nullable=False),
    Column("object", String(40), nullable=False),
    Column("person_key", String(64), nullable=False),
    Column("record_id", String(80)),
    Column("operation", String(20), nullable=False),
    Column("lane", String(10), nullable=False),
    Column("payload", Text, nullable=False),
    Column("base_revision", Integer, nullable=False),
    Column("plan_hash", String(64), nullable=False),
    Column("metadata_version", String(80), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("run_id", String(80)),
    Column("owner", String(120)),
    Column("planned_at", Moment, nullable=False),
    Column("claimed_at", Moment),
    Column("sent_at", Moment),
    Column("settled_at", Moment),
    Column("read_at", Moment),
    Column("vendor_code", String(120)),
    Column("vendor_message", Text),
    Column("answer", Text),
    Column("related", Text),
    Column("landed_object", String(40)),
    Column("landed_id", String(80)),
    Column("is_key_carried", Boolean),
    Index("intents_of_vendor", "vendor", "state"),
    Index("intents_of_person", "vendor", "person_key"),
    Index("intents_of_plan", "plan_hash"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("vendor", String(20), primary_key=True),
    Column("object", String(40), primary_key=True),
    Column("person_key", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("vendor", String(20), primary_key=True),
    Column("person_key", String(64), primary_key=True),
    Column("object", String(40), nullable=False),
    Column("record_id", String(80), nullable=False),
    Column("known_at", Moment, nullable=False),
    Index("records_by_id", "vendor", "object", "record_id"),
)

bases = Table(
    "bases",
    metadata,
    Column("vendor", String(20), primary_key=True),
    Column("object", String(40), primary_key=True),
    Column("record_id", String(80), primary_key=True),
    Column("field", String(120), primary_key=True),
    Column("sent_value", Text),
    Column("stored_value", Text),
    Column("times_overwritten", Integer, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)

readbacks = Table(
    "readbacks",
    metadata,
    Column("intent_id", String(64), primary_key=True),
    Column("field", String(120), primary_key=True),
    Column("object", String(40), nullable=False),
    Column("record_id", String(80)),
    Column("sent_value", Text),
    Column("stored_value", Text),
    Column("landed", String(12), nullable=False),
    Column("read_at", Moment, nullable=False),
)
