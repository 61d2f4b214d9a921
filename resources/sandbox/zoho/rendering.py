"""A stored record as Zoho shows it in lists and single reads (Zoho fact sheet §3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.store import Record, Table, full_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from resources.sandbox.zoho.dialect import Dialect
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.problems import Json
    from resources.sandbox.zoho.request import Request

CONVERSION = {
    "Converted_Account": "Accounts",
    "Converted_Contact": "Contacts",
    "Converted_Deal": "Deals",
}


def shown_value(organisation: Organisation, table: Table, record: Record, name: str) -> Any:
    """Give one field in its wire form; blanks are null."""
    field = table.module.fields[name]
    system = _SYSTEM.get(name)
    if system is not None:
        return system(organisation, table, record)
    value = record.values.get(name)
    if field.kind == "lookup" and isinstance(value, dict):
        return named(organisation, value["id"], field.target)
    if field.kind == "boolean":
        return bool(value)
    return value


def named(organisation: Organisation, ident: str, target: str) -> Json:
    """Show a lookup with the name of what it points to."""
    for module in [target] if target else ["Leads", "Contacts", "Accounts", "Deals"]:
        found = organisation.tables[module].records.get(ident)
        if found is not None:
            return {"name": organisation.tables[module].title(found), "id": ident}
    return {"name": None, "id": ident}


def shown_row(
    organisation: Organisation,
    table: Table,
    record: Record,
    dialect: Dialect,
    names: Collection[str] | None = None,
) -> Json:
    """Show a record: all fields and the `$` keys, or `id` and the asked fields."""
    if names is not None:
        row = {name: shown_value(organisation, table, record, name) for name in names if name in table.module.fields}
        extra = conversion_values(organisation, table, record, dialect)
        row.update({name: value for name, value in extra.items() if name in names})
        return {**row, "id": record.id}
    row = {name: shown_value(organisation, table, record, name) for name in table.module.fields}
    row.update(conversion_values(organisation, table, record, dialect))
    row.update(_dollar_keys(record, table))
    return row


def conversion_values(organisation: Organisation, table: Table, record: Record, dialect: Dialect) -> Json:
    """Give the fields by which later versions tell that a lead was converted."""
    if table.module.name != "Leads" or not dialect.has_conversion_fields:
        return {}
    detail = record.converted or {}
    values: Json = {
        "Converted__s": record.converted is not None,
        "Converted_Date_Time": organisation.shown(detail["at"]) if detail else None,
        "Record_Status__s": "Available",
    }
    for name, module in CONVERSION.items():
        ident = detail.get(module)
        values[name] = named(organisation, ident, module) if ident else None
    return values


def _dollar_keys(record: Record, table: Table) -> Json:
    keys: Json = {
        "$approved": True,
        "$approval": {"delegate": False, "approve": False, "reject": False, "resubmit": False},
        "$approval_state": "approved",
        "$editable": record.converted is None,
        "$process_flow": False,
        "$currency_symbol": "$",
        "$state": "save",
        "$in_merge": False,
        "$review": None,
        "$review_process": None,
        "$orchestration": None,
    }
    if table.module.name == "Leads":
        detail = record.converted
        keys["$converted"] = detail is not None
        keys["$converted_detail"] = (
            {
                "contact": detail["Contacts"],
                "account": detail["Accounts"],
                "deal": detail["Deals"],
                "convert_date": detail["on"],
                "converted_by": detail["by"],
            }
            if detail
            else {}
        )
    if not table.module.fields.keys().isdisjoint({"What_Id", "Parent_Id"}):
        keys["$se_module"] = record.values.get("$se_module")
    return keys


_SYSTEM: dict[str, Any] = {
    "id": lambda _o, _t, record: record.id,
    "Owner": lambda organisation, _t, record: organisation.reference(record.owner, with_email=True),
    "Created_By": lambda organisation, _t, record: organisation.reference(record.created_by, with_email=True),
    "Modified_By": lambda organisation, _t, record: organisation.reference(record.modified_by, with_email=True),
    "Created_Time": lambda organisation, _t, record: organisation.shown(record.created),
    "Modified_Time": lambda organisation, _t, record: organisation.shown(record.modified),
    "Full_Name": lambda _o, _t, record: full_name(record),
    "Tag": lambda organisation, table, record: [
        {"name": name, "id": organisation.tag_id(table.module.name, name)} for name in record.tags
    ],
}


def shown_conversion(request: Request, made: dict[str, str | None]) -> Json:
    """Show what a conversion made: bare ids in v2, objects with code and status from v4."""
    if not request.dialect.has_objects:
        return dict(made)
    organisation = request.organisation
    details: Json = {}
    for module, ident in made.items():
        record = organisation.tables[module].records[ident] if ident else None
        name = full_name(record) if record and module == "Contacts" else None
        if record is not None and name is None:
            name = organisation.tables[module].title(record)
        details[module] = {"name": name, "id": ident} if record else None
    message = "The record has been converted successfully"
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}
