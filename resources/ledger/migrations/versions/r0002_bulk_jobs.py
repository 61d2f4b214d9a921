"""Bulk jobs; the fields of plans, readings and bases are kept per record instead of one by one."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BATCH = 2000

RECORD = ("lane", "vendor", "object", "record_id", "person_key", "action")


def upgrade() -> None:
    """Create the tables of bulk jobs, and put fields together by record."""
    _jobs()
    _records()
    connection = op.get_bind()
    _gather(connection, "plan_rows", "plan_hash, row_no", "plan_records", _plan_records)
    _gather(connection, "readbacks", "intent_id, field", "readings", _readings)
    _gather(connection, "bases", "vendor, object, record_id, field", "record_bases", _record_bases)
    op.drop_index("plan_rows_of_intent", "plan_rows")
    for name in ("plan_rows", "readbacks", "bases"):
        op.drop_table(name)


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("job_no", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(length=20), nullable=False),
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.String(length=120), nullable=True),
        sa.Column("job_id", sa.String(length=120), nullable=True),
        sa.Column("prepared_at", MOMENT, nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=True),
        sa.Column("submitting_at", MOMENT, nullable=True),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("oddities", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job_no"),
    )
    op.create_index("jobs_of_vendor", "jobs", ["vendor", "state"], unique=False)
    op.add_column("intents", sa.Column("job_no", sa.Integer(), nullable=True))
    op.add_column("intents", sa.Column("job_position", sa.Integer(), nullable=True))
    op.drop_index("intents_of_vendor", "intents")
    op.drop_index("intents_of_plan", "intents")
    op.create_index("intents_of_vendor", "intents", ["vendor", "state", "read_at"], unique=False)
    op.create_index("intents_of_plan", "intents", ["plan_hash", "state", "operation"], unique=False)
    op.create_index("intents_settled", "intents", ["settled_at"], unique=False)
    op.create_index("intents_of_job", "intents", ["job_no"], unique=False)


def _records() -> None:
    op.create_table(
        "plan_records",
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("record_no", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=10), nullable=False),
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=True),
        sa.Column("person_key", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("intent_id", sa.String(length=64), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_hash", "record_no"),
    )
    op.create_index("plan_records_of_intent", "plan_records", ["intent_id"], unique=False)
    op.create_table(
        "readings",
        sa.Column("intent_id", sa.String(length=64), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("intent_id"),
    )
    op.create_table(
        "record_bases",
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("most_overwritten", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("vendor", "record_id", "object"),
    )


def _gather(
    connection: sa.Connection,
    source: str,
    order: str,
    target: str,
    put_together: Callable[[Sequence[Any]], Iterator[dict[str, Any]]],
) -> None:
    """Copy one table into another, the rows of the first column (a plan, an intent, a vendor) at a time."""
    rows = connection.execute(sa.text(f"SELECT * FROM {source} ORDER BY {order}")).mappings().all()
    first = order.split(",", maxsplit=1)[0]
    for _, members in groupby(rows, key=lambda row: row[first]):
        gathered = list(put_together(list(members)))
        for start in range(0, len(gathered), BATCH):
            connection.execute(
                sa.text(f"INSERT INTO {target} ({', '.join(gathered[0])}) VALUES (:{', :'.join(gathered[0])})"),
                gathered[start : start + BATCH],
            )


def _plan_records(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    records: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        records.setdefault(tuple(row[name] for name in RECORD), []).append(row)
    for number, members in enumerate(records.values()):
        fields = [
            [
                row["row_no"],
                row["field"],
                _value(row["old_value"]),
                _value(row["new_value"]),
                row["policy"],
                row["reason"],
            ]
            for row in members
        ]
        kept = {name: members[0][name] for name in ("plan_hash", *RECORD, "base_revision", "intent_id")}
        yield kept | {"record_no": number, "fields": _text(fields)}


def _readings(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    fields = {row["field"]: [_value(row["sent_value"]), _value(row["stored_value"]), row["landed"]] for row in rows}
    kept = {name: rows[0][name] for name in ("intent_id", "object", "record_id", "read_at")}
    yield kept | {"fields": _text(fields)}


def _record_bases(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for _, members in groupby(rows, key=lambda row: (row["object"], row["record_id"])):
        told = list(members)
        fields = {
            row["field"]: [_value(row["sent_value"]), _value(row["stored_value"]), row["times_overwritten"]]
            for row in told
        }
        kept = {name: told[0][name] for name in ("vendor", "object", "record_id", "recorded_at")}
        most = max(row["times_overwritten"] for row in told)
        yield kept | {"most_overwritten": most, "fields": _text(fields)}


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
