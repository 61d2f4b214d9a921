"""What a call asks of bulk write, checked before a job exists (Zoho fact sheet §4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from resources.sandbox.zoho.bulkmapping import Column, columns_of, invalid_field, missing_key
from resources.sandbox.zoho.bulksheet import Sheet, read_sheet
from resources.sandbox.zoho.problems import CallError, Json

if TYPE_CHECKING:
    from resources.sandbox.zoho.bulkfiles import Files
    from resources.sandbox.zoho.fields import Module
    from resources.sandbox.zoho.organisation import Organisation

OPERATIONS = ("insert", "update", "upsert")
MODULES = ("Leads", "Contacts", "Accounts", "Deals", "Tasks")
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Plan:
    """A job's work, read from its body and its file."""

    module: Module
    operation: str
    find_by: str | None
    ignores_empty: bool
    columns: list[Column]
    sheet: Sheet


def check_json(headers: Any) -> None:
    """Refuse a bulk call whose Content-Type is not JSON."""
    if "application/json" not in headers.get("content-type", "").lower():
        raise CallError(415, "MEDIA_TYPE_NOT_SUPPORTED", "Media type not supported")


def asked_module(organisation: Organisation, given: Any, *, is_object: bool, names: tuple[str, ...]) -> Module:
    """Give the module a bulk body names: a string in v2, an object from v2.1."""
    name = given.get("api_name") if is_object and isinstance(given, dict) else given
    if not isinstance(name, str) or is_object is not isinstance(given, dict):
        kind = "jsonobject" if is_object else "string"
        raise CallError(400, "INVALID_DATA", "invalid data", {"api_name": "module", "expected_data_type": kind})
    if name not in names or name not in organisation.modules:
        raise CallError(400, "MODULE_NOT_AVAILABLE", f"Requested module '{name}' is not available.")
    return organisation.modules[name]


def check_callback(given: Any) -> None:
    """Refuse a callback that is not an https (or loopback) address to POST to."""
    if given is None:
        return
    url = given.get("url") if isinstance(given, dict) else None
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or not parts.hostname or parts.scheme not in {"http", "https"}:
        raise CallError(400, "INVALID_CALLBACK_URL", "invalid callback url")
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        raise CallError(400, "INVALID_CALLBACK_URL", "invalid callback url")
    if given.get("method") != "post":
        details = {"supported_callback_methods": ["post"]}
        raise CallError(400, "INVALID_CALLBACK_METHOD", "invalid callback method", details)


def plan_of(organisation: Organisation, body: Json, files: Files, *, version: float) -> Plan:
    """Read the body of a bulk write and its file; anything Zoho would not take refuses the call."""
    operation = body.get("operation")
    if operation is None:
        raise missing_key("operation", "$")
    if operation not in OPERATIONS:
        details = {"api_name": "operation", "supported_values": list(OPERATIONS)}
        raise CallError(400, "INVALID_DATA", "invalid data", details)
    resource = _resource(body)
    if "module" not in resource:
        raise missing_key("module", "$.resource[0]")
    module = asked_module(organisation, resource["module"], is_object=version > 2, names=MODULES)
    if "file_id" not in resource:
        raise missing_key("file_id", "$.resource[0]")
    sheet = _sheet(organisation, body, resource, files, version=version)
    find_by = _find_by(organisation, module, operation, resource.get("find_by"))
    columns = columns_of(organisation, module, _mappings(resource), sheet)
    _check_columns(module, operation, find_by, columns)
    return Plan(module, operation, find_by, ignores_empty(body), columns, sheet)


def ignores_empty(body: Json) -> bool:
    """Whether blank cells leave values as they are; told in the resource or above it, else false."""
    inner = body["resource"][0].get("ignore_empty")
    return (body.get("ignore_empty") if inner is None else inner) is True


def _resource(body: Json) -> Json:
    listed = body.get("resource")
    if listed is None:
        raise missing_key("resource", "$")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        details = {"api_name": "resource", "expected_data_type": "jsonarray"}
        raise CallError(400, "INVALID_DATA", "invalid data", details)
    if len(listed) > 1:
        # Parent and child files in one job are not simulated.
        raise CallError(400, "COEXISTENCE_NOT_ALLOWED", "resources cannot be together", {"json_path": "$.resource"})
    resource: Json = listed[0]
    if "type" not in resource:
        raise missing_key("type", "$.resource[0]")
    if resource["type"] != "data":
        raise CallError(400, "INVALID_DATA", "invalid data", {"api_name": "type", "supported_values": ["data"]})
    return resource


def _sheet(organisation: Organisation, body: Json, resource: Json, files: Files, *, version: float) -> Sheet:
    names = resource.get("file_names") if version >= 3 else None
    if names is None and version >= 3 and organisation.switches.bulk_needs_file_names:
        raise missing_key("file_names", "$.resource[0]")
    if names is not None and not isinstance(names, list):
        raise CallError(400, "INVALID_DATA", "invalid data", {"api_name": "file_names"})
    encoding = body.get("character_encoding")
    if encoding is not None and not isinstance(encoding, str):
        raise CallError(400, "INVALID_DATA", "invalid data", {"api_name": "character_encoding"})
    return read_sheet(files.content(resource["file_id"]), encoding=encoding, names=names)


def _mappings(resource: Json) -> list[Json] | None:
    mappings = resource.get("field_mappings")
    if mappings is not None and (not isinstance(mappings, list) or not mappings):
        details = {"api_name": "field_mappings", "expected_data_type": "jsonarray"}
        raise CallError(400, "INVALID_DATA", "invalid data", details)
    return mappings


def _find_by(organisation: Organisation, module: Module, operation: str, given: Any) -> str | None:
    """Give the field that identifies records; an ordinary field is refused or, by switch, finds nothing."""
    if given is None:
        if operation != "insert":
            raise CallError(400, "MANDATORY_NOT_FOUND", "Required key find_by is not available")
        return None
    if given not in module.fields:
        raise invalid_field(str(given))
    if organisation.switches.bulk_find_by_strict and given != "id" and given not in module.unique:
        raise CallError(400, "INVALID_FIELD", f"invalid mapping. {given} is not a unique field.", {"api_name": given})
    return str(given)


def _check_columns(module: Module, operation: str, find_by: str | None, columns: list[Column]) -> None:
    mapped = {column.name: column for column in columns}
    if find_by is not None and (find_by not in mapped or mapped[find_by].index is None):
        details = {"api_name": find_by}
        raise CallError(400, "COLUMN_INDEX_NOT_FOUND", "the column of find_by is not mapped", details)
    if "id" in mapped and find_by != "id":
        raise invalid_field("id")
    needed = [field.name for field in module.fields.values() if field.is_mandatory or field.is_layout_mandatory]
    lacking = [name for name in needed if name not in mapped]
    if operation != "update" and lacking:
        message = "All mandatory fields are not mapped for the layout"
        raise CallError(400, "MANDATORY_FIELDS_NOT_MAPPED", message, {"api_name": lacking[0]})
