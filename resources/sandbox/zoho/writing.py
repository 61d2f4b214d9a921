"""Insert, update, upsert and delete of records (Zoho fact sheet §3.1, §3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.matching import Matching
from resources.sandbox.zoho.problems import CallError, Json, RecordError, item, success
from resources.sandbox.zoho.rows import read_row
from resources.sandbox.zoho.tagging import set_tags

if TYPE_CHECKING:
    from resources.sandbox.calls import Answer
    from resources.sandbox.zoho.request import Request
    from resources.sandbox.zoho.store import Record, Table

BAD_ID = "the id given seems to be invalid"


def insert(request: Request, module: str) -> Answer:
    """POST /{Module}: one item per row; 201 when all were added."""
    table = request.organisation.table(module)
    rows = request.rows()
    items = [_guarded(request, _insert, table, row, place) for place, row in enumerate(rows)]
    return request.batch(items, all_passed=201)


def update(request: Request, module: str, ident: str | None = None) -> Answer:
    """PUT /{Module} (id in each row) or /{Module}/{id}."""
    table = request.organisation.table(module)
    rows = request.rows()
    if ident is not None:
        rows = [{**row, "id": ident} if isinstance(row, dict) else row for row in rows[:1]]
    items = [_guarded(request, _update, table, row, place) for place, row in enumerate(rows)]
    answer = request.batch(items)
    if any(item["code"] == "ALREADY_MODIFIED" for item in items) and len(items) == 1:
        answer.status = 412
    return answer


def upsert(request: Request, module: str) -> Answer:
    """POST /{Module}/upsert: update the row's match, else insert."""
    table = request.organisation.table(module)
    if not table.module.can_upsert:
        raise CallError(400, "INVALID_DATA", "the given module is not supported for this api")
    matching = Matching(request, table)
    rows = request.rows()

    def one(request: Request, table: Table, row: Json, place: int) -> Json:
        if row.get("id"):
            return _with_action(_update(request, table, row, place), "update", None)
        found, by = matching.find(row)
        if found is None:
            return _with_action(_insert(request, table, row, place), "insert", None)
        return _with_action(_update(request, table, {**row, "id": found.id}, place), "update", by)

    return request.batch([_guarded(request, one, table, row, place) for place, row in enumerate(rows)])


def delete(request: Request, module: str, ident: str | None = None) -> Answer:
    """DELETE /{Module}?ids= or /{Module}/{id}: to the recycle bin."""
    organisation = request.organisation
    table = organisation.table(module)
    items: list[Json] = []
    for one in [ident] if ident is not None else request.idents():
        record = table.living(one)
        if record is None:
            items.append(item("INVALID_DATA", "record not deleted", {"id": one}))
            continue
        key = organisation.business_key(record)
        table.remove(record, at=organisation.moment(), by=organisation.me, key=key)
        if request.call.param("wf_trigger") != "false":
            _fired(request, module, "delete")
        items.append(success("record deleted", {"id": one}))
    return request.batch(items)


def _guarded(request: Request, do: Any, table: Table, row: Any, place: int) -> Json:
    if not isinstance(row, dict):
        return item("INVALID_DATA", "invalid data", {"expected_data_type": "jsonobject"})
    try:
        done: Json = do(request, table, row, place)
    except RecordError as refused:
        return refused.item
    return done


def _insert(request: Request, table: Table, row: Json, place: int) -> Json:
    organisation = request.organisation
    values = read_row(request, table.module, row, place, is_new=True)
    Matching(request, table).refuse_duplicates(values, place, own=None)
    owner = values.pop("Owner", {"id": organisation.me})["id"]
    tags = values.pop("Tag", [])
    record = organisation.new(table.module.name, values, owner=owner, by=organisation.me)
    set_tags(organisation, table, record, tags)
    _automate(request, table, "create")
    return _written(request, record, "record added")


def _update(request: Request, table: Table, row: Json, place: int) -> Json:
    organisation = request.organisation
    ident = row.get("id")
    if not ident:
        raise RecordError("MANDATORY_NOT_FOUND", "required field not found", request.place("id", place))
    record = table.records.get(str(ident))
    if record is None:
        raise RecordError("INVALID_DATA", BAD_ID, request.place("id", place))
    if record.converted is not None:
        raise RecordError("CONVERTED_RECORD", "can't update the converted record", {"id": record.id})
    _refuse_moved(request, record)
    values = read_row(request, table.module, row, place, is_new=False)
    Matching(request, table).refuse_duplicates(values, place, own=record.id)
    tags = values.pop("Tag", None)
    owner = values.pop("Owner", None)
    if owner is not None:
        record.owner = owner["id"]
    if tags is not None:
        set_tags(organisation, table, record, tags)
    table.change(record, values, at=organisation.moment(), by=organisation.me)
    _automate(request, table, "edit")
    return _written(request, record, "record updated")


def _refuse_moved(request: Request, record: Record) -> None:
    if not request.dialect.checks_unmodified:
        return
    limit = request.since("if-unmodified-since")
    if limit is not None and int(record.modified) > limit:
        details = _stamps(request, record)
        raise RecordError("ALREADY_MODIFIED", "the record has been modified already", details)


def _automate(request: Request, table: Table, event: str) -> None:
    """Count the workflow that Zoho would run; an empty `trigger` list runs none."""
    trigger = request.payload.get("trigger")
    if trigger is None or (isinstance(trigger, list) and "workflow" in trigger):
        _fired(request, table.module.name, event)


def _fired(request: Request, module: str, event: str) -> None:
    automations, name = request.organisation.automations, f"{module}.{event}"
    automations[name] = automations.get(name, 0) + 1


def _stamps(request: Request, record: Record) -> Json:
    organisation = request.organisation
    return {
        "Modified_Time": organisation.shown(record.modified),
        "Modified_By": organisation.reference(record.modified_by),
        "Created_Time": organisation.shown(record.created),
        "id": record.id,
        "Created_By": organisation.reference(record.created_by),
    }


def _written(request: Request, record: Record, message: str) -> Json:
    details = _stamps(request, record)
    if request.dialect.number >= 3:
        details["$approval_state"] = "approved"
    return success(message, details)


def _with_action(done: Json, action: str, field: str | None) -> Json:
    return {**done, "duplicate_field": field, "action": action}
