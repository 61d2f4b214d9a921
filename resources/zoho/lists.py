"""Lists of Zoho CRM, page by page, with the bytes received."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.errors import UnexpectedAnswer
from resources import pagination
from resources.zoho import coql
from resources.zoho.dialect import LIST_FIELDS, ZohoDialect
from resources.zoho.rows import Row, page_of, rows_of

if TYPE_CHECKING:
    from resources.http import Door, Reply
    from resources.pagination import Page

Pages = Iterator[tuple[list[Row], bytes]]

READ_SIZE = 200
SORTED_CREDITS = 3.0
BY_NUMBER = "page number "
"""How a cursor begins that is none of Zoho's: it gave no token."""
CLOCKS_APART = timedelta(minutes=5)


def stamp(moment: datetime) -> str:
    """Return a moment as Zoho reads it: ISO 8601 with offset, without fractions (Zoho fact sheet §10)."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


class ZohoLists:
    """The lists of one organisation. Every method raises what `ZohoReader` raises."""

    def __init__(
        self,
        *,
        api: Door,
        upload: Door | None = None,
        dialect: ZohoDialect | None = None,
        external_key: str = "Leadflow_ID",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.api, self.upload, self.external_key = api, upload, coql.name(external_key)
        self.dialect = dialect or ZohoDialect()
        self._clock = clock
        self._field_lists: dict[str, str] = {}

    def now(self) -> datetime:
        """Return the moment, aware UTC."""
        return self._clock()

    def fields(self, module: str) -> list[Row]:
        """Return the field metadata of a module."""
        reply = self._get("/settings/fields", params={"module": module}, purpose=f"fields {module}", priority="optout")
        return rows_of(reply, "fields", needs="api_name")

    def records(
        self,
        module: str,
        *,
        modified_since: datetime | None = None,
        converted: str = "both",
        watch: Callable[[Sequence[Row]], None] | None = None,
    ) -> Pages:
        """Yield (rows, bytes) of every record, by id; leads converted or not ("true": only those who were).

        With `watch` the list is not sorted, for a third of the credits: it is asked for upwards in the order that Zoho
        keeps anyway, and `watch` sees the rows of each page as they came.
        """
        params = {"sort_by": "id", "sort_order": "asc"} | ({"converted": converted} if module == "Leads" else {})
        if watch is not None:
            del params["sort_by"]
        if self.dialect.fields_required:
            params["fields"] = self._listed(module)
        headers = {"If-Modified-Since": stamp(modified_since)} if modified_since else {}
        how: Row = {
            "units": SORTED_CREDITS if watch is None else 1.0,
            "moved": self.watch_deletions(module),
            "watch": watch,
        }
        if self.dialect.cursors:
            return self._cursored(f"/{module}", params, headers, **how)
        return self._numbered(f"/{module}", "data", params, headers, **how)

    def modified(self, module: str, fields: Sequence[str], *, since: datetime) -> Pages:
        """Yield (rows, bytes) of what was modified since then, in no order: pages may shift while they are read."""
        params = {"fields": ",".join(fields[:LIST_FIELDS])}
        headers = {"If-Modified-Since": stamp(since)}
        if self.dialect.cursors:
            return self._cursored(f"/{module}", params, headers, units=1.0)
        return self._numbered(f"/{module}", "data", params, headers)

    def deleted(self, module: str, *, since: datetime) -> Pages:
        """Yield (rows, bytes) of records deleted since then: `id`, `deleted_time`, `display_name`, `type`."""
        headers = {"If-Modified-Since": stamp(since)}
        return self._numbered(f"/{module}/deleted", "data", {"type": "all"}, headers)

    def watch_deletions(self, module: str) -> Callable[[frozenset[str]], bool]:
        """Return what tells whether a record already read was deleted since, so that the list moved up."""
        began = self._clock() - CLOCKS_APART
        noticed: set[str] = set()

        def moved(seen: frozenset[str]) -> bool:
            gone = {row["id"] for rows, _ in self.deleted(module, since=began) for row in rows}
            fresh = (gone & seen) - noticed
            noticed.update(fresh)
            return bool(fresh)

        return moved

    def _get(self, path: str, *, purpose: str, params: Row | None = None, **how: Any) -> Reply:
        return self.api.call("GET", self.dialect.root + path, params=params, repeatable=True, purpose=purpose, **how)

    def _numbered(
        self,
        path: str,
        wrapper: str,
        params: Row,
        headers: Mapping[str, str] | None = None,
        *,
        units: float = 1.0,
        moved: Callable[[frozenset[str]], bool] | None = None,
        watch: Callable[[Sequence[Row]], None] | None = None,
    ) -> Pages:
        def fetch(number: int) -> Page:
            asked = {**params, "page": number, "per_page": READ_SIZE}
            reply = self._get(path, params=asked, headers=headers, units=units, purpose=f"list {path}")
            return _watched(page_of(reply, wrapper), watch)

        pages = pagination.by_number(fetch, vendor="zoho", size=READ_SIZE, moved=moved)
        return ((list(page.rows), page.content) for page in pages)

    def _cursored(
        self,
        path: str,
        params: Row,
        headers: Mapping[str, str],
        *,
        units: float = SORTED_CREDITS,
        moved: Callable[[frozenset[str]], bool] | None = None,
        watch: Callable[[Sequence[Row]], None] | None = None,
    ) -> Pages:
        number = 1
        before: list[str] = []

        def fetch(cursor: str | None) -> Page:
            nonlocal number, before
            number = number + 1 if cursor else 1
            place: Row = {"page": number} if cursor == BY_NUMBER + str(number) else {"page_token": cursor}
            place = place if cursor else {}
            how: Row = {"headers": headers, "units": units, "purpose": f"list {path}"}
            page = page_of(self._get(path, params={**params, "per_page": READ_SIZE, **place}, **how), "data")
            ids = [row["id"] for row in page.rows]
            if "page" in place and ids == before:
                told = f"Zoho gave page {number} of {path} as it gave the one before: the list would never end"
                raise UnexpectedAnswer(told, vendor="zoho")
            before = ids
            if page.cursor is None and (page.more or (page.more is None and len(page.rows) >= READ_SIZE)):
                # The first 2,000 records are also listed by page number, which needs no token (§3.3).
                page = replace(page, cursor=BY_NUMBER + str(number + 1))
            return _watched(page, watch)

        pages = pagination.by_cursor(fetch, vendor="zoho", size=READ_SIZE, moved=moved)
        return ((list(page.rows), page.content) for page in pages)

    def _listed(self, module: str) -> str:
        if module not in self._field_lists:
            self._field_lists[module] = self.dialect.list_fields(self.fields(module))
        return self._field_lists[module]


def _watched(page: Page, watch: Callable[[Sequence[Row]], None] | None) -> Page:
    if watch is not None:
        watch(page.rows)
    return page
