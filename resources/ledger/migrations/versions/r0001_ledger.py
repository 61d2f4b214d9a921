"""The first ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "bases",
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("sent_value", sa.Text(), nullable=True),
        sa.Column("stored_value", sa.Text(), nullable=True),
        sa.Column("times_overwritten", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("vendor", "object", "record_id", "field"),
    )
    op.create_table(
        "charges",
        sa.Column("charge_no", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("spent_at", MOMENT, nullable=False),
        sa.Column("run_id", sa.String(length=80), nullable=True),
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("unit_price_usd", sa.Float(), nullable=True),
        sa.Column("usd", sa.Float(), nullable=True),
        sa.Column("price_as_of", sa.Date(), nullable=True),
        sa.Column("purpose", sa.String(length=120), nullable=False),
        sa.Column("search", sa.String(length=255), nullable=True),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("forecast_quantity", sa.Float(), nullable=True),
        sa.Column("cycle_ends_on", sa.Date(), nullable=True),
        sa.Column("left_after", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("charge_no"),
    )
    op.create_index("charges_of_run", "charges", ["run_id"], unique=False)
    op.create_table(
        "intents",
        sa.Column("intent_id", sa.String(length=64), nullable=False),
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=True),
        sa.Column("operation", sa.String(length=20), nullable=False),
        sa.Column("lane", sa.String(length=10), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("metadata_version", sa.String(length=80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("run_id", sa.String(length=80), nullable=True),
        sa.Column("owner", sa.String(length=120), nullable=True),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("vendor_code", sa.String(length=120), nullable=True),
        sa.Column("vendor_message", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("related", sa.Text(), nullable=True),
        sa.Column("landed_object", sa.String(length=40), nullable=True),
        sa.Column("landed_id", sa.String(length=80), nullable=True),
        sa.Column("is_key_carried", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("intent_id"),
    )
    op.create_index("intents_of_person", "intents", ["vendor", "person_key"], unique=False)
    op.create_index("intents_of_plan", "intents", ["plan_hash"], unique=False)
    op.create_index("intents_of_vendor", "intents", ["vendor", "state"], unique=False)
    op.create_table(
        "keys",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("born_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_table(
        "members",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "source", "source_id"),
    )
    op.create_table(
        "meters",
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("told", sa.Float(), nullable=False),
        sa.Column("recorded", sa.Float(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("unit"),
    )
    op.create_table(
        "pauses",
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )
    op.create_table(
        "plan_rows",
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=10), nullable=False),
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=True),
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=True),
        sa.Column("old_value", sa.Text(), nullable=True),
        sa.Column("new_value", sa.Text(), nullable=True),
        sa.Column("policy", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("intent_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("plan_hash", "row_no"),
    )
    op.create_index("plan_rows_of_intent", "plan_rows", ["intent_id"], unique=False)
    op.create_table(
        "plans",
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("run_id", sa.String(length=80), nullable=True),
        sa.Column("rules_version", sa.String(length=80), nullable=False),
        sa.Column("metadata_version", sa.String(length=80), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("saved_no", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("plan_hash"),
    )
    op.create_index("plans_of_vendor", "plans", ["vendor", "saved_no"], unique=False)
    op.create_table(
        "readbacks",
        sa.Column("intent_id", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=True),
        sa.Column("sent_value", sa.Text(), nullable=True),
        sa.Column("stored_value", sa.Text(), nullable=True),
        sa.Column("landed", sa.String(length=12), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("intent_id", "field"),
    )
    op.create_table(
        "records",
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=False),
        sa.Column("known_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("vendor", "person_key"),
    )
    op.create_index("records_by_id", "records", ["vendor", "object", "record_id"], unique=False)
    op.create_table(
        "redirects",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("old_key", sa.String(length=64), nullable=False),
        sa.Column("new_key", sa.String(length=64), nullable=False),
        sa.Column("merged_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "old_key"),
    )
    op.create_table(
        "revisions",
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("vendor", "object", "person_key"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_table(
        "verdicts",
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("check_name", sa.String(length=160), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("judged_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("plan_hash", "check_name"),
    )
    op.create_table(
        "workspace",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("stamped_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
