"""The account: everything one simulated location (sub-account) holds, as tables of JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.book import Book
from resources.sandbox.ghl.ids import Ids, hex_id, short_id, uuid_id
from resources.sandbox.ghl.refusals import not_found_by_id

if TYPE_CHECKING:
    from resources.sandbox.ghl.switches import Switches

Record = dict[str, Any]
TABLES = (
    "tags",  # id by name
    "custom_fields",
    "workflows",
    "users",
    "campaigns",
    "pipelines",
    "calendars",
    "businesses",
    "opportunities",
    "conversations",  # by contact id
    "messages",
    "events",
    "notes",
    "tasks",
    "enrolments",  # by "contact id/workflow id"
    "journeys",  # by contact id
)


class Account:
    """One location: contacts in a book, everything else in tables by id.

    Identifiers follow from the salt (world's seed and size), so another world is another location.
    """

    def __init__(self, *, salt: str, switches: Switches, time_scale: float) -> None:
        self.salt = salt
        self.switches = switches
        self.location_id = short_id(f"{salt}:location")
        self.company_id = short_id(f"{salt}:company")
        self.token = f"pit-{uuid_id(f'{salt}:token')}"
        self.name = f"Leadflow sandbox {salt.removeprefix('ghl:').replace(':', '/')}"
        self.ids = Ids(salt=salt)
        self.contacts = Book(lag_ms=switches.index_lag_seconds * 1000 / time_scale)
        self.created = 0
        self.traces = 0
        self.tables: dict[str, dict[str, Any]] = {name: {} for name in TABLES}

    def __getitem__(self, table: str) -> dict[str, Any]:
        return self.tables[table]

    def row(self, table: str, row_id: str, what: str) -> Record:
        """Give a row; an unknown id is refused with 400 naming what was looked for."""
        found: Record | None = self.tables[table].get(row_id)
        if found is None:
            raise not_found_by_id(what, row_id)
        return found

    def trace(self) -> str:
        """Give the next trace id."""
        self.traces += 1
        return f"{hex_id(self.salt)[:8]}-0000-4000-8000-{self.traces:012x}"

    def know_tags(self, names: list[str]) -> list[str]:
        """Give tags as stored (trimmed, lower case, once each); unknown ones come into being."""
        stored = list(dict.fromkeys(name.strip().lower() for name in names if name.strip()))
        for name in stored:
            if name not in self["tags"]:
                self["tags"][name] = self.ids.short()
        return stored

    def custom_field(self, item: Record) -> Record | None:
        """Find the contact field that an item names by `id` or by `key`, with or without `contact.`."""
        fields = self["custom_fields"]
        if item.get("id") in fields:
            found: Record = fields[item["id"]]
            return found
        key = str(item.get("key") or "").removeprefix("contact.")
        for field in fields.values():
            if key and field["fieldKey"] == f"contact.{key}":
                return dict(field)
        return None

    def dump(self) -> Record:
        """Give everything as JSON values."""
        return {
            "ids_used": self.ids.used,
            "created": self.created,
            "contacts": list(self.contacts),
            "tables": self.tables,
        }

    def load(self, state: Record, now: int) -> None:
        """Take back what `dump` gave."""
        self.ids = Ids(salt=self.salt, used=state["ids_used"])
        self.created = state["created"]
        self.tables = {name: dict(state["tables"].get(name, {})) for name in TABLES}
        self.contacts = Book(lag_ms=self.contacts.index.lag_ms)
        self.contacts.load(state["contacts"], now)
