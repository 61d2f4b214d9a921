"""Who owns a new record: decided once, at creation, by `rules/owners.yaml`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pipeline.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping


class Territory(Rule):
    """People whose column has one of the values belong to these owners, by e-mail address, in turn."""

    column: str
    values: tuple[str, ...]
    owners: tuple[str, ...]


class Owners(Rule):
    """`rules/owners.yaml`: the first territory that fits decides, else `otherwise`; empty = the API user."""

    territories: tuple[Territory, ...] = ()
    otherwise: tuple[str, ...] = ()


def owner_of(person: Mapping[str, Any], owners: Owners, users: Mapping[str, str]) -> str | None:
    """Return the vendor's id of the owner of a new record, None to leave it to the vendor.

    Args:
        person: a row with `person_key` and the columns that the territories name.
        owners: the rule.
        users: e-mail address (lower case) → the vendor's id, of active users; an owner who is not among them
            is passed over.
    """
    named = owners.otherwise
    for territory in owners.territories:
        value = str(person.get(territory.column) or "").casefold()
        if value in {word.casefold() for word in territory.values}:
            named = territory.owners
            break
    active = [users[email.casefold()] for email in named if email.casefold() in users]
    if not active:
        return None
    # In turn by key, not by order of arrival: the same person gets the same owner on any day.
    turn = int(hashlib.sha256(str(person["person_key"]).encode()).hexdigest(), 16)
    return active[turn % len(active)]
