"""The tables of the warehouse as data: what a row is, its columns, their types and meanings.

One YAML file per layer under `pipeline/tables/`; `resources/warehouse.py` makes the DDL from it, the report
layer publishes it as `reports.dictionary`, and tests hold SQL files and assets to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader written in C, where there is one: definitions wait for these files."""

LAYERS = ("raw", "staging", "identity", "qualify", "crm", "outreach", "reports")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its DuckDB type and what it means."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `layer.name`, what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def layer(self) -> str:
        """Return the schema, which is also the asset key prefix and the Dagster group."""
        return self.name.split(".")[0]


@cache
def tables() -> dict[str, Table]:
    """Return every table of the catalogue by its full name, in layer order."""
    found: dict[str, Table] = {}
    folder = files("pipeline") / "tables"
    for source in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if source.name.endswith(".yaml"):
            found.update(_parse(yaml.load(source.read_text(encoding="utf-8"), Loader=LOADER)))  # noqa: S506 - a safe loader by either name
    return dict(sorted(found.items(), key=lambda item: LAYERS.index(item[1].layer)))


def table(name: str) -> Table:
    """Return one table by its full name; KeyError names what is missing."""
    return tables()[name]


def _parse(document: dict[str, Any]) -> dict[str, Table]:
    return {
        name: Table(
            name=name,
            row=spec["row"],
            columns=tuple(Column(column, kind, meaning) for column, (kind, meaning) in spec["columns"].items()),
        )
        for name, spec in document["tables"].items()
    }
