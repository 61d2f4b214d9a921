"""What a check found, as Dagster shows it: the offending rows as a table of ids and counts, without personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from pipeline.planview.masks import mask_reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assets.boundary import Stage
    from pipeline import quality

SHOWN = 50
"""Offending rows that are listed; how many there are is told beside them."""

Cell = str | int | float | bool | None


def verdict(stage: Stage, check: quality.Check) -> dg.AssetCheckResult:
    """Judge one check file in the step that filled its table; a plan's verdict is kept for its hash.

    A step of its own per check would double the events of a run, and Dagster's bookkeeping is its slowest part.
    """
    found = stage.opened.judge(check, as_of=stage.as_of)
    told: dict[str, Any] = {"offending_rows": len(found)}
    if found:
        told["first_rows"] = offending(found)
    return dg.AssetCheckResult(
        check_name=check.what,
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR,
        description=None if not found else f"{check.meaning.rstrip('.')}: {len(found):,} rows",
        metadata=told,
    )


def offending(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Return rows as a table; whatever looks like an address or a telephone number is masked."""
    shown = [{name: cell(value) for name, value in row.items()} for row in rows[:SHOWN]]
    names = list(shown[0]) if shown else []
    columns = [dg.TableColumn(name, _type([row[name] for row in shown])) for name in names]
    return dg.MetadataValue.table([dg.TableRecord(row) for row in shown], dg.TableSchema(columns=columns))


def cell(value: Any) -> Cell:
    """Return a value that a table of Dagster can hold."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask_reason(str(value))


def _type(values: Sequence[Cell]) -> str:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return "bool"
    if known and all(isinstance(value, int) and not isinstance(value, bool) for value in known):
        return "int"
    return "float" if known and all(isinstance(value, int | float) for value in known) else "string"
