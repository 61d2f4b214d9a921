"""Notes: parent by `Parent_Id` and `se_module`, or below a record (Zoho fact sheet §7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.problems import Json, RecordError, success
from resources.sandbox.zoho.rows import read_row

if TYPE_CHECKING:
    from resources.sandbox.calls import Answer
    from resources.sandbox.zoho.request import Request


def create(request: Request, module: str | None = None, ident: str | None = None) -> Answer:
    """POST /Notes or /{Module}/{id}/Notes; up to 100."""
    items: list[Json] = []
    for place, row in enumerate(request.rows()):
        try:
            items.append(_create(request, row if isinstance(row, dict) else {}, place, module, ident))
        except RecordError as refused:
            items.append(refused.item)
    return request.batch(items, all_passed=201)


def _create(request: Request, row: Json, place: int, module: str | None, ident: str | None) -> Json:
    organisation = request.organisation
    values = read_row(request, organisation.modules["Notes"], row, place, is_new=True)
    values.pop("Owner", None)
    values.pop("Tag", None)
    name, parent = (module, ident) if module else _parent(row)
    table = organisation.tables.get(name or "")
    if table is None or not parent or table.living(parent) is None:
        raise RecordError("INVALID_DATA", "the related id given seems to be invalid", request.place("Parent_Id", place))
    values |= {"Parent_Id": {"id": parent}, "$se_module": name}
    record = organisation.new("Notes", values, owner=organisation.me, by=organisation.me)
    stamp, me = organisation.shown(record.created), organisation.reference(organisation.me)
    details = {
        "id": record.id,
        "Created_Time": stamp,
        "Modified_Time": stamp,
        "Created_By": me,
        "Modified_By": me,
    }
    return success("record added", details)


def _parent(row: Json) -> tuple[str | None, str | None]:
    parent: Any = row.get("Parent_Id")
    if isinstance(parent, dict):
        module = parent.get("module")
        name = module.get("api_name") if isinstance(module, dict) else row.get("$se_module")
        return name, parent.get("id")
    return row.get("se_module") or row.get("$se_module"), str(parent) if parent else None
