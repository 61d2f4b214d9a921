"""What a call asks of bulk read, checked before a job exists (Zoho fact sheet §4.6)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.bulkasking import asked_module, check_callback
from resources.sandbox.zoho.bulkcriteria import check_limits, compiled, conditions_of, name_of
from resources.sandbox.zoho.columns import Columns
from resources.sandbox.zoho.problems import CallError, Json

if TYPE_CHECKING:
    from resources.sandbox.zoho.dialect import Dialect
    from resources.sandbox.zoho.fields import Module
    from resources.sandbox.zoho.organisation import Organisation

MODULES = ("Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Notes")
MOST_FIELDS, MOST_JOINS, MOST_PAGES = 200, 2, 500
TOKEN_SECONDS = 86_400.0


def check_query(organisation: Organisation, dialect: Dialect, body: Json) -> None:
    """Refuse what bulk read would not take."""
    query = body.get("query")
    if not isinstance(query, dict) or "module" not in query:
        raise CallError(400, "INVALID_REQUEST", "required key query or module is not found in request body.")
    if body.get("file_type", "csv") != "csv":
        details = {"api_name": "file_type", "supported_values": ["csv"]}
        raise CallError(400, "INVALID_DATA", "invalid data", details)
    check_callback(body.get("callback"))
    if query.get("cvid") is not None and not organisation.switches.bulk_read_views:
        raise CallError(400, "CVID_NOT_SUPPORTED", "cvid is not supported")
    module = asked_module(organisation, query["module"], is_object=dialect.number > 2, names=MODULES)
    _check_page(organisation, dialect, query)
    names = names_of(organisation, dialect, module, query.get("fields"))
    listed = conditions_of(query["criteria"]) if query.get("criteria") is not None else []
    check_limits(listed)
    columns = columns_for(organisation, dialect, module)
    compared = [name_of(one, is_object=dialect.number > 2) for one in listed]
    for name in compared:
        _check_known(columns, name)
    if len({name.partition(".")[0] for name in (*names, *compared) if "." in name}) > MOST_JOINS:
        raise CallError(400, "JOIN_LIMIT_EXCEEDED", "join limit exceeded", {"limit": MOST_JOINS})
    if listed:
        compiled(query["criteria"], columns, is_object=dialect.number > 2)


def module_of(organisation: Organisation, query: Json) -> Module:
    """Give the module of a query that was checked."""
    named = query["module"]
    return organisation.modules[named["api_name"] if isinstance(named, dict) else named]


def columns_for(organisation: Organisation, dialect: Dialect, module: Module) -> Columns:
    """Give the columns a version knows."""
    table = organisation.tables[module.name]
    return Columns(organisation, table, with_conversion=dialect.has_conversion_fields)


def names_of(organisation: Organisation, dialect: Dialect, module: Module, asked: Any) -> list[str]:
    """Give the CSV's header: `id` always, then the asked fields, else all."""
    has_tags = organisation.switches.bulk_read_tags
    if asked is None:
        return ["id", *(n for n, field in module.fields.items() if n != "id" and (has_tags or field.kind != "tags"))]
    if not isinstance(asked, list) or not all(isinstance(name, str) for name in asked):
        raise CallError(400, "INVALID_DATA", "invalid data", {"api_name": "fields"})
    if len(asked) > MOST_FIELDS:
        raise CallError(400, "INVALID_REQUEST", "more fields than allowed", {"max_limit": MOST_FIELDS})
    columns = columns_for(organisation, dialect, module)
    for name in asked:
        if not (has_tags and name == "Tag"):
            _check_known(columns, name)
    names = list(dict.fromkeys(asked))
    return names if "id" in names else ["id", *names]


def _check_known(columns: Columns, name: str) -> None:
    try:
        columns.field(name)
    except CallError:
        message = f"the field {name} is not available"
        raise CallError(400, "FIELD_NOT_AVAILABLE", message, {"api_name": name}) from None


def _check_page(organisation: Organisation, dialect: Dialect, query: Json) -> None:
    page = query.get("page", 1)
    if not isinstance(page, int) or isinstance(page, bool) or not 1 <= page <= MOST_PAGES:
        raise CallError(400, "PAGE_RANGE_EXCEEDED", "page range exceeded", {"max_limit": MOST_PAGES})
    if query.get("page_token") is None:
        return
    if dialect.number < 7:
        raise CallError(400, "INVALID_REQUEST", "page_token is not known to this version")
    if "page" in query:
        raise CallError(400, "AMBIGUITY_DURING_PROCESSING", "ambiguity while processing")
    start_of(query, now=organisation.moment())


def token_after(query: Json, last: str, *, now: float) -> str:
    """Give the token of the rows behind record `last`; it lives for a day."""
    return base64.urlsafe_b64encode(json.dumps([last, now + TOKEN_SECONDS, _bound(query)]).encode()).decode()


def start_of(query: Json, *, now: float | None) -> str:
    """Give the id behind which a page begins; a token that is spoilt, another query's or a day old refuses."""
    if query.get("page_token") is None:
        return ""
    try:
        last, end, bound = json.loads(base64.urlsafe_b64decode(str(query["page_token"])))
    except (ValueError, TypeError, binascii.Error):
        raise CallError(400, "INVALID_DATA", "invalid data", {"api_name": "page_token"}) from None
    if bound != _bound(query):
        raise CallError(400, "TOKEN_BOUND_DATA_MISMATCH", "the token is bound to another query")
    if now is not None and end <= now:
        raise CallError(400, "EXPIRED_VALUE", "the token has expired")
    return str(last)


def _bound(query: Json) -> str:
    kept = {key: value for key, value in query.items() if key not in {"page", "page_token"}}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]
