"""Which column of an upload fills which field (Zoho fact sheet §4.1, §4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.bulkcells import cell_reader
from resources.sandbox.zoho.problems import CallError, Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from resources.sandbox.zoho.bulksheet import Sheet
    from resources.sandbox.zoho.fields import Field, Module
    from resources.sandbox.zoho.organisation import Organisation

MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Column:
    """One mapped field: where its text stands (None = only a default), and how it is read."""

    name: str
    index: int | None
    header: str
    default: str
    read: Callable[[str], Any]

    def text(self, cells: list[str]) -> str:
        """Give the cell's text, else the default; "" when there is neither."""
        if self.index is None or self.index >= len(cells):
            return self.default
        return cells[self.index].strip() or self.default


def columns_of(organisation: Organisation, module: Module, mappings: list[Json] | None, sheet: Sheet) -> list[Column]:
    """Give the mapped columns in the order of the mappings, else of the header; a bad one refuses the call."""
    given = mappings if mappings is not None else [_from_header(name, at) for at, name in enumerate(sheet.header)]
    if len(given) > MOST_COLUMNS:
        raise CallError(400, "HEADER_LIMIT_EXCEEDED", "header limit exceeded", {"limit": MOST_COLUMNS})
    code = "INVALID_FIELD" if mappings is not None else "INVALID_FIELD_NAME"
    found = [_column(organisation, module, one, sheet, code) for one in given]
    names = [column.name for column in found]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise CallError(400, "DUPLICATE_DATA", "duplicate mapping", {"api_name": doubled})
    return found


def _from_header(name: str, at: int) -> Json:
    first, _, rest = name.partition(".")
    return {"api_name": first, "index": at, **({"find_by": rest} if rest else {})}


def _column(organisation: Organisation, module: Module, given: Any, sheet: Sheet, code: str) -> Column:
    if not isinstance(given, dict) or not isinstance(given.get("api_name"), str):
        raise missing_key("api_name", "$.resource[0].field_mappings")
    name = given["api_name"]
    index, default = _index(given, name, sheet), _default(given, name)
    header = name if index is None or organisation.switches.bulk_api_headers else sheet.header[index]
    if name == "Layout":
        if default not in {"", organisation.layout_id(module.name)}:
            raise CallError(400, "INVALID_DATA", "invalid data", {"api_name": name})
        return Column(name, index, header, default, str)
    field = module.fields.get(name)
    if field is None or not _is_writable(field):
        raise invalid_field(name, code)
    if name == "id":
        return Column(name, index, header, default, str)
    read = cell_reader(organisation, field, pattern=given.get("format"), find_by=given.get("find_by"))
    return Column(name, index, header, default, read)


def _is_writable(field: Field) -> bool:
    return field.name == "id" or (not field.is_read_only and field.kind != "tags")


def _index(given: Json, name: str, sheet: Sheet) -> int | None:
    index = given.get("index")
    if index is None:
        if given.get("default_value") is None:
            message = f"required key index for field {name} is not found in request body."
            raise missing_key("index", "$.resource[0].field_mappings", message)
        return None
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(sheet.header):
        raise CallError(400, "COLUMN_INDEX_NOT_FOUND", "column index not found", {"api_name": name, "index": index})
    return index


def _default(given: Json, name: str) -> str:
    default = given.get("default_value")
    if default is None:
        return ""
    value = default.get("value") if isinstance(default, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int, float)):
        raise CallError(400, "INVALID_DATA", "invalid data", {"api_name": name, "key": "default_value"})
    return str(value)


def missing_key(key: str, path: str, message: str | None = None) -> CallError:
    """Refuse a body that lacks a key."""
    told = message or f"required key {key} is not found in request body."
    return CallError(400, "MISSING_REQUIRED_KEY", told, {"json_path": f"{path}.{key}"})


def invalid_field(name: str, code: str = "INVALID_FIELD") -> CallError:
    """Refuse an API name that cannot be mapped."""
    return CallError(400, code, f"invalid mapping. invalid api_name {name}.", {"api_name": name})
