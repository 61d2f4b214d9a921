"""A phone that somebody else's contact gets between plan and call: nobody is written over, and the run is right."""

from __future__ import annotations

import sqlite3
from json import loads
from typing import TYPE_CHECKING, Any

from resources.sandbox.faults import Faults
from tests.faults.conftest import Ambush

if TYPE_CHECKING:
    from tests.runs.conftest import House


def creations(house: House) -> list[dict[str, Any]]:
    """Return what the ledger holds of new contacts that have a phone, in the order of planning."""
    query = "SELECT * FROM intents WHERE vendor = 'ghl' AND operation = 'insert' ORDER BY rowid"
    ledger = sqlite3.connect(house.folder / "ledger.db")
    ledger.row_factory = sqlite3.Row
    try:
        found = [dict(row) | {"payload": loads(row["payload"])} for row in ledger.execute(query)]
    finally:
        ledger.close()
    return found


def test_a_phone_that_another_contact_got_since_the_plan_is_left_out_and_the_next_run_says_so(house: House) -> None:
    ghl = house.running.sandbox.vendors["ghl"]
    contacts = ghl.account.contacts  # type: ignore[attr-defined]
    struck: dict[str, Any] = {}

    def take() -> None:
        planned = [row for row in creations(house) if row["state"] == "planned" and row["payload"].get("phone")]
        struck.update(planned[-1])
        now = ghl._now()  # type: ignore[attr-defined]
        somebody = next(iter(contacts.rows.values()))
        contacts.put(
            {**somebody, "id": "somebodyelse", "phone": struck["payload"]["phone"], "email": "else@b.example"}, now
        )
        contacts.index.settle(float("inf"))

    house.running.sandbox.faults = Ambush(1, take, fits=lambda vendor, path: path.endswith("/contacts/upsert"))
    report = house.run()
    house.running.sandbox.faults = Faults()

    assert (report.exit_code, report.messages) == (0, [])
    (mine,) = [row for row in creations(house) if row["intent_id"] == struck["intent_id"]]
    assert mine["state"] == "confirmed"
    assert "phone" not in mine["payload"]
    assert "belongs to another contact" in mine["vendor_message"]
    (told,) = house.rows("SELECT * FROM reports.changes WHERE record_id = ? AND field = 'phone'", mine["landed_id"])
    assert (told["state"], told["landed"], told["reason"]) == ("held", None, mine["vendor_message"])
    stored = contacts.rows[mine["landed_id"]]
    assert (stored["email"], stored.get("phone")) == (struck["payload"]["email"], None)
    assert contacts.rows["somebodyelse"]["email"] == "else@b.example"

    again = house.run()

    assert (again.exit_code, again.messages) == (0, [])
    assert contacts.rows[mine["landed_id"]].get("phone") is None
    (skipped,) = house.rows(
        "SELECT * FROM reports.changes WHERE record_id = ? AND field = 'phone' AND action = 'skip'", mine["landed_id"]
    )
    assert "contact/somebodyelse" in skipped["reason"]
