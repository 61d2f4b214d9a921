"""A property of a contact that GoHighLevel refuses: the rest arrives, and whoever looks is told."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from json import loads
from typing import TYPE_CHECKING, Any

from resources.sandbox.faults import Faults
from tests.faults.conftest import Ambush

if TYPE_CHECKING:
    from tests.runs.conftest import House

REFUSAL = "city must be a valid city"


def rarest_city(house: House) -> str:
    """Return the city that the fewest contacts have which are still to be created."""
    query = "SELECT payload FROM intents WHERE vendor = 'ghl' AND operation = 'insert' AND state = 'planned'"
    with closing(sqlite3.connect(house.folder / "ledger.db")) as ledger:
        cities = Counter(loads(payload).get("city") for (payload,) in ledger.execute(query))
    return min(filter(None, cities), key=lambda city: (cities[city], city))


def test_a_refused_property_costs_no_other_and_is_told_until_it_is_taken(house: House) -> None:
    ghl: Any = house.running.sandbox.vendors["ghl"]

    def refuse() -> None:
        ghl.account.switches = replace(ghl.account.switches, refused_values={"city": frozenset({rarest_city(house)})})

    house.running.sandbox.faults = Ambush(1, refuse, fits=lambda vendor, path: path.endswith("/contacts/upsert"))
    first = house.run()
    house.running.sandbox.faults = Faults()

    assert (first.exit_code, first.messages) == (0, [])
    left_out = house.rows("SELECT * FROM reports.changes WHERE vendor = 'ghl' AND field = 'city' AND state = 'held'")
    assert left_out
    for change in left_out:
        assert (change["action"], change["landed"]) == ("insert", None)
        assert change["reason"] == f"city not sent, GoHighLevel refused it: {REFUSAL}"
        stored = ghl.account.contacts.rows[change["record_id"]]
        assert stored["email"]
        assert "city" not in stored

    second = house.run()

    number = len(left_out)
    (message,) = second.messages
    assert second.exit_code == 1
    assert message.startswith(f"ghl refused {number} write")
    assert f": {number} update" in message
    assert REFUSAL in message
    told = house.rows("SELECT * FROM reports.changes WHERE state = 'rejected' AND field = 'city'")
    assert len(told) == number
    assert all(REFUSAL in change["vendor_message"] for change in told)

    third = house.run()

    assert (third.exit_code, third.messages) == (0, [])
