"""Distinct values out of a staging table, their normal forms back in as views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import catalogue
from pipeline.spelling import SPELLINGS, spelled

if TYPE_CHECKING:
    from resources.session import Session


def register_spellings(session: Session, table: str) -> None:
    """Make the `spelled_*` views readable for the distinct values of a table, while the session lives."""
    known = {column.name for column in catalogue.table(table).columns}
    for view, spelling in SPELLINGS.items():
        reads = [f"SELECT {column} AS value FROM {table}" for column in spelling.columns if column in known]
        values: list[str] = []
        if reads:
            union = " UNION ALL ".join(reads)
            found = session.rows(f"SELECT DISTINCT value FROM ({union}) WHERE value IS NOT NULL")
            values = [row["value"] for row in found]
        session.register(view, spelled(view, values))
