"""Whoever said no says no with every record: what is sent from a second record of a person is sent to that person.

One history is played once: two people get a second record, one in Zoho and one in GoHighLevel, and each says no with
one record on the other platform. The 15-minute look tells the vendors; a second no is given where only the daily run
sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.runs.conftest import houses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.runs.conftest import House

IN_BOTH = """
SELECT p.person_key, p.zoho_id
FROM identity.people AS p
INNER JOIN outreach.ghl__writes AS w ON w.person_key = p.person_key AND w.operation = 'insert' AND w.state = 'confirmed'
INNER JOIN staging.crm_people AS r ON r.vendor = 'zoho' AND r.object = 'Leads' AND r.record_id = p.zoho_id
WHERE NOT coalesce(r.is_converted, FALSE)
QUALIFY count(*) OVER (PARTITION BY lower(split_part(p.full_name, ' ', -1))) = 1
ORDER BY p.person_key
LIMIT 3
"""
COPIED = ("First_Name", "Last_Name", "Company", "City", "State", "Country", "Website")


@dataclass
class Tale:
    """Who has which records, and what they and the writes were after each step."""

    house: House
    people: list[dict[str, Any]] = field(default_factory=list)
    seconds: list[str] = field(default_factory=list)
    shown: list[list[bool]] = field(default_factory=list)
    writes: list[list[dict[str, Any]]] = field(default_factory=list)

    def copies(self) -> None:
        """The first and the last person have two leads of one address, the second one two contacts."""
        one, two, three = self.people
        with self.house.workspace() as workspace:
            zoho, ghl = workspace.vendors.zoho, workspace.vendors.ghl
            leads = {row["id"]: row for rows, _ in zoho.records("Leads") for row in rows}
            for place, person in ((0, one), (2, three)):
                lead = leads[person["zoho_id"]]
                made = zoho.insert("Leads", [{name: lead.get(name) for name in (*COPIED, "Email")}])
                self.seconds.insert(place, made[0].record_id)
            contact = next(row for rows, _ in ghl.contacts() for row in rows if row["id"] == two["ghl_contact_id"])
            names = ("firstName", "lastName", "companyName", "website", "city", "state", "country")
            body = {name: contact[name] for name in names if contact.get(name)}
            body |= {"email": f"home.{contact['email']}", "locationId": ghl.location_id}
            answer = ghl.door.call(
                "POST",
                "/contacts/",
                json=body,
                headers={"Version": "2021-07-28"},
                repeatable=False,
                purpose="write",
            )
            self.seconds.insert(1, answer.json()["contact"]["id"])

    def say_no(self, *, zoho: str | None = None, ghl: str | None = None) -> None:
        with self.house.workspace() as workspace:
            if zoho:
                workspace.vendors.zoho.update("Leads", [{"id": zoho, "Email_Opt_Out": True}])
            if ghl:
                workspace.vendors.ghl.update(ghl, {"dndSettings": {"Email": {"status": "active"}}})

    def run(self, **how: Any) -> None:
        before = self.house.last_request()
        self.house.run(**how)
        self.writes.append(self.house.requests("write", since=before))
        self.shown.append(self.look())

    def look(self) -> list[bool]:
        """Return of each second record whether it says no."""
        with self.house.workspace() as workspace:
            leads = {row["id"]: row for rows, _ in workspace.vendors.zoho.records("Leads") for row in rows}
            contacts = {row["id"]: row for rows, _ in workspace.vendors.ghl.contacts() for row in rows}
        found = []
        for record_id in self.seconds:
            lead, contact = leads.get(record_id), contacts.get(record_id)
            said = (contact or {}).get("dndSettings") or {}
            found.append(bool(lead and lead.get("Email_Opt_Out")) or said.get("Email", {}).get("status") == "active")
        return found


SECONDS, WATCHED, DAY, AGAIN = range(4)


@pytest.fixture(scope="module")
def tale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tale]:
    with houses(tmp_path_factory.mktemp("second_optouts")) as build:
        told = Tale(build(people=60, samples=False))
        told.house.run()
        with told.house.workspace() as workspace:
            contacts = workspace.ledger.id_map("ghl")
        told.people = [{**row, "ghl_contact_id": contacts[row["person_key"]][1]} for row in told.house.rows(IN_BOTH)]
        told.copies()
        told.run()
        one, two, three = told.people
        told.say_no(zoho=two["zoho_id"], ghl=one["ghl_contact_id"])
        told.run(select="watch")
        told.say_no(ghl=three["ghl_contact_id"])
        told.run()
        told.run()
        yield told


def test_a_second_record_is_known_as_such(tale: Tale) -> None:
    rows = tale.house.rows("SELECT person_key, source_id FROM identity.members")
    owners = {row["source_id"]: row["person_key"] for row in rows}
    assert [owners[record_id] for record_id in tale.seconds] == [person["person_key"] for person in tale.people]
    assert tale.shown[SECONDS] == [False, False, False]


def test_the_15_minute_look_tells_a_no_to_second_records_of_both_vendors(tale: Tale) -> None:
    assert tale.shown[WATCHED] == [True, True, False]


def test_a_day_tells_it_too_and_another_one_writes_nothing(tale: Tale) -> None:
    assert tale.shown[DAY] == [True, True, True]
    assert tale.writes[AGAIN] == []


def test_the_record_that_is_written_stays_the_first_one(tale: Tale) -> None:
    rows = tale.house.rows("SELECT person_key, zoho_id, ghl_contact_id FROM identity.people")
    homes = {row["person_key"]: (row["zoho_id"], row["ghl_contact_id"]) for row in rows}
    for person in tale.people:
        assert homes[person["person_key"]] == (person["zoho_id"], person["ghl_contact_id"])
    with tale.house.workspace() as workspace:
        known = workspace.ledger.id_map("ghl")
    assert known[tale.people[1]["person_key"]] == ("contact", tale.people[1]["ghl_contact_id"])


def test_the_plan_names_second_contacts_of_those_who_said_no(tale: Tale) -> None:
    rows = tale.house.rows("SELECT record_id, action, reason FROM outreach.ghl__plan")
    first = tale.people[1]["ghl_contact_id"]
    assert {"record_id": tale.seconds[1], "action": "skip", "reason": f"duplicate of contact/{first}"} in rows
