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

plan_records = Table(
    "plan_records",
    metadata,
    Column("plan_hash", String(64), primary_key=True),
    Column("record_no", Integer, primary_key=True),
    Column("lane", String(10), nullable=False),
    Column("vendor", String(20), nullable=False),
    Column("object", String(40), nullable=False),
    Column("record_id", String(80)),
    Column("person_key", String(64), nullable=False),
    Column("action", String(20), nullable=False),
    Column("base_revision", Integer, nullable=False),
    Column("intent_id", String(64)),
    Column("fields", Text, nullable=False),
    Index("plan_records_of_intent", "intent_id"),
)
"""Rows of plans, one per record and action; `fields` is a list of [row no, field, old, new, policy, reason].

A plan of 100,000 people has more than a million fields: kept one by one they took minutes and gigabytes.
"""

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
    Column("job_no", Integer),
    Column("job_position", Integer),
    Column("left_out", Text),
    Index("intents_of_job", "job_no"),
    Index("intents_of_vendor", "vendor", "state", "read_at"),
    Index("intents_of_person", "vendor", "person_key"),
    Index("intents_of_plan", "plan_hash", "state", "operation"),
    Index("intents_settled", "settled_at"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job_no", Integer, primary_key=True, autoincrement=True),
    Column("vendor", String(20), nullable=False),
    Column("object", String(40), nullable=False),
    Column("operation", String(20), nullable=False),
    Column("plan_hash", String(64), nullable=False),
    Column("run_id", String(80)),
    Column("state", String(12), nullable=False),
    Column("size", Integer, nullable=False),
    Column("file_id", String(120)),
    Column("job_id", String(120)),
    Column("prepared_at", Moment, nullable=False),
    Column("uploaded_at", Moment),
    Column("submitting_at", Moment),
    Column("submitted_at", Moment),
    Column("completed_at", Moment),
    Column("ended_at", Moment),
    Column("asked_at", Moment),
    Column("status", Text),
    Column("reason", Text),
    Column("oddities", Text),
    Index("jobs_of_vendor", "vendor", "state"),
)
"""Bulk jobs. `status` is the vendor's last word, `oddities` are result rows that fit no intent."""

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

record_bases = Table(
    "record_bases",
    metadata,
    Column("vendor", String(20), primary_key=True),
    Column("record_id", String(80), primary_key=True),
    Column("object", String(40), primary_key=True),
    Column("fields", Text, nullable=False),
    Column("most_overwritten", Integer, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)
"""One row per record; `fields` is field → [sent, stored, times overwritten]."""

readings = Table(
    "readings",
    metadata,
    Column("intent_id", String(64), primary_key=True),
    Column("object", String(40), nullable=False),
    Column("record_id", String(80)),
    Column("fields", Text, nullable=False),
    Column("read_at", Moment, nullable=False),
)
"""One row per intent; `fields` is field → [sent, stored, how it landed]."""
