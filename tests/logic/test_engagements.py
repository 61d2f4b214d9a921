"""Events out of what platforms say: each once, in a word of ours, a person's or a machine's."""

from __future__ import annotations

import pytest

from pipeline.sql import statement
from tests.logic.test_staging_tables import CONTACT, MESSAGE, NOW, House

OUT = {**MESSAGE, "direction": "outbound"}
IN = {**MESSAGE, "direction": "inbound"}
MEETING = {"id": "ap", "contactId": "g1", "dateAdded": "2026-01-02T01:00:00Z", "startTime": "2026-01-03T10:00:00Z"}
DEAL = {"id": "d1", "Contact_Name": {"id": "c1"}, "Modified_Time": "2026-01-02T01:00:00+00:00"}


@pytest.fixture
def house():
    return House()


def events(house, columns="kind, is_human"):
    rows = house.session.rows(f"SELECT {columns} FROM staging.engagements ORDER BY ALL")
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize(
    "message",
    [
        {**OUT, "status": "teleported"},
        {**OUT, "status": "sent", "messageType": "TYPE_ACTIVITY_OPPORTUNITY"},
        {**IN, "messageType": "TYPE_ACTIVITY_APPOINTMENT", "body": "Appointment booked"},
        {**IN, "messageType": "TYPE_TELEPATHY", "body": "hello"},
        {key: value for key, value in {**IN, "body": "hello"}.items() if key != "messageType"},
    ],
    ids=["unknown status", "note of the system", "inbound note of the system", "unknown channel", "no channel"],
)
def test_what_a_vendor_says_in_unknown_words_is_kept_and_means_nothing(house, message):
    house.said("raw.ghl__messages", message)
    house.build()
    assert events(house) == [("other", False)]


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        *((known, [("booked", True)]) for known in ("new", "confirmed", "cancelled", "noshow")),
        ("showed", [("booked", True), ("showed", True)]),
        ("invalid", [("other", False)]),
        ("postponed", [("other", False)]),
    ],
)
def test_a_meeting_counts_by_its_status_and_an_unknown_one_is_no_booking(house, status, kinds):
    house.said("raw.ghl__appointments", {**MEETING, "appointmentStatus": status})
    house.build()
    assert events(house) == kinds


def test_a_meeting_that_was_held_after_it_was_booked_is_two_events_whatever_was_read_in_between(house):
    for hours, status in enumerate(("new", "confirmed", "showed", "showed")):
        house.said("raw.ghl__appointments", {**MEETING, "appointmentStatus": status}, hours=hours)
    house.build()
    assert events(house, "kind, received_at")[0] == ("booked", NOW)
    assert [kind for kind, _ in events(house)] == ["booked", "showed"]


@pytest.mark.parametrize("channel", ["TYPE_WHATSAPP", "TYPE_INSTAGRAM", "TYPE_FACEBOOK", "TYPE_SMS", "SMS"])
def test_an_answer_by_any_channel_is_a_reply(house, channel):
    house.said("raw.ghl__messages", {**IN, "messageType": channel, "body": "Yes please"})
    house.build()
    assert events(house) == [("reply", True)]


@pytest.mark.parametrize("message", [{**IN, "body": "STOP"}, {**IN, "status": "opt_out"}, {**OUT, "status": "opt_out"}])
def test_a_no_is_heard_on_a_channel_that_nobody_knows(house, message):
    house.said("raw.ghl__messages", {**message, "messageType": "TYPE_TELEPATHY"})
    house.build()
    assert ("optout", True) in events(house) or ("optout", False) in events(house)


def test_a_message_without_an_id_is_one_event_however_often_it_is_read(house):
    nameless = {key: value for key, value in {**IN, "body": "Yes"}.items() if key != "id"}
    house.said("raw.ghl__messages", nameless)
    house.said("raw.ghl__messages", nameless, hours=24)
    house.said("raw.ghl__messages", {**nameless, "dateAdded": "2026-01-02T09:00:00Z"}, hours=24)
    house.build()
    assert events(house) == [("reply", True), ("reply", True)]


def test_moments_are_read_as_iso_text_of_any_zone_and_as_milliseconds(house):
    for number, moment in enumerate(("2026-01-02T02:00:00+02:00", "2026-01-01T19:00:00-05:00", 1767312000000)):
        house.said("raw.ghl__messages", {**IN, "id": f"m{number}", "dateAdded": moment, "body": "Yes"})
    house.build()
    assert events(house, "count(DISTINCT occurred_at), count(*)") == [(1, 3)]


@pytest.mark.parametrize(
    "broken",
    [{"contactId": None}, {"dateAdded": None}, {"dateAdded": "yesterday"}],
    ids=["nobody's", "no time", "no readable time"],
)
def test_what_cannot_be_placed_is_a_reject_with_its_payload(house, broken):
    house.said("raw.ghl__messages", {**IN, "body": "Yes", **broken})
    house.build()
    assert events(house) == []
    assert house.only("staging.rejects")["reason"] == "the message has no contact or time"


def test_a_click_first_read_as_a_click_is_dated_and_the_steps_before_it_are_not_dated_after_it(house):
    clicked = {**OUT, "status": "clicked", "dateUpdated": "2026-01-02T05:00:00Z"}
    house.said("raw.ghl__messages", clicked)
    house.build()
    told = dict(events(house, "kind, date_part('hour', occurred_at)"))
    assert told == {"sent": 0, "delivered": 0, "open": 0, "click": 5}
    assert ("click", True) in events(house)


def test_what_a_person_wrote_is_kept_as_plain_text_and_only_of_replies(house):
    house.said("raw.ghl__messages", {**IN, "body": "<p>Yes,&nbsp;please</p>\n<br> call"})
    house.said("raw.ghl__messages", {**IN, "id": "m2", "body": "I am out of the office"})
    house.said("raw.ghl__messages", {**OUT, "id": "m3", "status": "sent", "body": "Hello"})
    house.build()
    assert events(house, "kind, excerpt") == [
        ("auto_reply", None),
        ("reply", "Yes, please call"),
        ("sent", None),
    ]


def test_a_deal_that_was_deleted_is_no_deal_and_one_that_was_restored_is(house):
    house.said("raw.zoho__deals", {**DEAL, "Stage": "Qualification"})
    house.said("raw.zoho__deals", {**DEAL, "id": "d2", "Stage": "Negotiation"})
    house.said("raw.zoho__deals", {**DEAL, "id": "d2", "Stage": "Closed Won", "Modified_Time": "2026-01-04T00:00:00Z"})
    for gone in ("d1", "d2"):
        house.said("raw.zoho__deleted", {"id": gone, "deleted_time": "2026-01-03T00:00:00Z"}, module="Deals")
    house.build()
    assert events(house) == [("won", False)]


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        ("Closed Won", "won"),
        ("Won", "won"),
        ("Closed Lost to Competition", "lost"),
        ("Closed-Lost", "lost"),
        ("Wonderful", "deal_stage"),
        ("A stage of our own", "deal_stage"),
    ],
)
def test_a_stage_says_whether_a_deal_was_won_or_lost(house, stage, kind):
    house.said("raw.zoho__deals", {**DEAL, "Stage": stage})
    house.build()
    assert events(house) == [(kind, False)]


def test_an_empty_house_has_no_events(house):
    house.build()
    assert events(house) == []


def test_the_settings_of_a_contact_are_one_opt_out_per_channel(house):
    settings = {"dndSettings": {"Email": {"status": "active"}, "SMS": {"status": "permanent"}}}
    for hours in (0, 24):
        house.said("raw.ghl__contacts", {**CONTACT, **settings, "dateUpdated": "2026-01-02"}, hours=hours)
    house.build()
    assert events(house, "kind, channel") == [("optout", "email"), ("optout", "sms")]


def stats(house, columns):
    house.session.replace("staging.campaign_stats", statement("staging/campaign_stats"))
    rows = house.session.rows(f"SELECT {columns} FROM staging.campaign_stats ORDER BY ALL")
    return [tuple(row.values()) for row in rows]


def test_running_totals_become_differences_by_day_and_the_last_reading_of_a_day_counts(house):
    for hours, sent in ((0, 10), (24, 15), (30, 18), (72, 20)):
        source = {"id": "w", "source": "workflow-campaigns", "sourceId": "w", "name": "Cold"}
        house.said("raw.ghl__email_stats", {**source, "stats": {"sent": sent, "openRate": 12.5}}, hours=hours)
    assert stats(house, "taken_on, metric, total, difference, was_reset") == [
        (NOW.date(), "sent", 10.0, None, False),
        (NOW.date().replace(day=6), "sent", 18.0, 8.0, False),
        (NOW.date().replace(day=8), "sent", 20.0, 2.0, False),
    ]


def test_a_source_that_is_new_counts_in_full_and_a_counter_that_fell_counts_from_zero(house):
    house.said("raw.ghl__email_stats", {"id": "a", "stats": {"sent": 5}})
    house.said("raw.ghl__email_stats", {"id": "a", "stats": {"sent": 2}}, hours=24)
    house.said("raw.ghl__email_stats", {"id": "b", "stats": {"sent": 7}}, hours=24)
    told = stats(house, "source_id, total, difference, was_reset")
    assert told == [("a", 2.0, 2.0, True), ("a", 5.0, None, False), ("b", 7.0, 7.0, False)]


def test_sequences_and_flat_statistics_count_what_they_count_and_nothing_else(house):
    house.said(
        "raw.apollo__sequences", {"id": "s", "name": "Cold", "unique_replied": 3, "open_rate": 0.4, "num_steps": 4}
    )
    house.said("raw.ghl__email_stats", {"id": "c", "delivered": 9, "createdAt": 1717700000000, "version": 3})
    assert stats(house, "vendor, source, metric, total") == [
        ("apollo", "sequence", "replied", 3.0),
        ("ghl", "schedule", "delivered", 9.0),
    ]


@pytest.mark.parametrize(
    ("deal", "told"),
    [
        ({"Amount": 900}, (900.0, "NOK")),
        ({"Amount": 900, "Currency": "SEK"}, (900.0, "SEK")),
        ({}, (None, None)),
    ],
    ids=["that of the organisation", "its own", "no amount"],
)
def test_a_deal_is_in_its_currency_else_in_that_of_the_organisation(house, deal, told):
    for hours, code in enumerate(("USD", "NOK")):
        house.said("raw.zoho__metadata", {"id": "o", "iso_code": code}, kind="organisation", hours=hours)
    house.said("raw.zoho__deals", {**DEAL, "Stage": "Qualification", **deal})
    house.build()
    assert events(house, "value, currency") == [told]
