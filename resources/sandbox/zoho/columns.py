"""COQL columns against fields: what a name means, also through one lookup, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.fields import LOOKUPS, Field
from resources.sandbox.zoho.problems import CallError
from resources.sandbox.zoho.store import Record, Table, full_name

if TYPE_CHECKING:
    from resources.sandbox.zoho.organisation import Organisation

Getter = Callable[["Record"], Any]
USER_COLUMNS = frozenset({"first_name", "last_name", "email", "full_name"})


class Columns:
    """Resolves column names of one module, also through one lookup (`Account_Name.Website`)."""

    def __init__(self, organisation: Organisation, table: Table, *, with_conversion: bool) -> None:
        self._organisation = organisation
        self._table = table
        self._with_conversion = with_conversion

    def field(self, name: str) -> Field:
        """Find the field behind a column; an unknown one refuses the query."""
        first, _, rest = name.partition(".")
        if first == "Converted__s" and self._with_conversion and self._table.module.name == "Leads":
            return Field(name=first, kind="boolean")
        field = self._table.module.fields.get(first)
        if field is None or field.kind == "tags":
            raise unknown_column(name)
        if not rest:
            return field
        if field.kind == "ownerlookup" and rest in USER_COLUMNS:
            return Field(name=rest, kind="text")
        target = self._organisation.modules.get(field.target) if field.kind == "lookup" else None
        if target is None or rest not in target.fields:
            raise unknown_column(name)
        return target.fields[rest]

    def getter(self, name: str) -> Getter:
        """Give the function that reads a column in its comparable form."""
        self.field(name)
        first, _, rest = name.partition(".")
        if not rest:
            return reader(self._table.module.fields.get(first) or Field(name=first, kind="boolean"))
        base = reader(self._table.module.fields[first])
        if self._table.module.fields[first].kind == "ownerlookup":
            return lambda record: getattr(self._organisation.user(base(record)), rest, None)
        target = self._organisation.tables[self._table.module.fields[first].target]
        inner = reader(target.module.fields[rest])

        def through(record: Record) -> Any:
            found = target.records.get(base(record) or "")
            return inner(found) if found is not None else None

        return through


def unknown_column(name: str) -> CallError:
    """Refuse a column that the module does not have."""
    return CallError(400, "INVALID_QUERY", "column given seems to be invalid", {"column_name": name})


def reader(field: Field) -> Getter:
    """Read one field of a record: ids for lookups, seconds for moments."""
    name = field.name
    system: dict[str, Getter] = {
        "id": lambda record: record.id,
        "Owner": lambda record: record.owner,
        "Created_By": lambda record: record.created_by,
        "Modified_By": lambda record: record.modified_by,
        "Created_Time": lambda record: int(record.created),
        "Modified_Time": lambda record: int(record.modified),
        "Full_Name": full_name,
        "Converted__s": lambda record: record.converted is not None,
    }
    if name in system:
        return system[name]
    if field.kind in LOOKUPS:
        return lambda record: (record.values.get(name) or {}).get("id")
    if field.kind == "boolean":
        return lambda record: bool(record.values.get(name))
    if field.kind == "datetime":
        return lambda record: _moment(record.values.get(name))
    return lambda record: record.values.get(name)


def _moment(value: Any) -> float | None:
    return datetime.fromisoformat(value).timestamp() if value else None
