"""POST /coql: limits, candidates by index, rows (Zoho fact sheet §5)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.aggregates import grouped
from resources.sandbox.zoho.columns import Columns, unknown_column
from resources.sandbox.zoho.coql import Condition, Criteria, Joined, Query, conditions
from resources.sandbox.zoho.criteria import compile_criteria
from resources.sandbox.zoho.fields import LOOKUPS
from resources.sandbox.zoho.limits import within_limits
from resources.sandbox.zoho.parsing import parse
from resources.sandbox.zoho.problems import CallError, Json
from resources.sandbox.zoho.rendering import shown_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from resources.sandbox.zoho.request import Request
    from resources.sandbox.zoho.store import Record, Table


def query(request: Request) -> Answer:
    """Answer one COQL call: 200 with rows, 204 with none."""
    text = request.payload.get("select_query")
    if not isinstance(text, str) or not text.strip():
        raise CallError(400, "MANDATORY_NOT_FOUND", "required field not found", {"api_name": "select_query"})
    organisation = request.organisation
    asked = parse(text, is_strict=organisation.switches.strict_coql)
    table = organisation.tables.get(asked.module)
    if table is None or asked.module == "Notes":
        raise CallError(400, "INVALID_MODULE", "the module name given seems to be invalid")
    limit = within_limits(request.dialect, asked)
    columns = Columns(organisation, table, with_conversion=request.dialect.has_conversion_fields)
    for column in asked.columns:
        columns.field(column.name)
    barred = frozenset(
        name.partition(".")[2] for name in organisation.switches.unfilterable if name.startswith(f"{asked.module}.")
    )
    test = compile_criteria(asked.criteria, columns, barred=barred)
    is_shown = any(item.column == "Converted__s" for item in conditions(asked.criteria))
    found = (
        record
        for record in candidates(table, asked.criteria)
        if (is_shown or record.converted is None) and test(record)
    )
    if any(column.aggregate for column in asked.columns) or asked.groups:
        rows = grouped(asked, columns, list(found))
        window = rows[asked.offset : asked.offset + limit + 1]
    else:
        ordered = _in_order(asked, columns, found)
        picked = list(islice(ordered, asked.offset, asked.offset + limit + 1))
        window = [_row(request, table, asked, columns, record) for record in picked]
    if not window[:limit]:
        return Answer(status=204)
    info = {"count": len(window[:limit]), "more_records": len(window) > limit}
    return Answer(body={"data": window[:limit], "info": info})


def candidates(table: Table, criteria: Criteria) -> Iterable[Record]:
    """Give records that can pass, by id: from an index or from the id bound of keyset paging, else all."""
    after = ""
    for one in _demanded(criteria):
        if one.operator in {"=", "in"} and one.column == "id":
            idents = sorted({str(value) for value in one.values})
            return [table.records[ident] for ident in idents if ident in table.records]
        if one.operator in {"=", "in"} and table.is_indexed(one.column):
            found = {
                record.id: record
                for value in one.values
                for record in table.matches(one.column, value, with_converted=True)
            }
            return [found[ident] for ident in sorted(found)]
        if one.operator in {">", ">="} and one.column == "id":
            after = max(after, str(one.values[0]))
    return table.ordered(after=after)


def _demanded(criteria: Criteria) -> Iterator[Condition]:
    """Give the comparisons that every passing record must pass."""
    if isinstance(criteria, Condition):
        yield criteria
    elif isinstance(criteria, Joined) and criteria.word == "and":
        yield from _demanded(criteria.left)
        yield from _demanded(criteria.right)


def _in_order(asked: Query, columns: Columns, found: Iterator[Record]) -> Iterable[Record]:
    order = [(column.name, is_descending) for column, is_descending in asked.order]
    if not order or order[0] == ("id", False):
        return found
    records = list(found)
    for name, is_descending in reversed(order):
        get = columns.getter(name)

        def key(record: Record, get: Any = get) -> tuple[bool, Any]:
            value = get(record)
            return (value is not None, 0 if value is None else value)

        records.sort(key=key, reverse=is_descending)
    return records


def _row(request: Request, table: Table, asked: Query, columns: Columns, record: Record) -> Json:
    organisation = request.organisation
    row: Json = {}
    for column in asked.columns:
        name = column.name
        first, _, rest = name.partition(".")
        if first == "Converted__s":
            row[name] = record.converted is not None
        elif not rest:
            value = shown_value(organisation, table, record, name)
            is_lookup = table.module.fields[name].kind in LOOKUPS
            row[name] = {"id": value["id"]} if is_lookup and isinstance(value, dict) else value
        else:
            row[name] = _joined_value(request, table, record, columns, name)
    row["id"] = record.id
    return row


def _joined_value(request: Request, table: Table, record: Record, columns: Columns, name: str) -> Any:
    first, _, rest = name.partition(".")
    field = table.module.fields[first]
    if field.kind == "ownerlookup":
        return columns.getter(name)(record)
    if field.kind != "lookup":
        raise unknown_column(name)
    target = request.organisation.tables[field.target]
    linked = target.records.get((record.values.get(first) or {}).get("id", ""))
    return shown_value(request.organisation, target, linked, rest) if linked is not None else None
