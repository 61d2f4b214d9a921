"""The mirror of a module: what to ask for, so that nothing is lost and the fewest credits are spent.

The first time everything is read: a small module by its list, a large one by COQL or bulk read, whichever is
cheaper. Those two promise neither tags nor converted leads. So converted leads always come from the list; COQL is
taken only where Zoho's counters say that no record is tagged; and a bulk read of a tagged module is believed only
when it holds every tag as often as those counters say. In doubt, and whenever Zoho refuses, the list is read.
Later only what was modified since is read, by the list; by bulk read where so much is expected that it pays, and where
a sample shows that its tags are those of the list.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.errors import CredentialsRejected, RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable
from resources import pagination
from resources.zoho import bulkrecords, bulksizes, coql
from resources.zoho.bulkrows import UNWRITABLE
from resources.zoho.changes import LISTS_END, changes
from resources.zoho.lists import READ_SIZE
from resources.zoho.tagproof import tags_agree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pipeline.models import Json
    from resources.zoho.bulkreader import BulkPage, ZohoBulkReader
    from resources.zoho.bulksizes import Route
    from resources.zoho.client import ZohoClient
    from resources.zoho.rows import Row

LOG = logging.getLogger("leadflow.zoho")
BULK, COQL = "bulk_read", "coql"
NEEDED = frozenset({"Modified_Time", "Created_Time", "Owner", "Tag", "Email_Opt_Out", "Converted__s"})
"""Read-only or not, without these a page is not worth having."""
MOST_FIELDS = 190
_UNSUITED = (RequestRefused, CredentialsRejected, RateLimited, UnexpectedAnswer, VendorUnavailable)
_NO_COLUMNS = (UNWRITABLE - {"formula", "autonumber"}) | {"multiselectlookup"}
TAG: Row = {"api_name": "Tag", "data_type": "text", "json_type": "jsonarray", "read_only": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorPage:
    """One answer to land: its bytes, and what has to be known to read them again (JSON values)."""

    content: bytes = field(repr=False)
    context: Mapping[str, Json] = field(default_factory=dict, repr=False)


def rows_of_page(content: bytes, context: Mapping[str, Json]) -> Iterator[Row] | None:
    """Return the records of a landed page of COQL or bulk read; None for a page of a list."""
    form = context.get("form")
    if form == BULK:
        return bulkrecords.records(content, context["kinds"], skip=frozenset(context.get("repeated") or ()))
    if form == COQL:
        return (bulkrecords.folded(row) for row in json.loads(content)["data"])
    return None


class ZohoMirror:
    """Reads the modules of one organisation, in full or what was modified since."""

    def __init__(self, *, client: ZohoClient, reader: ZohoBulkReader) -> None:
        self._client, self._reader = client, reader

    def pages(self, module: str, *, since: datetime | None = None, expected: int = 0) -> Iterator[MirrorPage]:
        """Yield the pages of a module. A record may come twice, of other moments: the later one counts.

        `since`: only what was modified since then, of which about `expected` records are known to have been.

        Raises:
            RequestRefused: more records than Zoho's lists reach, and bulk read cannot stand in for them.
            Otherwise as `Door.call`.
        """
        try:
            if since is None:
                yield from self._everything(module)
            else:
                found = self._recent(module, since) if expected > READ_SIZE * bulksizes.BULK_CREDITS else None
                yield from self._changed(module, since) if found is None else found
        except RequestRefused as error:
            if error.code not in LISTS_END:
                raise
            LOG.info("Zoho's list of %s ends before all were read: reading all in bulk", module)
            tags = bulksizes.tag_counts(self._client, module, most=100)
            found = self._bulk(module, tags) if tags is not None else None
            if found is None:
                raise
            yield from found

    def _everything(self, module: str) -> Iterator[MirrorPage]:
        try:
            found = self._cheaper(module)
        except _UNSUITED as error:
            LOG.info("Zoho's %s are read by the list: %s", module, error)
            found = None
        yield from self._listed(module) if found is None else found

    def _cheaper(self, module: str) -> list[MirrorPage] | None:
        """Return all pages by a way cheaper than the list; None where there is none that can be believed."""
        size = bulksizes.size_of(self._client, module)
        if size <= bulksizes.SMALL:
            return None
        dialect = self._client.dialect
        best = bulksizes.cheapest(size, dialect, ("bulk", "coql"))
        spared = bulksizes.credits_of("list", size, dialect) - bulksizes.credits_of(best, size, dialect)
        tags = bulksizes.tag_counts(self._client, module, most=max(0, int(spared) - 1))
        if tags is None:
            return None
        fields = self._fields(module)
        routes: list[Route] = ["list", "bulk"]
        if not any(tags.values()) and len(fields) + len(bulkrecords.NAMES) < coql.COLUMNS:
            routes.insert(1, "coql")
        route = bulksizes.cheapest(size, dialect, routes)
        LOG.info("Zoho's %s: about %d records, read by %s", module, size, route)
        if route == "list":
            return None
        return self._queried(module, fields) if route == "coql" else self._bulk(module, tags)

    def _changed(self, module: str, since: datetime) -> Iterator[MirrorPage]:
        for _, content in changes(self._client, module, since=since):
            yield MirrorPage(content=content)

    def _recent(self, module: str, since: datetime) -> list[MirrorPage] | None:
        """Return what was modified since then by bulk read; None when it does not show the tags of the list."""
        fields = [*self._fields(module), TAG]
        if len(fields) > MOST_FIELDS:
            return None
        try:
            pages = self._read(module, fields, since=since)
            if not tags_agree(self._client, module, pages):
                LOG.info("Zoho's bulk read of %s does not show the tags of the list: not used", module)
                return None
            return [*(_landed(page) for page in pages), *self._converted(module, since=since)]
        except _UNSUITED as error:
            LOG.info("Zoho's %s are not read in bulk: %s", module, error)
            return None

    def _listed(self, module: str, *, since: datetime | None = None, converted: str = "both") -> Iterator[MirrorPage]:
        for _, content in self._client.records(module, modified_since=since, converted=converted):
            yield MirrorPage(content=content)

    def _queried(self, module: str, fields: Sequence[Row]) -> list[MirrorPage]:
        rows, price = self._client.dialect.query_size
        names = [str(entry["api_name"]) for entry in fields]
        names += [dotted for name, dotted in bulkrecords.NAMES.items() if name in names]

        def fetch(last: str | None) -> pagination.Page:
            return self._client.query(coql.select_all(module, names, after=last, rows=rows), units=price)

        pages = pagination.by_key(fetch, vendor="zoho", size=rows)
        found = [MirrorPage(content=page.content, context={"form": COQL}) for page in pages]
        return [*found, *self._converted(module)]

    def _bulk(self, module: str, tags: Mapping[str, int]) -> list[MirrorPage] | None:
        """Return all pages by bulk read; None when it does not hold the tags that Zoho counts."""
        fields = [*self._fields(module), *([TAG] if any(tags.values()) else [])]
        if len(fields) > MOST_FIELDS:
            return None
        pages = self._read(module, fields)
        converted = self._converted(module)
        seen: Counter[str] = Counter()
        for page in pages:
            seen += bulksizes.carried(page.rows())
        for landed in converted:
            seen += bulksizes.carried(json.loads(landed.content)["data"])
        lacking = sorted(name for name, count in tags.items() if seen[name] < count)
        if lacking:
            LOG.warning("Zoho's bulk read of %s lacks tags (%d of %d): not used", module, len(lacking), len(tags))
            return None
        return [*(_landed(page) for page in pages), *converted]

    def _read(self, module: str, fields: Sequence[Row], *, since: datetime | None = None) -> list[BulkPage]:
        """Return the pages of a bulk read; fields that it refuses are left out when nobody could write them."""
        for _ in range(len(fields)):
            try:
                return list(self._reader.read(module, fields, modified_since=since))
            except RequestRefused as error:
                left = [entry for entry in fields if not _is_refused(entry, error)]
                if len(left) == len(fields):
                    raise
                fields = left
        raise UnexpectedAnswer(f"Zoho reads no field of {module} in bulk", vendor="zoho")

    def _converted(self, module: str, *, since: datetime | None = None) -> list[MirrorPage]:
        return list(self._listed(module, since=since, converted="true")) if module == "Leads" else []

    def _fields(self, module: str) -> list[Row]:
        known = self._client.fields(module)
        wanted = known
        if self._client.dialect.fields_required:
            named = set(self._client.dialect.list_fields(known).split(","))
            wanted = [entry for entry in known if entry["api_name"] in named]
        return [
            entry
            for entry in wanted
            if entry["api_name"] not in {"id", "Tag"} and entry.get("data_type") not in _NO_COLUMNS
        ]


def _landed(page: BulkPage) -> MirrorPage:
    context: dict[str, Any] = {"form": BULK, "kinds": dict(page.kinds)}
    if page.repeated:
        context["repeated"] = sorted(page.repeated)
    return MirrorPage(content=page.content, context=context)


def _is_refused(entry: Row, error: RequestRefused) -> bool:
    """Tell whether a refusal is about this field, and the field one that no plan can write."""
    if error.code != "FIELD_NOT_AVAILABLE" or entry["api_name"] in NEEDED:
        return False
    if not (entry.get("read_only") or entry.get("field_read_only")):
        return False
    told = json.dumps(error.answer) if error.answer is not None else str(error)
    return json.dumps(entry["api_name"]) in told or f" {entry['api_name']}" in told
