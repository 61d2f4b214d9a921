"""Which address does what, and which scope it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho import (
    converting,
    directory,
    metadata,
    notes,
    pipelines,
    querying,
    reading,
    searching,
    tagging,
    tagnames,
    writing,
)
from resources.sandbox.zoho.problems import CallError, unknown_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from resources.sandbox.calls import Answer
    from resources.sandbox.zoho.bulk import Bulk
    from resources.sandbox.zoho.request import Request

MODULES, SETTINGS = "ZohoCRM.modules", "ZohoCRM.settings"
SEARCH, COQL = "ZohoSearch.securesearch.READ", "ZohoCRM.coql.READ"
BULK, FILES = "ZohoCRM.bulk.ALL", "ZohoFiles.files.ALL"


@dataclass(frozen=True, slots=True)
class Action:
    """What one call will do once it is let in and paid for."""

    scope: str
    run: Callable[[], Answer]


class Routes:
    """The address table of `/crm/{version}`; what is below `/crm/bulk/{version}` begins with `bulk:`."""

    def __init__(self, lists: reading.Lists, bulk: Bulk, *, search_lag: float) -> None:
        def search(request: Request, module: str) -> Answer:
            return searching.search(request, module, lag=search_lag)

        ident, module = r"(\d+)", r"([A-Z]\w*)"
        self._table: list[tuple[str, re.Pattern[str], str, Callable[..., Answer]]] = [
            (method, re.compile(pattern), scope, do)
            for method, pattern, scope, do in (
                ("POST", "bulk:/write", BULK, bulk.create_write),
                ("GET", f"bulk:/write/{ident}", BULK, bulk.poll_write),
                ("POST", "bulk:/read", BULK, bulk.create_read),
                ("GET", f"bulk:/read/{ident}", BULK, bulk.poll_read),
                ("GET", f"bulk:/read/{ident}/result", BULK, bulk.read_result),
                ("POST", "/coql", COQL, querying.query),
                ("GET", "/org", "ZohoCRM.org.READ", directory.org),
                ("GET", "/users", "ZohoCRM.users.READ", directory.users),
                ("GET", f"/users/{ident}", "ZohoCRM.users.READ", directory.user),
                ("GET", "/settings/fields", SETTINGS, metadata.fields),
                ("GET", f"/settings/fields/{ident}", SETTINGS, metadata.fields),
                ("GET", "/settings/layouts", SETTINGS, metadata.layouts),
                ("GET", f"/settings/layouts/{ident}", SETTINGS, metadata.layouts),
                ("GET", "/settings/modules", SETTINGS, metadata.modules),
                ("GET", r"/settings/modules/(\w+)", SETTINGS, metadata.modules),
                ("GET", "/settings/pipeline", SETTINGS, pipelines.pipelines),
                ("GET", "/settings/related_lists", SETTINGS, metadata.related_lists),
                ("GET", "/settings/tags", SETTINGS, tagnames.tags),
                ("POST", "/settings/tags", SETTINGS, tagnames.create_tags),
                ("POST", f"/Leads/{ident}/actions/convert", MODULES, converting.convert),
                ("GET", f"/Leads/{ident}/__conversion_options", MODULES, pipelines.conversion_options),
                ("POST", f"/{module}/actions/add_tags", MODULES, tagging.add),
                ("POST", f"/{module}/actions/remove_tags", MODULES, tagging.remove),
                ("POST", f"/{module}/{ident}/actions/add_tags", MODULES, tagging.add),
                ("POST", f"/{module}/{ident}/actions/remove_tags", MODULES, tagging.remove),
                ("GET", f"/{module}/actions/count", SEARCH, reading.count),
                ("GET", f"/{module}/search", SEARCH, search),
                ("GET", f"/{module}/deleted", MODULES, reading.deleted),
                ("POST", f"/{module}/upsert", MODULES, writing.upsert),
                ("POST", "/Notes", MODULES, notes.create),
                ("POST", f"/{module}/{ident}/Notes", MODULES, notes.create),
                (
                    "GET",
                    f"/{module}/{ident}/(Notes|Attachments|Tasks|Events|Calls|Deals|Contacts)",
                    MODULES,
                    reading.related,
                ),
                ("GET", f"/{module}/{ident}", MODULES, reading.record),
                ("PUT", f"/{module}/{ident}", MODULES, writing.update),
                ("DELETE", f"/{module}/{ident}", MODULES, writing.delete),
                ("GET", f"/{module}", MODULES, lists.records),
                ("POST", f"/{module}", MODULES, writing.insert),
                ("PUT", f"/{module}", MODULES, writing.update),
                ("DELETE", f"/{module}", MODULES, writing.delete),
            )
        ]

    def find(self, request: Request, path: str) -> Action:
        """Find what a call means; an unknown address is 404, a wrong method 400."""
        is_known = False
        for method, pattern, scope, do in self._table:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            if method == request.call.method:
                return Action(scope, _bound(do, request, match.groups()))
            is_known = True
        if is_known:
            raise CallError(400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one")
        raise unknown_url()


def _bound(do: Callable[..., Answer], request: Request, parts: tuple[Any, ...]) -> Callable[[], Answer]:
    return lambda: do(request, *parts)
