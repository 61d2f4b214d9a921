"""The simulated organisation: users, modules, records, tags, and the stamps that writes leave."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.modules import organisation_modules
from resources.sandbox.zoho.problems import bad_module
from resources.sandbox.zoho.store import Record, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from resources.sandbox.zoho.fields import Module
    from resources.sandbox.zoho.settings import Switches

FOUNDED = 1_577_836_800.0
MODULE_NUMBERS = ("Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Notes")


@dataclass(frozen=True, slots=True)
class User:
    """One user; the first one is the integration's own."""

    id: str
    first_name: str
    last_name: str
    email: str
    is_admin: bool

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


class Organisation:
    """All state of one Zoho organisation except tokens and meters."""

    def __init__(self, *, identity: str, switches: Switches, now: Callable[[], datetime]) -> None:
        digest = int(hashlib.sha256(identity.encode()).hexdigest(), 16)
        self.switches = switches
        self.prefix = f"{5_000_000 + digest % 4_000_000}"
        self.zgid = f"{600_000_000 + digest // 4_000_000 % 300_000_000}"
        self.name = f"Northwind Outbound {identity}"
        self.founded = FOUNDED
        self._now = now
        self.pinned: float | None = None
        self._zone = timezone(timedelta(minutes=switches.zone_minutes))
        self._last = 3_000_000
        self._tag_last = 0
        names = (
            ("Ada", "Integration"),
            ("Priya", "Raman"),
            ("Tomás", "Herrera"),
            ("Grace", "Lindqvist"),
        )
        self.users = [
            User(
                self.fixed_id(100 + place),
                first,
                last,
                f"{first[0].lower()}{place}@northwind.example",
                not place,
            )
            for place, (first, last) in enumerate(names)
        ]
        self.modules: dict[str, Module] = organisation_modules(
            key=switches.external_key,
            key_is_unique=switches.key_is_unique,
            email_is_unique=switches.email_is_unique,
            without=switches.without_fields,
        )
        self.tables = {name: Table(module) for name, module in self.modules.items()}
        self.tags: dict[str, dict[str, str]] = {name: {} for name in self.modules}
        """Per module: tag name → tag id."""
        self.automations: dict[str, int] = {}
        """How many records passed each automation, as `Module.event`."""

    @property
    def me(self) -> str:
        """User id behind the access token."""
        return self.users[0].id

    @property
    def owners(self) -> list[User]:
        """The three sales people."""
        return self.users[1:]

    @property
    def zone(self) -> timezone:
        """The users' time zone."""
        return self._zone

    def moment(self) -> float:
        """Give the organisation's present in seconds since 1970, or the moment of work that is caught up on."""
        return self._now().timestamp() if self.pinned is None else self.pinned

    def shown(self, moment: float) -> str:
        """Write a moment in the user's zone, without milliseconds (Zoho fact sheet §10.10)."""
        return datetime.fromtimestamp(int(moment), UTC).astimezone(self._zone).isoformat()

    def fixed_id(self, number: int) -> str:
        """Give the id of a piece of metadata."""
        return f"{self.prefix}{number:012d}"

    def next_id(self) -> str:
        """Give the next record id: 19 digits, growing."""
        self._last += 1
        return f"{self.prefix}{self._last:012d}"

    def table(self, name: str) -> Table:
        """Give the table of a module; an unknown module refuses the call."""
        found = self.tables.get(name)
        if found is None:
            raise bad_module()
        return found

    def user(self, ident: str) -> User | None:
        """Find a user by id."""
        return next((user for user in self.users if user.id == ident), None)

    def reference(self, ident: str, *, with_email: bool = False) -> dict[str, Any]:
        """Show a user as a lookup value."""
        user = self.user(ident)
        shown = {"name": user.full_name if user else "", "id": ident}
        return {**shown, "email": user.email} if user and with_email else shown

    def module_id(self, name: str) -> str:
        """Give the id of a module."""
        return self.fixed_id(2000 + MODULE_NUMBERS.index(name))

    def field_id(self, module: str, name: str) -> str:
        """Give the id of a field; the thousand numbers from it on are its choices'."""
        place = list(self.modules[module].fields).index(name)
        return self.fixed_id(1_000_000 + MODULE_NUMBERS.index(module) * 100_000 + place * 1000)

    def layout_id(self, name: str) -> str:
        """Give the id of a module's only layout."""
        return self.fixed_id(3000 + MODULE_NUMBERS.index(name))

    def new(self, module: str, values: Mapping[str, Any], *, owner: str, by: str, at: float | None = None) -> Record:
        """Create a record with its stamps; None values are left out."""
        moment = self.moment() if at is None else at
        kept = {name: value for name, value in values.items() if value is not None}
        record = Record(self.next_id(), owner, moment, moment, by, by, kept)
        self.tables[module].add(record)
        return record

    def business_key(self, record: Record) -> str:
        """Give what names a record outside this organisation: our key, else e-mail, else its title."""
        values = record.values
        named = values.get(self.switches.external_key) or values.get("Email")
        if named:
            return str(named)
        titles = ("Account_Name", "Deal_Name", "Subject", "Event_Title", "Note_Title")
        for title in titles:
            if isinstance(values.get(title), str):
                return str(values[title])
        names = (values.get("First_Name"), values.get("Last_Name"), values.get("Company"))
        return " ".join(str(name) for name in names if name)

    def tag_id(self, module: str, name: str) -> str:
        """Give the id of a tag, creating the tag when the module does not know it."""
        known = self.tags[module]
        if name not in known:
            self._tag_last += 1
            known[name] = self.fixed_id(10_000 + self._tag_last)
        return known[name]

    def dump(self) -> dict[str, Any]:
        """Give the state as JSON values."""
        return {
            "last": [self._last, self._tag_last],
            "tables": {name: table.dump() for name, table in self.tables.items()},
            "tags": {name: dict(tags) for name, tags in self.tags.items()},
            "automations": dict(self.automations),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._last, self._tag_last = state["last"]
        for name, table in self.tables.items():
            table.load(state["tables"][name])
        self.tags = {name: dict(tags) for name, tags in state["tags"].items()}
        self.automations = dict(state["automations"])
