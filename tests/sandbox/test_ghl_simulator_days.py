"""Days at the simulated GoHighLevel: messages, meetings, opt-outs, reports."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from resources.sandbox.calls import Call
from resources.sandbox.clock import Clock
from resources.sandbox.ghl import GhlSandbox
from resources.sandbox.world import World

CRM, TALK, V3 = "2021-07-28", "2021-04-15", "v3"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Office:
    """A location whose contacts carry our tag, and a clock moved by days."""

    def __init__(self, count=100, *, people=400, tag="lf-warm", **switches):
        self.clock = Clock(source=lambda: START)
        switches = {"burst_limit": 10**6, "index_lag_seconds": 0.0, **switches}
        self.ghl = GhlSandbox(World(7, people), self.clock, time_scale=1.0, **switches)
        self.location = self.ghl.location_id
        self.ids = {}
        for number in range(count):
            fields = {"email": f"p{number}@reader.example", "firstName": f"P{number}"}
            body = {"locationId": self.location, **fields}
            contact = self.ok("POST", "/contacts/upsert", body)["contact"]
            if tag:
                self.ok("POST", f"/contacts/{contact['id']}/tags", {"tags": [tag]})
            self.ids[fields["email"]] = contact["id"]

    def send(self, method, path, body=None, *, version=CRM, **query):
        headers = {"authorization": f"Bearer {self.ghl.token}", "version": version}
        content = b"" if body is None else json.dumps(body).encode()
        pairs = tuple((name, str(value)) for name, value in query.items())
        return self.ghl.answer(Call("", method, path, pairs, headers, content))

    def ok(self, method, path, body=None, **more):
        answer = self.send(method, path, body, **more)
        assert 200 <= answer.status < 300, answer.body
        return answer.body

    def located(self, path, **more):
        return self.ok("GET", path, locationId=self.location, **more)

    def day(self):
        self.clock.advance(1)
        return self.ghl.pass_day(self.clock.days)

    def who(self, events, kind):
        return [self.ids[event["contact"]] for event in events if event["kind"] == kind]

    def contact(self, contact_id):
        return self.ok("GET", f"/contacts/{contact_id}")["contact"]

    def messages(self, **query):
        found, query = [], {"limit": 500, **query}
        while True:
            page = self.located("/conversations/messages/export", version=TALK, **query)
            found += page["messages"]
            if page["nextCursor"] is None:
                assert page["total"] == len(found)
                return found
            query["cursor"] = page["nextCursor"]


@pytest.fixture(scope="module")
def office():
    office = Office()
    office.events = office.day()
    return office


def test_a_day_has_all_its_parts(office):
    counts = Counter(event["kind"] for event in office.events)
    assert counts == {"reply": 4, "auto_reply": 1, "booking": 1, "optout": 1, "bounce": 1}


def test_even_a_few_contacts_have_every_part():
    counts = Counter(event["kind"] for event in Office(6).day())
    assert counts == {"reply": 2, "auto_reply": 1, "booking": 1, "optout": 1, "bounce": 1}


def test_everybody_with_our_tag_is_written_to_once_a_day(office):
    sent = [one for one in office.messages(channel="Email") if one.get("source") == "workflow"]
    assert sorted(one["contactId"] for one in sent) == sorted(office.ids.values())
    assert {one["status"] for one in sent} <= {"delivered", "opened", "clicked", "failed", "undelivered"}


def test_nobody_without_our_tag_is_written_to():
    office = Office(5, tag="")
    assert office.day() == []


def test_a_reply_is_an_inbound_message_and_moves_the_contact(office):
    for contact_id in office.who(office.events, "reply"):
        inbound = [
            one for one in office.messages(channel="Email", contactId=contact_id) if one["direction"] == "inbound"
        ]
        assert len(inbound) == 1
        assert "unsubscribe" not in inbound[0]["body"]
        contact = office.contact(contact_id)
        assert contact["dateUpdated"] == contact["lastActivity"] == inbound[0]["dateAdded"]


def test_an_automatic_reply_says_that_it_is_one(office):
    (contact_id,) = office.who(office.events, "auto_reply")
    bodies = [one["body"] for one in office.messages(channel="Email", contactId=contact_id)]
    assert any("out of the office" in body for body in bodies)


def test_an_opt_out_sets_dnd_for_email_only(office):
    (contact_id,) = office.who(office.events, "optout")
    contact = office.contact(contact_id)
    assert contact["dnd"] is False
    assert contact["dndSettings"]["Email"]["status"] == "active"
    assert contact["dndSettings"]["Email"]["message"] == "unsubscribed"
    assert set(contact["dndSettings"]) == {"Email"}


def test_a_bounce_is_a_message_that_failed(office):
    (contact_id,) = office.who(office.events, "bounce")
    (message,) = office.messages(channel="Email", contactId=contact_id)
    assert message["status"] in ("failed", "undelivered")


def test_all_that_happened_lies_within_the_day(office):
    now = office.clock.now()
    for message in office.messages(channel="Email", startDate=str(int(START.timestamp() * 1000))):
        at = datetime.fromisoformat(message["dateAdded"])
        assert START < at < now
        assert at <= datetime.fromisoformat(message["dateUpdated"]) < now


def test_a_booking_is_an_event_an_opportunity_and_an_appointment(office):
    (contact_id,) = office.who(office.events, "booking")
    calendar = office.located("/calendars/", version=TALK)["calendars"][0]
    bounds = {
        "startTime": int(START.timestamp() * 1000),
        "endTime": int((START + timedelta(days=9)).timestamp() * 1000),
    }
    for scope in ({"calendarId": calendar["id"]}, {"groupId": calendar["groupId"]}):
        events = office.located("/calendars/events", version=TALK, **bounds, **scope)["events"]
        assert [(one["contactId"], one["appointmentStatus"]) for one in events] == [(contact_id, "confirmed")]
    assert office.send("GET", "/calendars/events", version=TALK, locationId=office.location, **bounds).status == 422
    (appointment,) = office.ok("GET", f"/contacts/{contact_id}/appointments")["events"]
    assert appointment["startTime"] == datetime.fromisoformat(events[0]["startTime"]).strftime("%Y-%m-%d %H:%M:%S")
    found = office.ok("GET", "/opportunities/search", location_id=office.location, contact_id=contact_id)
    assert [one["status"] for one in found["opportunities"]] == ["open"]


def test_the_export_leaves_emails_out_unless_asked(office):
    assert {one["messageType"] for one in office.messages()} == {"TYPE_SMS"}
    assert {one["messageType"] for one in office.messages(channel="Email")} == {"TYPE_EMAIL"}


@pytest.mark.parametrize("sort_by", ["createdAt", "updatedAt"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_export_pages_to_the_end_in_order(office, sort_by, order):
    query = {"channel": "Email", "sortBy": sort_by, "sortOrder": order}
    found = office.messages(**query, limit=10)
    field = {"createdAt": "dateAdded", "updatedAt": "dateUpdated"}[sort_by]
    assert [one["id"] for one in found] == [one["id"] for one in office.messages(**query)]
    assert len({one["id"] for one in found}) == len(found)
    times = [one[field] for one in found]
    assert times == sorted(times, reverse=order == "desc")


@pytest.mark.parametrize(
    "query", [{"limit": 9}, {"limit": 501}, {"channel": "Fax"}, {"cursor": "???"}, {"sortBy": "x"}]
)
def test_the_export_refuses_what_it_does_not_know(office, query):
    answer = office.send("GET", "/conversations/messages/export", version=TALK, locationId=office.location, **query)
    assert answer.status in (400, 422)


def test_an_email_record_has_subject_and_addresses(office):
    contact_id = office.who(office.events, "reply")[0]
    message = office.messages(channel="Email", contactId=contact_id)[0]
    (email_id,) = message["meta"]["email"]["messageIds"]
    email = office.ok("GET", f"/conversations/messages/email/{email_id}", version=TALK)
    assert email["subject"].startswith("Re: ")
    assert email["from"] == office.contact(contact_id)["email"]


def test_conversations_are_searched_and_read(office):
    contact_id = office.who(office.events, "reply")[0]
    found = office.located("/conversations/search", version=TALK, contactId=contact_id)
    (thread,) = found["conversations"]
    assert (found["total"], thread["unreadCount"], thread["lastMessageType"]) == (1, 1, "TYPE_EMAIL")
    first = office.ok("GET", f"/conversations/{thread['id']}/messages", version=TALK, limit=1)
    assert first["nextPage"] is True
    rest = office.ok(
        "GET", f"/conversations/{thread['id']}/messages", version=TALK, lastMessageId=first["lastMessageId"]
    )
    assert [one["direction"] for one in first["messages"] + rest["messages"]] == ["inbound", "outbound"]
    assert rest["nextPage"] is False


def test_messages_of_a_conversation_may_be_nested_once_more():
    office = Office(3, messages_nested=True)
    office.day()
    thread = office.located("/conversations/search", version=TALK)["conversations"][0]
    page = office.ok("GET", f"/conversations/{thread['id']}/messages", version=TALK)
    assert isinstance(page["messages"]["messages"], list)


def test_a_sent_message_is_stored():
    office = Office(1)
    (contact_id,) = office.ids.values()
    body = {"type": "Email", "contactId": contact_id, "subject": "Hello", "html": "<p>Hi</p>"}
    made = office.ok("POST", "/conversations/messages", body, version=TALK)
    message = office.ok("GET", f"/conversations/messages/{made['messageId']}", version=TALK)
    assert (message["source"], message["direction"], message["type"]) == ("api", "outbound", 3)


def test_a_second_day_moves_on_and_leaves_alone_who_stopped():
    office = Office()
    first = office.day()
    before = Counter(one["contactId"] for one in office.messages(channel="Email"))
    second = office.day()
    assert second != first
    after = Counter(one["contactId"] for one in office.messages(channel="Email"))
    for kind in ("reply", "booking", "optout", "bounce"):
        for contact_id in office.who(first, kind):
            assert after[contact_id] == before[contact_id]
    (away,) = office.who(first, "auto_reply")
    assert after[away] > before[away]


def test_a_meeting_takes_place_when_its_time_has_come():
    office = Office()
    (contact_id,) = office.who(office.day(), "booking")
    later = office.day() + office.day()
    (appointment,) = office.ok("GET", f"/contacts/{contact_id}/appointments")["events"]
    assert appointment["appointmentStatus"] in ("showed", "noshow")
    assert contact_id in office.who(later, appointment["appointmentStatus"])


def test_a_contact_with_dnd_for_email_is_not_written_to():
    office = Office(8)
    muted = list(office.ids.values())[:4]
    settings = [
        {"dnd": True},
        {"dndSettings": {"Email": {"status": "active"}}},
        {"dndSettings": {"Email": {"status": "permanent"}}},
        {"dndSettings": {"Email": {"status": "inactive"}}},
    ]
    for contact_id, body in zip(muted, settings, strict=True):
        office.ok("PUT", f"/contacts/{contact_id}", body)
    office.day()
    assert [len(office.messages(channel="Email", contactId=one)) > 0 for one in muted] == [
        False,
        False,
        False,
        True,
    ]


def test_an_enrolled_contact_is_written_to_by_its_workflow():
    office = Office(1, tag="")
    (contact_id,) = office.ids.values()
    workflow = office.located("/workflows/")["workflows"][1]
    office.ok("POST", f"/contacts/{contact_id}/workflow/{workflow['id']}", {})
    office.day()
    path = f"/emails/locations/{office.location}/campaigns/stats/workflow-campaigns/{workflow['id']}"
    assert office.ok("GET", path, version=V3)["stats"]["sent"] == 1


def test_statistics_count_what_the_messages_say(office):
    sources = office.ok("GET", f"/emails/locations/{office.location}/campaigns/workflows", version=V3)
    workflow = sources["campaigns"][0]
    path = f"/emails/locations/{office.location}/campaigns/stats/workflow-campaigns/{workflow['sourceId']}"
    stats = office.ok("GET", path, version=V3)["stats"]
    assert (stats["sent"], stats["unsubscribed"], stats["replied"]) == (100, 1, 5)
    assert stats["permanentFail"] + stats["temporaryFail"] == 1
    assert stats["delivered"] == 99
    assert stats["openRate"] == round(100 * stats["opened"] / 99, 2)


def test_statistics_of_an_unknown_source_are_404_in_the_v3_form(office):
    path = f"/emails/locations/{office.location}/campaigns/stats/email-campaigns/none"
    answer = office.send("GET", path, version=V3)
    assert (answer.status, answer.body["error"]["code"]) == (404, "RESOURCE_NOT_FOUND")


def test_scheduled_campaigns_show_counts_only_when_asked(office):
    plain = office.located("/emails/schedule")["schedules"]
    counted = office.located("/emails/schedule", showStats="true", campaignsOnly="true")["schedules"]
    assert "stats" not in plain[0]
    assert {"delivered", "opened", "clicked"} <= set(counted[0]["stats"])
    assert counted[0]["stats"]["sent"] >= 1


def test_the_same_day_happens_to_two_locations_that_were_told_the_same():
    first, second = Office(20), Office(20)
    assert first.day() == second.day()
    assert first.ghl.canonical() == second.ghl.canonical()
