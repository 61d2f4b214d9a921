"""Reading Zoho CRM: lists as pages with the bytes received, COQL, single records, metadata."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.errors import RequestRefused
from resources import pagination
from resources.zoho import coql
from resources.zoho.dialect import LIST_FIELDS, ZohoDialect
from resources.zoho.rows import Row, first_of, page_of, rows_of

if TYPE_CHECKING:
    from resources.http import Door, Reply
    from resources.pagination import Page

Pages = Iterator[tuple[list[Row], bytes]]

READ_SIZE = 200
IDS_SIZE = 100
SORTED_CREDITS = 3.0
CLOCKS_APART = timedelta(minutes=5)


def stamp(moment: datetime) -> str:
    """Return a moment as Zoho reads it: ISO 8601 with offset, without fractions (Zoho fact sheet §10)."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


class ZohoReader:
    """The reading calls of one organisation.

    Every method raises what `Door.call` raises, and UnexpectedAnswer when an answer lacks what is documented.
    """

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

    def organisation(self) -> Row:
        """Return the organisation: `zgid`, `company_name`, `license_details` … (Zoho fact sheet §2)."""
        # Whose organisation this is must be known before even an opt-out is sent: it may use the reserve, too.
        return first_of(self._get("/org", purpose="organisation", priority="optout"), "org", needs="zgid")

    def users(self) -> list[Row]:
        """Return the active users."""
        pages = self._numbered("/users", "users", {"type": "ActiveUsers"})
        return [row for rows, _ in pages for row in rows]

    def fields(self, module: str) -> list[Row]:
        """Return the field metadata of a module."""
        reply = self._get("/settings/fields", params={"module": module}, purpose=f"fields {module}", priority="optout")
        return rows_of(reply, "fields", needs="api_name")

    def tags(self, module: str) -> list[Row]:
        """Return the tag definitions of a module."""
        reply = self._get("/settings/tags", params={"module": module}, purpose="tags")
        return rows_of(reply, "tags", needs="name")

    def related_lists(self, module: str) -> list[Row]:
        """Return the related lists that records of a module have."""
        reply = self._get("/settings/related_lists", params={"module": module}, purpose="related lists")
        return rows_of(reply, "related_lists", needs="api_name")

    def related(self, module: str, record_id: str, name: str) -> list[Row]:
        """Return the first of the records in one related list of a record."""
        params = {"per_page": 1} | ({"fields": "id"} if self.dialect.fields_required else {})
        return rows_of(self._get(f"/{module}/{record_id}/{name}", params=params, purpose="related records"), "data")

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

    def record(self, module: str, record_id: str) -> Row | None:
        """Return one record, None when there is none (also for a converted lead)."""
        try:
            reply = self._get(f"/{module}/{record_id}", purpose=f"record {module}")
        except RequestRefused as error:
            if error.code == "INVALID_DATA":
                return None
            raise
        rows = rows_of(reply, "data")
        return rows[0] if rows else None

    def by_ids(self, module: str, ids: Sequence[str], *, fields: Sequence[str] = ()) -> list[Row]:
        """Return the records with these ids, with tags and, for leads, the converted ones."""
        found: list[Row] = []
        for start in range(0, len(ids), IDS_SIZE):
            wanted = ids[start : start + IDS_SIZE]
            params = {"ids": ",".join(wanted), "per_page": READ_SIZE}
            if module == "Leads":
                params["converted"] = "both"
            if fields or self.dialect.fields_required:
                params["fields"] = ",".join(fields[:LIST_FIELDS]) or self._listed(module)
            reply = self._get(f"/{module}", params=params, purpose=f"records {module}")
            found += [row for row in rows_of(reply, "data") if row["id"] in wanted]
        return found

    def coql(self, query: str) -> list[Row]:
        """Return the rows of one COQL query (≤ 200)."""
        return list(self.query(query).rows)

    def select(self, module: str, fields: Sequence[str], key: str, values: Sequence[str]) -> list[Row]:
        """Return the records whose `key` is one of `values`, with `id` and ≤ 49 fields, by COQL."""
        columns = list(dict.fromkeys(name for name in (*fields, key) if name != "id")) or ["id"]
        found: list[Row] = []
        for start in range(0, len(values), coql.VALUES):
            wanted = list(values[start : start + coql.VALUES])

            def fetch(last: str | None, wanted: list[str] = wanted) -> Page:
                return self.query(coql.select_in(module, columns, key, wanted, after=last))

            pages = pagination.by_key(fetch, vendor="zoho", size=coql.ROWS)
            found += [row for page in pages for row in page.rows]
        return found

    def notes(self, module: str, record_id: str) -> list[Row]:
        """Return the notes of one record, oldest first; none where the record is gone."""
        params = {"fields": "Note_Title,Note_Content"} if self.dialect.fields_required else {}
        pages = self._numbered(f"/{module}/{record_id}/Notes", "data", params)
        return [row for rows, _ in pages for row in rows]

    def marked(self, module: str, mark: str, *, since: datetime) -> list[Row]:
        """Return the records modified since then of which a boolean field is true: `id` and the field, by COQL."""

        def fetch(last: str | None) -> Page:
            return self.query(coql.select_modified(module, mark, since=stamp(since), after=last))

        return [row for page in pagination.by_key(fetch, vendor="zoho", size=coql.ROWS) for row in page.rows]

    def search_converted(self, field: str, value: str) -> list[Row]:
        """Return converted leads whose field contains a value; the index lags (Zoho fact sheet §3.3)."""
        escaped = re.sub(r"([\\\\,()])", r"\\\1", value)
        params = {"criteria": f"({coql.name(field)}:equals:{escaped})", "converted": "true"}
        return rows_of(self._get("/Leads/search", params=params, purpose="search"), "data")

    def query(self, query: str, *, units: float = 1.0) -> Page:
        """Return one page of a COQL query; `units` are its credits."""
        reply = self.api.call(
            "POST",
            f"{self.dialect.root}/coql",
            json={"select_query": query},
            repeatable=True,
            writes=False,
            units=units,
            purpose="coql",
        )
        return page_of(reply, "data")

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
        def fetch(cursor: str | None) -> Page:
            asked = {**params, "per_page": READ_SIZE} | ({"page_token": cursor} if cursor else {})
            how: Row = {"headers": headers, "units": units, "purpose": f"list {path}"}
            return _watched(page_of(self._get(path, params=asked, **how), "data"), watch)

        pages = pagination.by_cursor(fetch, vendor="zoho", size=READ_SIZE, moved=moved)
        return ((list(page.rows), page.content) for page in pages)

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

    def _listed(self, module: str) -> str:
        if module not in self._field_lists:
            self._field_lists[module] = self.dialect.list_fields(self.fields(module))
        return self._field_lists[module]


def _watched(page: Page, watch: Callable[[Sequence[Row]], None] | None) -> Page:
    if watch is not None:
        watch(page.rows)
    return page
