"""Calendars, their events, and the appointments of a contact (GHL fact sheet §4, §8)."""

from __future__ import annotations

from typing import Any

from resources.sandbox.ghl.ids import iso, parse_time, spaced
from resources.sandbox.ghl.refusals import unprocessable
from resources.sandbox.ghl.routing import TALK_VERSION, Request, Route
from resources.sandbox.ghl.shapes import FLAG, shape, texts

Record = dict[str, Any]
Result = tuple[int, Record]

_HALF_HOUR_MS = 1_800_000
_TIMES = ("startTime", "endTime", "dateAdded", "dateUpdated")
_NEW = shape(
    {
        **texts("title calendarId locationId contactId startTime endTime appointmentStatus assignedUserId address"),
        **texts("description meetingLocationType meetingLocationId rrule"),
        **dict.fromkeys(("ignoreDateRange", "toNotify", "ignoreFreeSlotValidation", "overrideLocationConfig"), FLAG),
    },
    *("calendarId", "locationId", "contactId", "startTime"),
    appointmentStatus=frozenset({"new", "confirmed", "cancelled", "showed", "noshow", "invalid"}),
)


def event_view(event: Record) -> Record:
    """Give an event as calendars list it."""
    return {**event, **{key: iso(event[key]) for key in _TIMES}}


def calendars(request: Request) -> Result:
    """GET /calendars/?locationId."""
    request.located()
    return 200, {"calendars": list(request.account["calendars"].values())}


def calendar(request: Request) -> Result:
    """GET /calendars/{id}."""
    return 200, {"calendar": request.account.row("calendars", request.ids[0], "Calendar")}


def events(request: Request) -> Result:
    """GET /calendars/events: times in epoch ms, and one of userId, calendarId, groupId."""
    request.located()
    call = request.call
    bounds = {name: parse_time(call.param(name)) for name in ("startTime", "endTime")}
    for name, value in bounds.items():
        if value is None or not (call.param(name) or "").isdigit():
            raise unprocessable(f"{name} must be a number string in milliseconds")
    keys = {"userId": "assignedUserId", "calendarId": "calendarId", "groupId": "groupId"}
    given = {key: call.param(name) for name, key in keys.items() if call.param(name)}
    if not given:
        raise unprocessable("Either of userId, calendarId or groupId is required")
    start, end = bounds["startTime"] or 0, bounds["endTime"] or 0
    found = [
        event
        for event in request.account["events"].values()
        if start <= event["startTime"] <= end and all(event.get(key) == value for key, value in given.items())
    ]
    found.sort(key=lambda event: (event["startTime"], event["id"]))
    return 200, {"events": [event_view(event) for event in found]}


def of_contact(request: Request) -> Result:
    """GET /contacts/{id}/appointments: another form of time."""
    contact = request.account.contacts.get(request.ids[0])
    found = [event for event in request.account["events"].values() if event["contactId"] == contact["id"]]
    return 200, {"events": [{**event, **{key: spaced(event[key]) for key in _TIMES}} for event in found]}


def appointment(request: Request) -> Result:
    """GET /calendars/events/appointments/{id}."""
    return 200, {"event": event_view(request.account.row("events", request.ids[0], "Appointment"))}


def book(request: Request) -> Result:
    """POST /calendars/events/appointments."""
    body = request.body(_NEW)
    request.own_location(body["locationId"])
    account = request.account
    calendar = account.row("calendars", body["calendarId"], "Calendar")
    contact = account.contacts.get(body["contactId"])
    start, end = parse_time(body["startTime"]), parse_time(body.get("endTime"))
    if start is None:
        raise unprocessable("startTime must be a valid ISO 8601 date string")
    made = {
        "id": account.ids.short(),
        "title": body.get("title") or calendar["name"],
        "calendarId": calendar["id"],
        "locationId": account.location_id,
        "contactId": contact["id"],
        "groupId": calendar["groupId"],
        "appointmentStatus": body.get("appointmentStatus") or "confirmed",
        "assignedUserId": body.get("assignedUserId") or calendar["teamMembers"][0]["userId"],
        "startTime": start,
        "endTime": end or start + _HALF_HOUR_MS,
        "dateAdded": request.now,
        "dateUpdated": request.now,
    }
    account["events"][made["id"]] = made
    shown = event_view(made)
    return 200, {key: value for key, value in shown.items() if key not in ("groupId", "dateAdded", "dateUpdated")}


ROUTES = (
    Route("GET", "/calendars/", "calendars.readonly", calendars, TALK_VERSION),
    Route("GET", "/calendars/:", "calendars.readonly", calendar, TALK_VERSION),
    Route("GET", "/calendars/events", "calendars/events.readonly", events, TALK_VERSION),
    Route("POST", "/calendars/events/appointments", "calendars/events.write", book, TALK_VERSION),
    Route("GET", "/calendars/events/appointments/:", "calendars/events.readonly", appointment, TALK_VERSION),
    Route("GET", "/contacts/:/appointments", "contacts.readonly", of_contact),
)
