"""A day at the organisation: sales people edit, delete, opt out and move deals.

All chance comes from `Random(seed:day:business key)`, so it depends on nothing but the records themselves.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.seeding import STAGES

if TYPE_CHECKING:
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.store import Record


class Day:
    """One day of one organisation."""

    def __init__(self, organisation: Organisation, *, seed: int, day: int) -> None:
        self._organisation = organisation
        self._seed = seed
        self._day = day
        self._touched: set[str] = set()
        self._events: list[dict[str, Any]] = []

    def events(self) -> list[dict[str, Any]]:
        """Let it happen and tell it: `kind`, `module`, `key`, `id` and what changed."""
        ours = self._keyed()
        self._delete(ours)
        self._opt_out(ours)
        self._edit(ours)
        self._move_deals()
        self._open_deal()
        return self._events

    def _keyed(self) -> list[Record]:
        key = self._organisation.switches.external_key
        return [
            record
            for record in self._organisation.table("Leads").ordered()
            if record.converted is None and record.values.get(key)
        ]

    def _rng(self, record: Record, purpose: str) -> random.Random:
        return random.Random(f"{self._seed}:{self._day}:{self._organisation.business_key(record)}:{purpose}")

    def _person(self, record: Record) -> str:
        """Give the sales person who works on a record: its owner, or one who steps in for the integration."""
        owners = self._organisation.owners
        if any(user.id == record.owner for user in owners):
            return record.owner
        return self._rng(record, "person").choice(owners).id

    def _lowest(self, records: list[Record], purpose: str, count: int) -> list[Record]:
        free = [record for record in records if record.id not in self._touched]
        drawn = sorted(
            free,
            key=lambda record: (
                self._rng(record, purpose).random(),
                self._organisation.business_key(record),
            ),
        )
        picked = drawn[:count]
        self._touched.update(record.id for record in picked)
        return picked

    def _tell(self, kind: str, module: str, record: Record, **more: Any) -> None:
        key = self._organisation.business_key(record)
        self._events.append({"kind": kind, "module": module, "key": key, "id": record.id, **more})

    def _delete(self, ours: list[Record]) -> None:
        organisation = self._organisation
        for record in self._lowest(ours, "delete", 1):
            self._tell("deleted", "Leads", record)
            key = organisation.business_key(record)
            organisation.table("Leads").remove(record, at=organisation.moment(), by=self._person(record), key=key)

    def _opt_out(self, ours: list[Record]) -> None:
        willing = [record for record in ours if not record.values.get("Email_Opt_Out")]
        count = random.Random(f"{self._seed}:{self._day}:optouts").randint(1, 2)
        for record in self._lowest(willing, "optout", count):
            self._write("Leads", record, {"Email_Opt_Out": True})
            self._tell("opted_out", "Leads", record)

    def _edit(self, ours: list[Record]) -> None:
        count = max(1, round(len(ours) / 100))
        for record in self._lowest(ours, "edit", count):
            rng = self._rng(record, "edited")
            field = rng.choice(("Phone", "Designation"))
            value = f"+1 212 555 {rng.randint(100, 9999):04d}"
            if field == "Designation":
                value = f"Acting {record.values.get('Designation') or 'Manager'}"[:100]
            self._write("Leads", record, {field: value})
            self._tell("edited", "Leads", record, field=field, value=value)

    def _move_deals(self) -> None:
        deals = list(self._organisation.table("Deals").ordered())
        going = [record for record in deals if record.values.get("Stage") in STAGES]
        for record in self._lowest(going, "stage", max(1, round(len(going) / 10)) if going else 0):
            place = STAGES.index(record.values["Stage"])
            following = (*STAGES, "Closed Won")[place + 1]
            if self._rng(record, "lost").random() < 0.2:
                following = "Closed Lost"
            self._write("Deals", record, {"Stage": following})
            self._tell("deal_moved", "Deals", record, stage=following)

    def _open_deal(self) -> None:
        organisation = self._organisation
        contacts = list(organisation.table("Contacts").ordered())
        ours = [record for record in contacts if record.values.get(organisation.switches.external_key)]
        for contact in self._lowest(ours or contacts, "deal", 1):
            name = f"{organisation.business_key(contact)[:90]} day {self._day}"
            values = {
                "Deal_Name": name,
                "Stage": STAGES[0],
                "Pipeline": "Standard (Standard)",
                "Closing_Date": "2026-12-31",
                "Amount": self._rng(contact, "amount").randint(5, 60) * 1000,
                "Contact_Name": {"id": contact.id},
                "Account_Name": contact.values.get("Account_Name"),
            }
            deal = organisation.new("Deals", values, owner=self._person(contact), by=self._person(contact))
            self._tell("deal_created", "Deals", deal, contact=organisation.business_key(contact))

    def _write(self, module: str, record: Record, values: dict[str, Any]) -> None:
        organisation = self._organisation
        organisation.table(module).change(record, values, at=organisation.moment(), by=self._person(record))
