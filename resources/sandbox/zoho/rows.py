"""One row of a write call, checked field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.problems import Json, RecordError, item
from resources.sandbox.zoho.tagnames import TagError, tag_names
from resources.sandbox.zoho.values import UnfitError, accepted

if TYPE_CHECKING:
    from resources.sandbox.zoho.fields import Module
    from resources.sandbox.zoho.request import Request


def read_row(request: Request, module: Module, row: Json, place: int, *, is_new: bool) -> Json:
    """Give the values to store (None = clear), raising RecordError for a row with faults.

    Unknown and read-only names are ignored, as single and batch calls do (Zoho fact sheet §3.1).
    """
    values, faults = _accepted(request, module, row, place)
    faults += _missing(request, module, row, values, place, is_new=is_new)
    faults += _activity_faults(request, row, place)
    if not faults:
        if values.get("Owner", "") is None:
            del values["Owner"]
        return values
    first = faults[0]
    if len(faults) > 1 and request.dialect.has_many_errors:
        raise RecordError("MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request", {"errors": faults})
    raise RecordError(first["code"], first["message"], first["details"])


def _accepted(request: Request, module: Module, row: Json, place: int) -> tuple[Json, list[Json]]:
    faults: list[Json] = []
    values: Json = {}
    for name, value in row.items():
        field = module.fields.get(name)
        if field is None or field.is_read_only:
            continue
        try:
            if field.kind == "tags":
                values[name] = tag_names(request.organisation, module.name, value)
            else:
                values[name] = accepted(request.organisation, field, value)
        except UnfitError as unfit:
            details = {**unfit.details, **request.place(name, place)}
            faults.append(item("INVALID_DATA", "invalid data", details))
        except TagError as refused:
            faults.append(refused.item)
    return values, faults


def _missing(request: Request, module: Module, row: Json, values: Json, place: int, *, is_new: bool) -> list[Json]:
    """Name mandatory fields that a new row lacks or that any row clears."""
    message = "required field not found"
    return [
        item("MANDATORY_NOT_FOUND", message, request.place(name, place))
        for name in _required(request, module, row)
        if (is_new and name not in row) or (name in values and values[name] is None)
    ]


def _required(request: Request, module: Module, row: Json) -> list[str]:
    with_layout = request.organisation.switches.layout_always or _has_layout(row.get("Layout"))
    return [
        name
        for name, field in module.fields.items()
        if field.is_mandatory or (with_layout and field.is_layout_mandatory)
    ]


def _has_layout(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.get("id"))


def _activity_faults(request: Request, row: Json, place: int) -> list[Json]:
    """`What_Id` does not say which module it points into; `$se_module` must."""
    if row.get("What_Id") and not row.get("$se_module"):
        where = request.place("$se_module", place)
        return [item("MANDATORY_NOT_FOUND", "required field not found", where)]
    return []
