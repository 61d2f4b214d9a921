"""Columns of the ledger's rows as people read them, and which rows were touched since a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, or_

from pipeline.planning.plans import ACTIVITIES
from pipeline.planning.states import UNSETTLED
from resources.ledger.writes import intents

if TYPE_CHECKING:
    from datetime import datetime


def picked(row: object, names: tuple[str, ...]) -> dict[str, Any]:
    """Return some columns of a row."""
    return {name: getattr(row, name) for name in names}


def home_of(row: Row[Any], operation: str) -> str | None:
    """Return the person's record: what a task or note hangs at, not the task itself."""
    record: str | None = row.record_id if operation in ACTIVITIES else row.landed_id or row.record_id
    return record


def touched(since: datetime) -> ColumnElement[bool]:
    """Return the condition for intents that moved, or may have moved, at or after a moment."""
    moved = [column >= since for column in (intents.c.planned_at, intents.c.settled_at, intents.c.read_at)]
    # A write that was taken for sent and is planned again moves none of these.
    return or_(*moved, intents.c.state.in_((*UNSETTLED, "planned")))
