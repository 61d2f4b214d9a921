"""Reading Zoho CRM: COQL, single records, metadata, and the lists of `ZohoLists`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.errors import RequestRefused
from resources import pagination
from resources.zoho import coql
from resources.zoho.dialect import LIST_FIELDS
from resources.zoho.lists import READ_SIZE, ZohoLists, stamp
from resources.zoho.rows import Row, first_of, page_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from resources.pagination import Page

IDS_SIZE = 100
TERMS = 10
"""Criteria that one search takes in every version (Zoho fact sheet §3.3)."""
_MARKS = re.compile(r"[\\,()]")


class ZohoReader(ZohoLists):
    """The reading calls of one organisation.

    Every method raises what `Door.call` raises, and UnexpectedAnswer when an answer lacks what is documented.
    """

    def organisation(self) -> Row:
        """Return the organisation: `zgid`, `company_name`, `license_details` … (Zoho fact sheet §2)."""
        # Whose organisation this is must be known before even an opt-out is sent: it may use the reserve, too.
        return first_of(self._get("/org", purpose="organisation", priority="optout"), "org", needs="zgid")

    def users(self) -> list[Row]:
        """Return the active users."""
        pages = self._numbered("/users", "users", {"type": "ActiveUsers"})
        return [row for rows, _ in pages for row in rows]

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

    def search_converted(self, field: str, values: Sequence[str]) -> list[Row]:
        """Return converted leads whose field contains one of `TERMS` values; the index lags (Zoho fact sheet §3.3)."""
        terms = [f"({coql.name(field)}:equals:{_MARKS.sub(_escaped, value)})" for value in values]
        criteria = terms[0] if len(terms) == 1 else f"({'or'.join(terms)})"
        params = {"criteria": criteria, "converted": "true"}
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


def _escaped(mark: re.Match[str]) -> str:
    return "\\" + mark[0]
