"""The table of what people decided about who is who."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from resources.ledger.schema import Moment, metadata

decisions = Table(
    "decisions",
    metadata,
    Column("decision_no", Integer, primary_key=True, autoincrement=True),
    Column("left_source", String(80), nullable=False),
    Column("left_id", String(255), nullable=False),
    Column("right_source", String(80), nullable=False),
    Column("right_id", String(255), nullable=False),
    Column("verdict", String(12), nullable=False),
    Column("decided_by", String(120), nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("origin", String(255), nullable=False),
    Column("line_hash", String(64)),
    Column("replaced_by", Integer),
    Index("decisions_of_line", "line_hash"),
)
"""One row per pair of records. `line_hash` names the line of a file it came from; `replaced_by` a later decision."""
