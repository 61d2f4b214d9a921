"""The address book: contacts with their identities, and the search index beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.index import SearchIndex
from resources.sandbox.ghl.refusals import not_found_by_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Record = dict[str, Any]


def name_of(contact: Record) -> str:
    """First and last name of a contact, as the vendor joins them."""
    return " ".join(filter(None, (contact.get("firstName"), contact.get("lastName"))))


class Book:
    """Contacts by id; look-ups by e-mail (primary, then secondary) and phone are never late.

    A record is replaced by `put`, never changed in place. Times are epoch milliseconds.
    """

    def __init__(self, *, lag_ms: float) -> None:
        self.rows: dict[str, Record] = {}
        self.index = SearchIndex(lag_ms=lag_ms)
        self._owners: dict[tuple[str, str], list[str]] = {}

    def __iter__(self) -> Iterator[Record]:
        return iter(list(self.rows.values()))

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, contact_id: str) -> Record:
        """Give a contact; an unknown id is refused with 400, as the vendor does."""
        try:
            return self.rows[contact_id]
        except KeyError:
            raise not_found_by_id("Contact", contact_id) from None

    def owners(self, field: str, value: str | None) -> list[Record]:
        """Give the contacts that hold this e-mail or phone, primary holders first."""
        if not value:
            return []
        key = value.lower()
        found = [self.rows[one] for one in self._owners.get((field, key), ())]
        if field == "email":
            found += [self.rows[one] for one in self._owners.get(("secondary", key), ())]
        return found

    def put(self, contact: Record, now: int, *, touched: bool = True) -> Record:
        """Store a version of a contact; `touched` moves dateUpdated."""
        if touched:
            contact["dateUpdated"] = max(now, contact.get("dateUpdated", 0))
        old = self.rows.get(contact["id"])
        if old is None or _identities(old) != _identities(contact):
            self._forget(old)
            for key in _identities(contact):
                self._owners.setdefault(key, []).append(contact["id"])
        self.rows[contact["id"]] = contact
        self.index.note(contact["id"], contact, now)
        return contact

    def remove(self, contact_id: str, now: int) -> None:
        """Delete a contact."""
        self._forget(self.get(contact_id))
        del self.rows[contact_id]
        self.index.note(contact_id, None, now)

    def load(self, contacts: Iterable[Record], now: int) -> None:
        """Take saved contacts, all visible to search at once."""
        for contact in contacts:
            self.put(contact, now, touched=False)
        self.index.settle(float("inf"))

    def _forget(self, contact: Record | None) -> None:
        if contact is None:
            return
        for key in _identities(contact):
            holders = self._owners[key]
            holders.remove(contact["id"])
            if not holders:
                del self._owners[key]


def _identities(contact: Record) -> list[tuple[str, str]]:
    keys = [(field, str(contact[field]).lower()) for field in ("email", "phone") if contact.get(field)]
    return keys + [("secondary", entry["email"].lower()) for entry in contact.get("additionalEmails", ())]
