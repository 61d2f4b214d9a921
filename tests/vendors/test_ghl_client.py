"""The GoHighLevel client against answers written from the documentation's examples."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import (
    AnswerLost,
    CredentialsRejected,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
)
from resources.ghl import WINDOWS, GhlClient, flatten, ghl_door, keys_of, read_headers
from resources.ghl.contacts import channels_of
from resources.http import Reply

TOKEN = "pit-1234567890abcdef"
LOCATION = "ve9EPM428h8vShlRW1KT"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Server:
    """Answers one after the other, the last one for ever; keeps what was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, type):
            raise answer("broken", request=request)
        return answer(request) if callable(answer) else answer


def client(server, **changes):
    slept = changes.pop("slept", [])
    door = ghl_door(
        token=TOKEN,
        transport=httpx.MockTransport(server),
        clock=lambda: NOW + timedelta(seconds=sum(slept)),
        sleep=slept.append,
        jitter=lambda: 1.0,
        **changes,
    )
    return GhlClient(door=door, location_id=LOCATION)


def ok(body, status=200, **headers):
    return httpx.Response(status, json=body, headers=headers)


def rows(count):
    return [{"id": f"id{number:05d}", "dateUpdated": "2026-03-01T00:00:00Z"} for number in range(count)]


def collected(pages):
    return [row["id"] for found, _ in pages for row in found]


SIZES = st.sampled_from([0, 1, 4, 5, 6, 9, 10, 11, 23])


def contacts_world(total, *, per_page=5, cursors=True, totals=True):
    """Serves `total` contacts, never more than `per_page` however many are asked for."""
    everyone = rows(total)

    def answer(request):
        body = json.loads(request.content)
        assert not ("page" in body and "searchAfter" in body)
        start = (body.get("page", 1) - 1) * per_page
        if "searchAfter" in body:
            start = 1 + next(at for at, row in enumerate(everyone) if row["id"] == body["searchAfter"][1])
        found = [{**row, "dndSettings": {}} for row in everyone[start : start + per_page]]
        for row in found if cursors else ():
            row["searchAfter"] = [1717700000000, row["id"]]
        return ok({"contacts": found, "traceId": "t", **({"total": total} if totals else {})})

    return answer


@settings(max_examples=30, deadline=None)
@given(SIZES, st.booleans())
def test_contacts_are_all_collected_once_with_row_cursors_or_page_numbers(total, cursors):
    found = collected(client(Server(contacts_world(total, cursors=cursors))).contacts())
    assert found == [row["id"] for row in rows(total)]


@pytest.mark.parametrize("total", [499, 500, 501, 1000, 1001])
def test_contacts_are_all_collected_around_the_documented_page_size_without_a_total(total):
    found = collected(client(Server(contacts_world(total, per_page=500, totals=False))).contacts())
    assert len(found) == len(set(found)) == total


def test_a_pull_of_changes_begins_before_the_watermark_and_runs_in_order_of_change():
    server = Server(contacts_world(0))
    list(client(server).contacts(updated_since=datetime(2026, 3, 1, 12, tzinfo=UTC)))
    request = server.requests[0]
    body = json.loads(request.content)
    assert (request.method, request.url.path, request.headers["version"]) == (
        "POST",
        "/contacts/search",
        "2021-07-28",
    )
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert body["locationId"] == LOCATION
    assert body["pageLimit"] == 500
    since = int(datetime(2026, 3, 1, 11, 55, tzinfo=UTC).timestamp() * 1000)
    assert body["filters"] == [{"field": "dateUpdated", "operator": "range", "value": {"gte": since}}]
    assert body["sort"] == [{"field": "dateUpdated", "direction": "asc"}]


def test_settings_that_a_search_leaves_out_are_searched_for_and_read_one_by_one():
    blocked = {"id": "id00001", "dndSettings": {"Email": {"status": "active"}}}
    server = Server(ok({"contacts": rows(3)}), ok({"contacts": rows(2)[1:]}), ok({"contact": blocked}))

    pages = list(client(server).contacts(updated_since=NOW))

    assert [[row["id"] for row in found] for found, _ in pages] == [["id00000", "id00001", "id00002"], ["id00001"]]
    assert json.loads(pages[1][1]) == {"contacts": [blocked]}
    since, group = json.loads(server.requests[1].content)["filters"]
    assert since["field"] == "dateUpdated"
    assert group["group"] == "OR"
    assert {"field": "dndSettings.Email.status", "operator": "eq", "value": "active"} in group["filters"]


def test_a_location_that_cannot_search_for_settings_has_none():
    refused = httpx.Response(400, json={"message": "Invalid field dndSettings.Email.status", "statusCode": 400})
    pages = list(client(Server(ok({"contacts": rows(2)}), refused)).contacts())
    assert [len(found) for found, _ in pages] == [2]


def test_a_search_that_shows_settings_is_not_asked_twice():
    shown = [{**row, "dndSettings": {}} for row in rows(2)]
    server = Server(ok({"contacts": shown}))
    assert len(list(client(server).contacts())) == len(server.requests) == 1


def test_a_search_that_ignores_its_cursor_ends_with_an_error():
    page = {"contacts": [{"id": "a", "searchAfter": [1, "a"]}], "total": 9}
    with pytest.raises(UnexpectedAnswer):
        list(client(Server(ok(page))).contacts())


def messages_world(total, per_page=10):
    everyone = [
        {"id": f"m{number:04d}", "dateAdded": (NOW - timedelta(hours=number)).isoformat()} for number in range(total)
    ]

    def answer(request):
        start = int(request.url.params.get("cursor", "0"))
        following = str(start + per_page) if start + per_page < total else None
        return ok({"messages": everyone[start : start + per_page], "nextCursor": following, "total": total})

    return answer


@settings(max_examples=20, deadline=None)
@given(SIZES)
def test_messages_are_all_collected_once(total):
    assert len(collected(client(Server(messages_world(total))).messages())) == total


def test_messages_are_read_back_to_the_moment_asked_and_email_is_asked_for_by_name():
    server = Server(messages_world(100))
    found = collected(client(server).messages(since=NOW - timedelta(hours=15), channel="Email"))
    assert found == [f"m{number:04d}" for number in range(30)]
    first = server.requests[0]
    assert (first.url.path, first.headers["version"]) == ("/conversations/messages/export", "2021-04-15")
    assert {key: first.url.params[key] for key in ("channel", "sortBy", "sortOrder", "locationId")} == {
        "channel": "Email",
        "sortBy": "createdAt",
        "sortOrder": "desc",
        "locationId": LOCATION,
    }


def test_messages_that_come_oldest_first_are_read_to_the_end():
    old = [{"id": "a", "dateAdded": "2025-01-01T00:00:00Z"}, {"id": "b", "dateAdded": "2025-01-02T00:00:00Z"}]
    server = Server(ok({"messages": old, "nextCursor": "x"}), ok({"messages": [{"id": "c"}], "nextCursor": None}))
    assert collected(client(server).messages(since=NOW)) == ["a", "b", "c"]


def test_a_message_without_an_id_is_kept_and_twice_the_same_is_one():
    nameless = {"contactId": "g1", "dateAdded": "2026-03-01T00:00:00Z", "direction": "inbound"}
    page = {"messages": [{"id": "a", "dateAdded": "2026-03-01T00:00:00Z"}, nameless, dict(nameless)]}
    found = [row for rows, _ in client(Server(ok({**page, "nextCursor": None}))).messages() for row in rows]
    assert found == page["messages"][:2]


def test_messages_of_which_none_has_an_id_are_another_shape():
    with pytest.raises(UnexpectedAnswer, match="messages"):
        list(client(Server(ok({"messages": [{"messageId": "a"}, {"messageId": "b"}]}))).messages())


def opportunities_world(total, *, by_id, size=100):
    everyone = rows(total)

    def answer(request):
        query = request.url.params
        assert query["location_id"] == LOCATION
        start = (int(query.get("page", 1)) - 1) * size
        if "startAfterId" in query:
            start = 1 + next(at for at, row in enumerate(everyone) if row["id"] == query["startAfterId"])
        found = everyone[start : start + size]
        meta = {"total": total, "nextPage": None}
        if by_id and found:
            meta.update(startAfter=1717700000000, startAfterId=found[-1]["id"])
        return ok({"opportunities": found, "meta": meta, "aggregations": {}})

    return answer


@pytest.mark.parametrize("by_id", [True, False])
@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 200, 201])
def test_opportunities_are_all_collected_once(total, by_id):
    found = collected(client(Server(opportunities_world(total, by_id=by_id))).opportunities())
    assert found == [row["id"] for row in rows(total)]


@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 200, 201])
def test_email_campaigns_are_all_collected_with_their_statistics(total):
    def answer(request):
        offset = int(request.url.params["offset"])
        assert request.url.params["showStats"] == "true"
        return ok({"schedules": rows(total)[offset : offset + 100], "total": [total], "traceId": "t"})

    assert len(collected(client(Server(answer)).email_campaigns())) == total


def test_statistics_of_workflows_are_asked_for_in_version_3():
    def answer(request):
        assert request.headers["version"] == "v3"
        if "/stats/" in request.url.path:
            return ok({"source": request.url.path.split("/")[-2], "sourceId": "w1", "stats": {"sent": 3}})
        rows = [{"id": "c1", "sourceId": "w1"}] if request.url.path.endswith("/workflows") else []
        return ok({"campaigns": rows, "total": len(rows)})

    found = [row for rows, _ in client(Server(answer)).email_stats() for row in rows]
    assert found == [{"source": "workflow-campaigns", "sourceId": "w1", "stats": {"sent": 3}}]


def test_a_source_that_is_gone_when_its_statistics_are_asked_for_is_left_out():
    def answer(request):
        if request.url.path.endswith("/w1"):
            return ok({"error": {"code": "RESOURCE_NOT_FOUND", "message": "w1 not found"}}, status=404)
        if "/stats/" in request.url.path:
            return ok({"sourceId": "w2", "stats": {"sent": 3}})
        rows = [{"id": "w1", "name": "One"}, {"id": "w2", "name": "Two"}] if "/workflows" in request.url.path else []
        return ok({"campaigns": rows, "total": len(rows)})

    found = [row for rows, _ in client(Server(answer)).email_stats() for row in rows]
    assert found == [{"name": "Two", "sourceId": "w2", "stats": {"sent": 3}}]


def test_a_calendar_that_is_gone_keeps_nobody_from_the_others():
    def answer(request):
        if request.url.path == "/calendars/":
            return ok({"calendars": [{"id": "c1"}, {"id": "c2"}]})
        if request.url.params["calendarId"] == "c1":
            return ok({"statusCode": 400, "message": "Calendar with id c1 not found"}, status=400)
        return ok({"events": [{"id": "e2"}]})

    assert collected(client(Server(answer)).appointments(NOW, NOW + timedelta(days=1))) == ["e2"]


def test_appointments_are_read_calendar_by_calendar_in_milliseconds():
    def answer(request):
        if request.url.path == "/calendars/":
            return ok({"calendars": [{"id": "c1"}, {"id": "c2"}]})
        assert request.url.params["startTime"] == "1772409600000"
        return ok({"events": [{"id": f"e-{request.url.params['calendarId']}"}]})

    day = datetime(2026, 3, 2, tzinfo=UTC)
    assert collected(client(Server(answer)).appointments(day, day + timedelta(days=1))) == ["e-c1", "e-c2"]


def test_settings_of_the_location_are_read_by_their_documented_keys():
    bodies = {
        f"/locations/{LOCATION}": {"location": {"id": LOCATION, "name": "Demo"}},
        f"/locations/{LOCATION}/customFields": {"customFields": [{"id": "f1", "fieldKey": "contact.lead_score"}]},
        f"/locations/{LOCATION}/tags": {"tags": [{"id": "t1", "name": "lf-hot"}]},
        "/workflows/": {"workflows": [{"id": "w1", "name": "Nurture", "status": "published"}]},
        "/users/": {"users": [{"id": "u1"}]},
    }
    found = client(Server(lambda request: ok(bodies[request.url.path])))
    assert found.location()["name"] == "Demo"
    assert keys_of(found.custom_fields()) == {"lead_score": "f1"}
    assert [found.tags()[0]["name"], found.workflows()[0]["id"], found.users()[0]["id"]] == [
        "lf-hot",
        "w1",
        "u1",
    ]


def test_a_renamed_list_is_unexpected_and_named():
    with pytest.raises(UnexpectedAnswer, match="customFields"):
        client(Server(ok({"fields": []}))).custom_fields()


def test_a_contact_that_does_not_exist_is_none_though_it_is_a_400():
    answer = ok({"statusCode": 400, "message": "Contact with id X not found"}, status=400)
    assert client(Server(answer)).contact("X") is None


def test_a_duplicate_is_looked_up_by_address_and_by_encoded_number():
    server = Server(ok({"contact": None}), ok({"contact": {"id": "c1"}}))
    found = client(server)
    assert found.duplicate(email="a+b@c.co") is None
    assert found.duplicate(phone="+1423164516") == {"id": "c1"}
    assert b"number=%2B1423164516" in server.requests[1].url.query


def test_an_upsert_names_the_location_and_accepts_200_and_201():
    for status in (200, 201):
        server = Server(ok({"new": True, "contact": {"id": "c1"}, "traceId": "t"}, status=status))
        assert client(server).upsert({"email": "a@b.co"}) == {"id": "c1", "new": True}
        assert json.loads(server.requests[0].content) == {"email": "a@b.co", "locationId": LOCATION}


def test_an_upsert_is_repeated_after_a_lost_answer():
    server = Server(httpx.ReadTimeout, ok({"new": False, "contact": {"id": "c1"}}))
    assert client(server).upsert({"email": "a@b.co"})["id"] == "c1"
    assert len(server.requests) == 2


def test_tags_are_added_and_removed_by_calls_of_their_own():
    server = Server(ok({"tags": ["a"]}, status=201))
    found = client(server)
    found.add_tags("c1", ["lf-a"])
    found.remove_tags("c1", ["lf-b"])
    assert [(each.method, each.url.path, json.loads(each.content)) for each in server.requests] == [
        ("POST", "/contacts/c1/tags", {"tags": ["lf-a"]}),
        ("DELETE", "/contacts/c1/tags", {"tags": ["lf-b"]}),
    ]


def test_a_lost_enrolment_is_never_repeated():
    server = Server(httpx.ReadTimeout)
    with pytest.raises(AnswerLost):
        client(server).enrol("c1", "w1")
    assert [json.loads(each.content) for each in server.requests] == [{}]


@pytest.mark.parametrize(
    ("status", "message", "advice"),
    [
        (401, "Invalid JWT", "check GHL_TOKEN"),
        (401, "The token is not authorized for this scope.", "scope"),
        (403, "The token does not have access to this location.", "GHL_LOCATION_ID"),
        (401, "This location is not accessible from this token.", "GHL_LOCATION_ID"),
    ],
)
def test_refused_access_says_what_to_do_and_never_shows_the_token(status, message, advice):
    server = Server(ok({"statusCode": status, "message": f"{message} {TOKEN}"}, status=status))
    with pytest.raises(CredentialsRejected, match=advice) as caught:
        client(server).location()
    assert TOKEN not in str(caught.value)
    assert len(server.requests) == 1


def test_a_422_joins_its_list_of_messages():
    body = {
        "statusCode": 422,
        "message": ["property gender should not exist"],
        "error": "Unprocessable Entity",
    }
    with pytest.raises(RequestRefused, match="property gender should not exist"):
        client(Server(ok(body, status=422))).update("c1", {"gender": "x"})


def test_a_missing_version_is_no_matter_of_credentials():
    with pytest.raises(RequestRefused):
        client(Server(ok({"message": "version header was not found."}, status=401))).location()


def test_429_waits_for_the_interval_that_the_headers_tell():
    slept = []
    limited = ok(
        {"statusCode": 429, "message": "Too Many Requests"},
        429,
        **{"X-RateLimit-Interval-Milliseconds": "2000"},
    )
    assert client(Server(limited, ok({"location": {"id": "x"}})), slept=slept).location() == {"id": "x"}
    assert slept == [2.0]


def test_the_interval_is_divided_by_the_time_scale():
    slept = []
    limited = ok({"message": "Too Many Requests"}, 429, **{"X-RateLimit-Interval-Milliseconds": "10000"})
    with pytest.raises(RateLimited):
        client(Server(limited), slept=slept, time_scale=100.0).location()
    assert slept == [0.1] * 4


def test_a_used_up_day_ends_the_run_as_incomplete():
    limited = ok({"message": "Too Many Requests"}, 429, **{"X-RateLimit-Daily-Remaining": "0"})
    with pytest.raises(QuotaExhausted) as caught:
        client(Server(limited)).location()
    assert caught.value.resumes_at == NOW + timedelta(days=1)


def test_rate_headers_tell_burst_and_day():
    headers = {
        "x-ratelimit-limit-daily": "200000",
        "x-ratelimit-daily-remaining": "199999",
        "x-ratelimit-max": "100",
        "x-ratelimit-remaining": "98",
    }
    told = read_headers(Reply(200, headers, b"", "ghl", "GET /x"))
    assert [(each.window, each.remaining, each.limit) for each in told] == [
        ("burst", 98, 100),
        ("day", 199999, 200000),
    ]
    assert [each.window for each in told] == [window.name for window in WINDOWS]


def test_custom_fields_of_a_contact_are_flattened_by_key_in_every_spelling():
    contact = {
        "id": "c1",
        "customFields": [
            {"id": "f1", "value": 7},
            {"id": "f2", "fieldValue": "A"},
            {"id": "other", "value": 1},
        ],
    }
    flat = flatten(contact, {"lead_score": "f1", "lead_grade": "f2"})
    assert flat == {"id": "c1", "customFields.lead_score": 7, "customFields.lead_grade": "A"}


def test_channels_are_known_in_every_spelling():
    stored = {
        "dndSettings": {"email": {"status": "active"}, "sms": {"status": "inactive"}, "Call": {"status": "active"}}
    }
    assert set(flatten(stored, {})["dndSettings"]) == set(channels_of(stored)) == {"Email", "SMS", "Call"}
