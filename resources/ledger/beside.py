"""Rows that a plan gains while it is carried out: writes nobody could name before a conversion had made the record.

They belong to the plan of the conversion, so that they are told, and taken back, like all it did. They come after its
own rows; its hash is that of what was approved and does not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from resources.ledger.rows import fields_of
from resources.ledger.store import dumps, many
from resources.ledger.writes import plan_records, plans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import Intent

POLICY = "fill_blank"


def append(connection: Connection, fresh: Sequence[Intent], reason: str) -> None:
    """Add updates of blank fields to the plans that they belong to, inside an open transaction.

    Those of no known plan are left out. The fields were blank when they were looked at: that is the value before.
    """
    for plan_hash in sorted({intent.plan_hash for intent in fresh}):
        if connection.execute(select(plans.c.plan_hash).where(plans.c.plan_hash == plan_hash)).first() is None:
            continue
        mine = select(plan_records).where(plan_records.c.plan_hash == plan_hash)
        last = connection.execute(mine.order_by(plan_records.c.record_no.desc()).limit(1)).first()
        record_no = last.record_no + 1 if last is not None else 0
        row_no = max((field.row_no for field in fields_of(last.fields)), default=-1) + 1 if last is not None else 0
        rows = []
        for intent in (intent for intent in fresh if intent.plan_hash == plan_hash):
            fields = [
                [row_no + place, name, None, value, POLICY, reason]
                for place, (name, value) in enumerate(intent.payload.items())
            ]
            rows.append(
                {
                    "plan_hash": plan_hash,
                    "record_no": record_no,
                    "lane": intent.lane,
                    "vendor": intent.vendor,
                    "object": intent.object,
                    "record_id": intent.record_id,
                    "person_key": intent.person_key,
                    "action": intent.operation,
                    "base_revision": intent.base_revision,
                    "intent_id": intent.intent_id,
                    "fields": dumps(fields),
                }
            )
            record_no, row_no = record_no + 1, row_no + len(fields)
        many(connection, plan_records.insert(), rows)
