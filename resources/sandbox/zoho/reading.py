"""Lists, single records, the recycle bin, counts and related lists (Zoho fact sheet §3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.paging import asked_fields, paged, window
from resources.sandbox.zoho.problems import CallError, Json, unknown_url
from resources.sandbox.zoho.rendering import shown_row, shown_value
from resources.sandbox.zoho.store import Record, Table, folded

if TYPE_CHECKING:
    from resources.sandbox.zoho.request import Request

BIN_DAYS, GONE_DAYS = 60, 120
RELATED = {"Notes": "Parent_Id", "Deals": "Account_Name", "Contacts": "Account_Name"}
ACTIVITIES = ("Tasks", "Events", "Calls")


def related_names(module: str) -> tuple[str, ...]:
    """Give the related lists of a module, in the order of its page."""
    people = {"Accounts": ("Deals", "Contacts"), "Contacts": ("Deals",)}
    return ("Notes", "Attachments", *people.get(module, ()), *ACTIVITIES)


def _link(module: str, listed: str) -> str:
    """Give the field by which the records of a related list name their parent (Zoho fact sheet §7.2)."""
    if listed in ACTIVITIES:
        return "Who_Id" if module == "Contacts" else "What_Id"
    return "Contact_Name" if (module, listed) == ("Contacts", "Deals") else RELATED[listed]


class Lists:
    """Reads of one organisation; the last sorted list is kept, so that paging sorts once."""

    def __init__(self) -> None:
        self._kept: tuple[Any, list[Record]] | None = None

    def records(self, request: Request, module: str) -> Answer:
        """GET /{Module}."""
        table = request.organisation.table(module)
        names = asked_fields(request)
        since = request.since("if-modified-since")
        found = self._sorted(request, table, since)
        if not found and since is not None:
            return Answer(status=304)
        start, size = window(request)
        rows = [
            shown_row(request.organisation, table, record, request.dialect, names)
            for record in found[start : start + size]
        ]
        return paged(request, rows, start=start, size=size, total=len(found))

    def _sorted(self, request: Request, table: Table, since: float | None) -> list[Record]:
        call = request.call
        idents = set(request.idents()) if call.param("ids") else None
        field, is_descending = self._order(request, table)
        converted = call.param("converted", "false") if table.module.name == "Leads" else "false"
        key = (
            table.module.name,
            table.revision,
            since,
            field,
            is_descending,
            converted,
            tuple(sorted(idents or ())),
        )
        if self._kept is not None and self._kept[0] == key:
            return self._kept[1]
        found = [
            record
            for record in table.ordered()
            if converted == "both" or (record.converted is not None) == (converted == "true")
        ]
        if idents is not None:
            found = [record for record in found if record.id in idents]
        if since is not None:
            found = [record for record in found if int(record.modified) > since]
        found.sort(key=_sort_key(request, table, field), reverse=is_descending)
        self._kept = (key, found)
        return found

    def _order(self, request: Request, table: Table) -> tuple[str, bool]:
        field = request.call.param("sort_by", "id") or "id"
        allowed = set(table.module.fields) if request.dialect.number < 3 else {"id", "Created_Time", "Modified_Time"}
        if field not in allowed:
            details = {"param_name": "sort_by", "supported_values": sorted(allowed)}
            raise CallError(400, "INVALID_DATA", "invalid data", details)
        order = request.call.param("sort_order", "desc")
        if order not in {"asc", "desc"}:
            raise CallError(400, "INVALID_DATA", "invalid data", {"param_name": "sort_order"})
        return field, order == "desc"


def record(request: Request, module: str, ident: str) -> Answer:
    """GET /{Module}/{id}: 204 for an unknown, deleted or converted record."""
    table = request.organisation.table(module)
    found = table.living(ident)
    if found is None:
        return Answer(status=204)
    since = request.since("if-modified-since")
    if since is not None and int(found.modified) <= since:
        return Answer(status=304)
    names = request.call.param("fields")
    row = shown_row(request.organisation, table, found, request.dialect, names.split(",") if names else None)
    return Answer(body={"data": [row]})


def deleted(request: Request, module: str) -> Answer:
    """GET /{Module}/deleted."""
    organisation = request.organisation
    table = organisation.table(module)
    wanted = request.call.param("type", "all")
    if wanted not in {"all", "recycle", "permanent"}:
        raise CallError(
            400,
            "PATTERN_NOT_MATCHED",
            "Please check whether the input values are correct",
            {"param_name": "type"},
        )
    since = request.since("if-modified-since")
    now = organisation.moment()
    rows: list[Json] = []
    for entry in reversed(table.deleted):
        days = (now - entry.at) / 86_400
        kind = "recycle" if days <= BIN_DAYS else "permanent"
        if days > GONE_DAYS or wanted not in {"all", kind} or (since is not None and int(entry.at) <= since):
            continue
        is_named = kind == "recycle"
        rows.append(
            {
                "id": entry.id,
                "display_name": entry.title if is_named else None,
                "type": kind,
                "deleted_time": organisation.shown(entry.at),
                "deleted_by": organisation.reference(entry.deleted_by) if is_named else None,
                "created_by": organisation.reference(entry.created_by) if is_named else None,
            }
        )
    if not rows and since is not None:
        return Answer(status=304)
    start, size = window(request)
    listed = rows[start : start + size]
    return paged(request, listed, start=start, size=size, total=len(rows), has_token=False)


def count(request: Request, module: str) -> Answer:
    """GET /{Module}/actions/count (from v2.1)."""
    if request.dialect.number < 2.1:
        raise unknown_url()
    table = request.organisation.table(module)
    return Answer(body={"count": sum(1 for one in table.ordered() if one.converted is None)})


def related(request: Request, module: str, ident: str, listed: str) -> Answer:
    """GET /{Module}/{id}/{related list}: notes oldest first."""
    organisation = request.organisation
    organisation.table(module)
    if listed not in related_names(module):
        raise unknown_url()
    names = asked_fields(request)
    if listed == "Attachments":
        return paged(request, [], start=0, size=1, total=0)  # files are not simulated: nobody ever attached one
    link = _link(module, listed)
    table = organisation.table(listed)
    found = [one for one in table.ordered() if (one.values.get(link) or {}).get("id") == ident]
    start, size = window(request)
    rows = [shown_row(organisation, table, one, request.dialect, names) for one in found[start : start + size]]
    return paged(request, rows, start=start, size=size, total=len(found))


def _sort_key(request: Request, table: Table, field: str) -> Any:
    if field == "id":
        return lambda one: one.id
    if field in {"Modified_Time", "Created_Time"}:
        is_modified = field == "Modified_Time"
        return lambda one: (int(one.modified if is_modified else one.created), one.id)
    organisation = request.organisation

    def by_value(one: Record) -> tuple[bool, Any, str]:
        value = shown_value(organisation, table, one, field)
        is_number = isinstance(value, (int, float))
        return (value is None, (0, value, "") if is_number else (1, 0, folded(value)), one.id)

    return by_value
