"""Records as rows of a bulk read's CSV (Zoho fact sheet §4.6)."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.fields import LOOKUPS
from resources.sandbox.zoho.store import full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from resources.sandbox.zoho.columns import Columns
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.store import Record, Table


def csv_text(
    organisation: Organisation, table: Table, columns: Columns, names: list[str], rows: Iterable[Record]
) -> str:
    """Write records; ids for lookups, moments in the user's zone, nothing for blanks."""
    texts = [_texts(organisation, table, columns, name) for name in names]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([text(record) for text in texts] for record in rows)
    return out.getvalue()


def _texts(organisation: Organisation, table: Table, columns: Columns, name: str) -> Callable[[Record], str]:
    first, _, rest = name.partition(".")
    if not rest:
        return _plain_texts(organisation, table, name)
    field = table.module.fields[first]
    if field.kind == "ownerlookup":
        get = columns.getter(name)
        return lambda record: str(get(record) or "")
    target = organisation.tables[field.target]
    inner = _plain_texts(organisation, target, rest)

    def through(record: Record) -> str:
        linked = target.records.get((record.values.get(first) or {}).get("id", ""))
        return inner(linked) if linked is not None else ""

    return through


def _plain_texts(organisation: Organisation, table: Table, name: str) -> Callable[[Record], str]:
    system: dict[str, Callable[[Record], str]] = {
        "id": lambda record: record.id,
        "Owner": lambda record: record.owner,
        "Created_By": lambda record: record.created_by,
        "Modified_By": lambda record: record.modified_by,
        "Created_Time": lambda record: organisation.shown(record.created),
        "Modified_Time": lambda record: organisation.shown(record.modified),
        "Full_Name": full_name,
        "Tag": lambda record: ",".join(record.tags),
        "Converted__s": lambda record: str(record.converted is not None).lower(),
    }
    if name in system:
        return system[name]
    kind = table.module.fields[name].kind
    if kind in LOOKUPS:
        return lambda record: (record.values.get(name) or {}).get("id", "")
    if kind == "boolean":
        return lambda record: "true" if record.values.get(name) else "false"
    if kind == "datetime":
        return lambda record: _moment(organisation, record.values.get(name))
    return lambda record: _text(record.values.get(name))


def _moment(organisation: Organisation, value: Any) -> str:
    return organisation.shown(datetime.fromisoformat(value).timestamp()) if value else ""


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(map(str, value))
    return "" if value is None else str(value)
