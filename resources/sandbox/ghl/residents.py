"""Residents: the contacts a location knew before leadflow came, and what had happened with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.fields import merged
from resources.sandbox.ghl.opportunities import make_opportunity
from resources.sandbox.ghl.threads import add_message

if TYPE_CHECKING:
    import random

    from resources.sandbox.entities import Person
    from resources.sandbox.ghl.account import Account
    from resources.sandbox.world import World

Record = dict[str, Any]
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_TAGS = ("newsletter", "webinar 2025", "trade fair")
_COUNTRIES = {
    "United States": "US",
    "Canada": "CA",
    "United Kingdom": "GB",
    "Ireland": "IE",
    "Germany": "DE",
    "Austria": "AT",
    "Switzerland": "CH",
    "France": "FR",
    "Netherlands": "NL",
    "Spain": "ES",
    "Brazil": "BR",
    "Sweden": "SE",
    "Denmark": "DK",
    "Poland": "PL",
    "India": "IN",
}


def settle_in(account: Account, world: World, now: int) -> None:
    """Make the location's contacts from the world; one has inbound DND only, one a second address."""
    known = [person for person in world.people if world.in_ghl(person)]
    quiet = 0
    for person in known:
        out = world.is_opted_out_ghl(person)
        quiet += not out
        contact = _resident(account, person, world.rng("ghl resident", person.index), now)
        if out:
            setting = {"status": "active", "message": "unsubscribed", "code": "unsubscribe"}
            contact["dndSettings"] = {"Email": setting}
        elif quiet == 1:
            contact["inboundDndSettings"] = {"all": {"status": "active", "message": "calls back himself"}}
        elif quiet == 2:
            contact["additionalEmails"] = [{"email": person.personal_email}]
        account.contacts.put(contact, contact["dateUpdated"])
    _history(account, now)
    account.contacts.index.settle(float("inf"))


def _resident(account: Account, person: Person, rng: random.Random, now: int) -> Record:
    """Distort a person as people do who type: capitals, a missing phone, no company."""
    email = person.email
    if email and rng.random() < 0.2:
        email = email.title()
    added = now - rng.randrange(60, 400) * _DAY_MS
    blank: Record = {
        "id": account.ids.short(),
        "locationId": account.location_id,
        "type": "lead",
        "dnd": False,
        "tags": [],
        "dateAdded": added,
        "dateUpdated": added + rng.randrange(1, 30) * _DAY_MS,
        "lastActivity": added + rng.randrange(1, 30) * _DAY_MS,
    }
    body = {
        "firstName": person.first_name.lower() if rng.random() < 0.1 else person.first_name,
        "lastName": person.last_name,
        "email": email,
        "phone": person.phone if not email or rng.random() < 0.8 else None,
        "companyName": person.company.name if rng.random() < 0.9 else None,
        "city": person.city,
        "country": _COUNTRIES.get(person.country),
        "source": "import",
        "tags": sorted(rng.sample(_TAGS, rng.randrange(1, 3))),
    }
    return merged(blank, body, account)


def _history(account: Account, now: int) -> None:
    """One newsletter with a reply, a text message, a deal that was won, a meeting that took place."""
    campaign = next(iter(account["campaigns"]))
    sent = now - 20 * _DAY_MS
    readers = [one for one in account.contacts if "newsletter" in one["tags"] and "email" in one]
    for place, contact in enumerate(readers):
        more = {"subject": "News in spring", "source": "campaign", "sourceId": campaign}
        status = ("opened", "delivered", "delivered", "clicked")[place % 4]
        body = "<p>What is new this spring.</p>"
        add_message(account, contact, at=sent, direction="outbound", status=status, body=body, **more)
        if place == 0:
            answer, later = {"subject": "Re: News in spring", "sourceId": campaign}, sent + 5 * _HOUR_MS
            body = "Thanks, please keep me posted."
            add_message(account, contact, at=later, direction="inbound", status="delivered", body=body, **answer)
    for contact in [one for one in account.contacts if "phone" in one][:1]:
        body = "See you at the fair."
        add_message(account, contact, at=sent, direction="outbound", status="delivered", body=body, channel="SMS")
        _customer(account, contact, sent)


def _customer(account: Account, contact: Record, at: int) -> None:
    pipeline = list(account["pipelines"].values())[1]
    name = contact.get("companyName", "A partner")
    deal = {"name": name, "status": "won", "contactId": contact["id"], "monetaryValue": 4200}
    place = {"pipelineId": pipeline["id"], "pipelineStageId": pipeline["stages"][-1]["id"]}
    make_opportunity(account, at, {**deal, **place})
    add_meeting(account, contact, start=at + 3 * _DAY_MS, added=at, status="showed")


def add_meeting(account: Account, contact: Record, *, start: int, added: int, status: str) -> Record:
    """Put a half-hour meeting with a contact into the first calendar."""
    calendar = next(iter(account["calendars"].values()))
    event = {
        "id": account.ids.short(),
        "title": calendar["name"],
        "calendarId": calendar["id"],
        "locationId": account.location_id,
        "contactId": contact["id"],
        "groupId": calendar["groupId"],
        "appointmentStatus": status,
        "assignedUserId": calendar["teamMembers"][0]["userId"],
        "users": [],
        "startTime": start,
        "endTime": start + _HOUR_MS // 2,
        "dateAdded": added,
        "dateUpdated": added,
    }
    account["events"][event["id"]] = event
    return event
