"""Tags on records (Zoho fact sheet §7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.problems import CallError, Json, item, missing_param, success
from resources.sandbox.zoho.tagnames import TagError, fit_name, tag_names

if TYPE_CHECKING:
    from resources.sandbox.calls import Answer
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.request import Request
    from resources.sandbox.zoho.store import Record, Table


def set_tags(organisation: Organisation, table: Table, record: Record, names: list[str]) -> None:
    """Give a record exactly these tags, in the spelling the module already knows."""
    known = {name.casefold(): name for name in organisation.tags[table.module.name]}
    kept: dict[str, str] = {}
    for name in names:
        spelled = known.get(name.casefold(), name)
        organisation.tag_id(table.module.name, spelled)
        kept.setdefault(spelled.casefold(), spelled)
    record.tags = list(kept.values())


def add(request: Request, module: str, ident: str | None = None) -> Answer:
    """POST …/actions/add_tags: union with the record's tags, or replacement when `over_write`."""
    names, idents, over_write = _asked(request, module, ident)
    return _apply(request, module, idents, lambda old: names if over_write else [*old, *names])


def remove(request: Request, module: str, ident: str | None = None) -> Answer:
    """POST …/actions/remove_tags: the named tags go, others stay."""
    names, idents, _ = _asked(request, module, ident)
    gone = {name.casefold() for name in names}
    return _apply(request, module, idents, lambda old: [name for name in old if name.casefold() not in gone])


def _asked(request: Request, module: str, ident: str | None) -> tuple[list[str], list[str], bool]:
    dialect, call = request.dialect, request.call
    try:
        if dialect.takes_tags_in_query and call.param("tag_names") is not None:
            given = call.param("tag_names") or ""
            names = [fit_name(name) for name in given.split(",")]
            over_write = call.param("over_write", "false") == "true"
            return names, [ident] if ident else request.idents(most=dialect.tag_ids), over_write
        if not dialect.takes_tags_in_body:
            raise missing_param("tag_names")
        names = tag_names(request.organisation, module, request.payload.get("tags"))
    except TagError as refused:
        raise CallError(400, refused.item["code"], refused.item["message"], refused.item["details"]) from None
    over_write = request.payload.get("over_write") in (True, "true")
    idents = [ident] if ident else [str(one) for one in request.rows("ids", most=dialect.tag_ids)]
    return names, idents, over_write


def _apply(request: Request, module: str, idents: list[str], change: Any) -> Answer:
    organisation = request.organisation
    table = organisation.table(module)
    items = [_tagged(request, table, ident, change) for ident in idents]
    answer = request.batch(items)
    done = sum(1 for entry in items if entry["status"] == "success")
    shown: Any = str(done)
    answer.body = {"data": items, "wf_scheduler": False, "success_count": shown, "locked_count": 0}
    if organisation.switches.batch_statuses and not done and request.dialect.number >= 3:
        answer.status = 400
    return answer


def _tagged(request: Request, table: Table, ident: str, change: Any) -> Json:
    organisation, module = request.organisation, table.module.name
    record = table.living(ident)
    if record is None:
        return item("INVALID_DATA", "the id given seems to be invalid", {"id": ident})
    names: list[str] = change(record.tags)
    known = {name.casefold() for name in organisation.tags[module]}
    wanted = {name.casefold() for name in names}
    too_many = len(wanted) > organisation.switches.tags_per_record
    if too_many or len(known | wanted) > organisation.switches.tags_per_module:
        is_late = request.dialect.number >= 4
        code = "LIMIT_EXCEEDED" if is_late else "LICENSE_LIMIT_EXCEEDED"
        return item(code, "tag edition limit exceeded", {"id": ident})
    set_tags(organisation, table, record, names)
    table.touch(record, at=organisation.moment(), by=organisation.me)
    shown: list[Any] = list(record.tags)
    if request.dialect.number >= 4:
        shown = [{"name": name, "id": organisation.tag_id(module, name), "color_code": None} for name in record.tags]
    return success("tags updated successfully", {"id": ident, "tags": shown})
