"""From intents to the CSV and the field mappings of a bulk write job (Zoho fact sheet §4.1, §4.2).

The same intents always give the same columns and bytes, so that the mapping sent with a job fits a file that an
earlier process uploaded. The key comes first: of the uploaded columns only the first three come back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from resources.zoho.bulkfiles import packed, refusal
from resources.zoho.capabilities import is_unique

if TYPE_CHECKING:
    from pipeline.models import Intent, Json
    from resources.zoho.rows import Row

DATE_FORMAT = "yyyy-MM-dd"
# The last letters are the vendor's pattern for an offset such as +01:00.
TIME_FORMAT = "yyyy-MM-dd'T'HH:mm:ssXXX"
LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup"})
MULTIPLE = "multiselectpicklist"
UNWRITABLE = frozenset(
    {"autonumber", "formula", "subform", "multiselectlookup", "multiuserlookup", "fileupload", "imageupload"}
)
FILE_NAME = "leadflow.csv"
_ID: dict[str, Json] = {"api_name": "id", "data_type": "bigint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a job writes: header, rows of text, and the mapping of each column by its place."""

    operation: str
    find_by: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]] = field(repr=False)
    mappings: Sequence[Mapping[str, Json]]

    def content(self) -> bytes:
        """Return the zip to upload; RequestRefused where it is beyond what one job takes."""
        return packed(FILE_NAME, self.header, self.rows)


def row_key(intent: Intent, key_field: str) -> str:
    """Return the value of an intent's first column: the record id of an update, our key of an insert."""
    if intent.operation == "update":
        return str(intent.record_id or "")
    return str(intent.payload.get(key_field) or intent.person_key)


def sheet(intents: Sequence[Intent], fields: Sequence[Row], *, key_field: str) -> Sheet:
    """Return what a job for these intents (one object, one operation: insert or update) writes.

    Raises:
        RequestRefused: a row or a column that this route cannot carry: no key, a key twice, a field that does
            not exist or cannot be written in bulk, a value to clear (empty cells never clear here).
    """
    is_update = intents[0].operation == "update"
    find_by = "id" if is_update else key_field
    known = {str(entry["api_name"]): entry for entry in fields}
    _require_unique(known, find_by)
    keys = [row_key(intent, key_field) for intent in intents]
    if "" in keys or len(set(keys)) < len(keys):
        raise refusal("DUPLICATE_KEY", f"every row needs a value of {find_by} of its own")
    columns = [find_by, *_columns(intents, key_field, without=find_by)]
    kinds = [_kind(known, name) for name in columns]
    if is_update:
        _require_nothing_cleared(intents)
    rows = [
        [
            keys[place],
            *(_cell(intent.payload.get(name), kind) for name, kind in zip(columns[1:], kinds[1:], strict=True)),
        ]
        for place, intent in enumerate(intents)
    ]
    return Sheet(
        operation="update" if is_update else "upsert",
        find_by=find_by,
        header=columns,
        rows=rows,
        mappings=[_mapping(name, place, kinds[place]) for place, name in enumerate(columns)],
    )


def _columns(intents: Sequence[Intent], key_field: str, *, without: str) -> list[str]:
    named = {name for intent in intents for name in intent.payload} - {without, "id"}
    return sorted(named, key=lambda name: (name != key_field, name))


def _require_unique(known: Mapping[str, Row], find_by: str) -> None:
    # By a field that is not unique Zoho refuses the job or takes every row for new (Zoho fact sheet §4.2).
    if find_by != "id" and not is_unique(known.get(find_by, {})):
        raise refusal("FIND_BY_NOT_UNIQUE", f"{find_by} is no unique field of this module")


def _require_nothing_cleared(intents: Sequence[Intent]) -> None:
    cleared = sorted({name for intent in intents for name, value in intent.payload.items() if _is_blank(value)})
    if cleared:
        raise refusal("CANNOT_CLEAR", f"empty cells never clear a field here; go by update for {', '.join(cleared)}")


def _kind(known: Mapping[str, Row], name: str) -> str:
    entry = _ID if name == "id" else known.get(name)
    if entry is None:
        raise refusal("INVALID_FIELD", f"the module has no field {name}")
    kind = str(entry.get("data_type") or "text")
    if kind in UNWRITABLE or name == "Tag":
        raise refusal("INVALID_FIELD", f"{name} ({kind}) cannot be written in bulk")
    return kind


def _mapping(name: str, index: int, kind: str) -> dict[str, Json]:
    told: dict[str, Json] = {"api_name": name, "index": index}
    if kind in LOOKUPS:
        told["find_by"] = "id"
    if kind == "date":
        told["format"] = DATE_FORMAT
    if kind == "datetime":
        told["format"] = TIME_FORMAT
    return told


def _cell(value: Json, kind: str) -> str:
    if _is_blank(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind in LOOKUPS:
        return str(value.get("id") or "") if isinstance(value, Mapping) else str(value)
    if kind == MULTIPLE and isinstance(value, Sequence) and not isinstance(value, str):
        return ";".join(str(item) for item in value)
    if isinstance(value, Mapping | list | tuple):
        raise refusal("INVALID_FIELD", f"a value of type {kind} is a structure, which a cell cannot hold")
    if isinstance(value, float):
        return format(Decimal(str(value)), "f")
    return _moment(value, kind) if kind in {"date", "datetime"} else str(value).replace("\x00", "")


def _moment(value: Any, kind: str) -> str:
    try:
        found = value if isinstance(value, date) else datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)  # Zoho names the row and the field; a guess of ours would write another day
    if kind == "date":
        return found.isoformat()[:10]
    if not isinstance(found, datetime):
        found = datetime(found.year, found.month, found.day, tzinfo=UTC)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def _is_blank(value: Json) -> bool:
    return value is None or value == "" or (isinstance(value, list | tuple | Mapping) and not value)
