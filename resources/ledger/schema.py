"""Tables of the ledger: workspace, runs, keys, money and pauses; vendor writes are in `writes.py`.

Moments are UTC. JSON is kept as canonical text, because plan hashes and payload hashes are made of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """Aware UTC in Python whatever the database keeps; SQLite keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment as UTC; without a zone where the database has none."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment as aware UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


workspace = Table(
    "workspace",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Text, nullable=False),
    Column("stamped_at", Moment, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(80), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("summary", Text),
)

keys = Table(
    "keys",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("source", String(80), nullable=False),
    Column("source_id", String(255), nullable=False),
    Column("born_at", Moment, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("source", String(80), primary_key=True),
    Column("source_id", String(255), primary_key=True),
    Column("key", String(64), nullable=False),
)

redirects = Table(
    "redirects",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("old_key", String(64), primary_key=True),
    Column("new_key", String(64), nullable=False),
    Column("merged_at", Moment, nullable=False),
)

DUST = 6


def exact(total: float | None) -> float:
    """Return a sum that a database made of charges without the dust of floating point: 38.975, not 38.974999999."""
    return round(float(total or 0.0), DUST)


charges = Table(
    "charges",
    metadata,
    Column("charge_no", Integer, primary_key=True, autoincrement=True),
    Column("spent_at", Moment, nullable=False),
    Column("run_id", String(80)),
    Column("vendor", String(20), nullable=False),
    Column("unit", String(40), nullable=False),
    Column("quantity", Float, nullable=False),
    Column("unit_price_usd", Float),
    Column("usd", Float),
    Column("price_as_of", Date),
    Column("purpose", String(120), nullable=False),
    Column("search", String(255)),
    Column("person_key", String(64)),
    Column("outcome", String(20)),
    Column("forecast_quantity", Float),
    Column("cycle_ends_on", Date),
    Column("left_after", Float),
    Index("charges_of_run", "run_id"),
)

pauses = Table(
    "pauses",
    metadata,
    Column("scope", String(20), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Moment, nullable=False),
)

meters = Table(
    "meters",
    metadata,
    Column("unit", String(40), primary_key=True),
    Column("told", Float, nullable=False),
    Column("recorded", Float, nullable=False),
    Column("read_at", Moment, nullable=False),
)
