"""Everything an audit looks at, page by page, with the readers that fill the raw tables; nothing is landed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipeline.errors import CredentialsRejected, LeadflowError, QuotaExhausted, RequestRefused
from pipeline.feeds import FEEDS, Record, split
from resources.zoho.bulkmirror import rows_of_page

if TYPE_CHECKING:
    from datetime import datetime

    from resources.auditing.connecting import Readers
    from resources.warehouse import Warehouse
    from resources.zoho.bulkmirror import MirrorPage
    from resources.zoho.client import ZohoClient

AT_ONCE = 5_000
MODULES = ("Leads", "Contacts", "Accounts")
CHANNELS = ("Email", "SMS")


@dataclass(slots=True)
class Seen:
    """What was read: rows by table, what was left out and why, and where people look at records."""

    rows: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


Feed = tuple[str, Mapping[str, str], Callable[[], Iterable[Record]]]
"""Raw table, what was asked, and what gives its records."""


class Reading:
    """Fills the raw tables of a warehouse of one's own from the configured vendors."""

    def __init__(
        self, readers: Readers, warehouse: Warehouse, *, now: datetime, since: datetime, told: Callable[[str], None]
    ) -> None:
        self._readers, self._warehouse = readers, warehouse
        self._now, self._since, self._told = now, since, told
        self.seen = Seen()

    def read(self, vendors: Iterable[str]) -> Seen:
        """Read each vendor; one that refuses is left out and told, unless nothing else is left.

        Raises:
            LeadflowError: why the last vendor could not be read.
        """
        ways = {"zoho": self._zoho, "ghl": self._ghl}
        problems: list[LeadflowError] = []
        wanted = list(vendors)
        for vendor in wanted:
            try:
                ways[vendor]()
            except QuotaExhausted:
                raise
            except LeadflowError as error:
                problems.append(error)
                self._forget(vendor)
                self.seen.left_out.append(f"{vendor} was not looked at: {error}")
        if len(problems) == len(wanted):
            raise problems[0]
        return self.seen

    def _zoho(self) -> None:
        client, mirror = self._readers.zoho()
        self.seen.names["zoho"], zgid = self._organisation(client)
        for module in ("Leads", "Contacts"):
            table = f"raw.zoho__{module.lower()}"
            self._keep(table, {"module": module}, _mirrored(mirror.pages(module)))
        self.seen.pages["zoho"] = self._readers.zoho_pages(zgid)
        for module in ("Accounts", "Deals"):
            self._offered(
                f"raw.zoho__{module.lower()}", {"module": module}, lambda m=module: _mirrored(mirror.pages(m))
            )
        self._offered("raw.zoho__metadata", {"kind": "user"}, lambda: _listed(client.users()))
        for module in MODULES[:2]:
            asked = {"kind": "field", "module": module}
            self._offered("raw.zoho__metadata", asked, lambda m=module: _listed(client.fields(m)))

    def _organisation(self, client: ZohoClient) -> tuple[str, str | None]:
        """Return name and id; a token without the scope for it can still read records."""
        try:
            found = client.organisation()
        except (RequestRefused, CredentialsRejected) as error:
            self.seen.left_out.append(f"zoho organisation: not looked at: {error}")
            return "", None
        return str(found.get("company_name") or found["zgid"]), str(found["zgid"])

    def _ghl(self) -> None:
        client = self._readers.ghl()
        # The token may read contacts and not the location: its name is not worth an audit.
        self.seen.names["ghl"] = client.location_id
        self._keep("raw.ghl__contacts", {}, _rows("raw.ghl__contacts", client.contacts()))
        self.seen.pages["ghl"] = self._readers.ghl_pages()
        self._offered("raw.ghl__metadata", {"kind": "user"}, lambda: _listed(client.users()))
        self._offered("raw.ghl__metadata", {"kind": "custom_field"}, lambda: _listed(client.custom_fields()))
        opportunities = "raw.ghl__opportunities"
        self._offered(opportunities, {}, lambda: _rows(opportunities, client.opportunities()))
        for channel in CHANNELS:
            self._offered(
                "raw.ghl__messages",
                {"channel": channel},
                lambda c=channel: _rows("raw.ghl__messages", client.messages(since=self._since, channel=c)),
            )

    def _offered(self, table: str, asked: Mapping[str, str], ask: Callable[..., Iterable[Record]]) -> None:
        """Read what an audit can do without: where it is not offered or not allowed, that is told."""
        try:
            self._keep(table, asked, ask())
        except (RequestRefused, CredentialsRejected) as error:
            about = " ".join([table.removeprefix("raw.").replace("__", " "), *asked.values()])
            self.seen.left_out.append(f"{about}: not looked at: {error}")

    def _keep(self, table: str, asked: Mapping[str, str], records: Iterable[Record]) -> None:
        found = iter(records)
        count, context = 0, json.dumps(dict(asked))
        while part := list(islice(found, AT_ONCE)):
            rows = [
                {
                    "landed_on": self._now.date(),
                    "landing_ref": "audit",
                    "position": count + number,
                    "record_id": record.record_id,
                    "fetched_at": self._now,
                    "context": context,
                    "payload": json.dumps(record.payload, ensure_ascii=False),
                }
                for number, record in enumerate(part)
            ]
            with self._warehouse.open() as session:
                session.insert(table, rows)
            count += len(part)
            self._told(f"{table.removeprefix('raw.').replace('__', ' ')}: {count:,}")
        # Noted when all of it was read: a refusal is not the same as nothing.
        self.seen.rows[table] = self.seen.rows.get(table, 0) + count

    def _forget(self, vendor: str) -> None:
        with self._warehouse.open() as session:
            for table in FEEDS:
                if table.startswith(f"raw.{vendor}__"):
                    session.execute(f"DELETE FROM {table}")
        self.seen.rows = {name: rows for name, rows in self.seen.rows.items() if not name.startswith(f"raw.{vendor}__")}
        self.seen.pages.pop(vendor, None)


def _mirrored(pages: Iterable[MirrorPage]) -> Iterator[Record]:
    feed = FEEDS["raw.zoho__leads"]
    for page in pages:
        rows = rows_of_page(page.content, page.context)
        if rows is None:
            yield from split(feed, page.content, place="Zoho's answer")
        else:
            yield from (Record(position, str(row["id"]), row) for position, row in enumerate(rows))


def _rows(table: str, pages: Iterable[tuple[list[dict[str, Any]], bytes]]) -> Iterator[Record]:
    for _, content in pages:
        yield from split(FEEDS[table], content, place="GoHighLevel's answer")


def _listed(rows: Iterable[Mapping[str, Any]]) -> Iterator[Record]:
    for position, row in enumerate(rows):
        identity = row.get("id")
        yield Record(position, None if identity is None else str(identity), row)
