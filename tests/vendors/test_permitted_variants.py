"""Answers in forms that the vendors' documents allow and our sandbox never gives.

Ids as JSON numbers, null for an empty list, totals as text, paging that tells less than it may, packed bodies,
members that nobody documented: each means the same as the usual form.
"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import httpx
import pytest

from pipeline.errors import UnexpectedAnswer
from pipeline.planning.equivalence import equivalent
from resources.apollo import ApolloClient, apollo_door
from resources.ghl import GhlClient, ghl_door
from resources.http import Door
from resources.zoho.answers import error_reader
from resources.zoho.client import ZohoClient
from resources.zoho.dialect import ZohoDialect

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LONG = 5956443000000000100
"""More digits than a float keeps."""


def zoho(answer, version="v2"):
    """Return a client of a vendor made of a function of a request."""
    door = Door(
        vendor="zoho",
        base_url="https://zoho.example",
        authorize=lambda _: {},
        read_error=error_reader(lambda: NOW, 1.0),
        transport=httpx.MockTransport(lambda request: _reply(answer(request))),
        clock=lambda: NOW,
    )
    return ZohoClient(api=door, dialect=ZohoDialect(version), clock=lambda: NOW)


def ghl(answer):
    transport = httpx.MockTransport(lambda request: _reply(answer(request)))
    return GhlClient(door=ghl_door(token="pit-1", transport=transport, clock=lambda: NOW), location_id="loc")


def apollo(answer):
    transport = httpx.MockTransport(lambda request: _reply(answer(request)))
    return ApolloClient(door=apollo_door(api_key="key", transport=transport, clock=lambda: NOW))


def _reply(told):
    return told if isinstance(told, httpx.Response) else httpx.Response(204 if told is None else 200, json=told)


def drained(pages):
    return [row for rows, _ in pages for row in rows]


# --- Zoho: ids


def row(ident):
    owner = {"id": LONG + 1, "name": "Ada", "zz": {"id": 7}}
    return {"zz": [1], "Tag": [{"name": "hot", "id": LONG + 2}], "Owner": owner, "id": ident}


def test_records_asked_for_by_id_are_found_under_ids_that_are_numbers():
    found = zoho(lambda _: {"data": [row(LONG)]}).by_ids("Leads", [str(LONG)])
    assert [each["id"] for each in found] == [str(LONG)]
    assert (found[0]["Owner"]["id"], found[0]["Tag"][0]["id"]) == (str(LONG + 1), str(LONG + 2))


def test_a_query_goes_on_behind_a_last_id_that_is_a_number():
    asked = []

    def answer(request):
        asked.append(json.loads(request.content)["select_query"])
        rows = [{"id": LONG + number} for number in range(200)] if len(asked) == 1 else [{"id": LONG + 200}]
        return {"data": rows, "info": {"count": len(rows), "more_records": len(asked) == 1}}

    found = zoho(answer).select("Leads", ["Email"], "Email", ["a@x.example"])
    assert len({each["id"] for each in found}) == 201
    assert f"'{LONG + 199}'" in asked[1]


def test_a_deleted_record_is_known_again_when_its_id_is_a_number():
    client = zoho(lambda request: {"data": [row(LONG)]} if request.url.path.endswith("/deleted") else None)
    moved = client.watch_deletions("Leads")
    assert moved(frozenset({str(LONG)}))


@pytest.mark.parametrize("kind", ["lookup", "text", "integer"])
def test_long_whole_numbers_are_compared_to_their_last_digit(kind):
    wrapped = {"id": LONG} if kind == "lookup" else LONG
    assert equivalent(kind, wrapped, str(LONG))
    assert not equivalent(kind, wrapped, LONG + 1)
    assert not equivalent(kind, str(LONG), LONG + 1)


# --- Zoho: lists


def test_a_list_that_is_null_is_empty_and_one_that_is_missing_is_another_shape():
    assert zoho(lambda _: {"data": None, "info": {}}).by_ids("Leads", ["1"]) == []
    with pytest.raises(UnexpectedAnswer, match="without the list 'data'"):
        zoho(lambda _: {"rows": []}).by_ids("Leads", ["1"])


@pytest.mark.parametrize("info", [{"count": 1, "more_records": False}, {"more_records": True}])
def test_null_is_no_empty_list_where_the_answer_says_that_there_are_records(info):
    with pytest.raises(UnexpectedAnswer, match="without the list 'data'"):
        zoho(lambda _: {"data": None, "info": info}).by_ids("Leads", ["1"])


@pytest.mark.parametrize("info", [{"more_records": True}, None])
def test_a_v8_list_whose_pages_are_all_the_first_one_ends_with_an_error(info):
    asked = []

    def answer(request):
        if request.url.path.endswith("/settings/fields"):
            return {"fields": [{"api_name": "Email"}]}
        asked.append(request)
        assert len(asked) <= 2
        return {"data": [{"id": str(LONG + number)} for number in range(200)], "info": info}

    with pytest.raises(UnexpectedAnswer, match="page 2 of /Leads"):
        drained(zoho(answer, "v8").records("Leads"))


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 400, 401])
@pytest.mark.parametrize("info", ["more but no token", "nothing", "null"])
def test_a_v8_list_without_page_tokens_is_read_by_page_number(count, info):
    world = [{"id": str(LONG + number)} for number in range(count)]

    def answer(request):
        if request.url.path.endswith("/settings/fields"):
            return {"fields": [{"api_name": "Email"}]}
        if request.url.path.endswith("/deleted"):
            return None
        assert "page_token" not in request.url.params
        page = int(request.url.params.get("page", 1))
        part = world[(page - 1) * 200 : page * 200]
        if not part:
            return None
        if info == "more but no token":
            return {"data": part, "info": {"more_records": page * 200 < count}}
        return {"data": part, "info": None} if info == "null" else {"data": part}

    assert drained(zoho(answer, "v8").records("Leads")) == world


def test_page_tokens_are_used_where_they_are_told():
    pages = {None: ("t1", [1]), "t1": ("t2", [2]), "t2": (None, [3])}

    def answer(request):
        if request.url.path.endswith("/settings/fields"):
            return {"fields": [{"api_name": "Email"}]}
        if request.url.path.endswith("/deleted"):
            return None
        assert "page" not in request.url.params
        token, ids = pages[request.url.params.get("page_token")]
        return {
            "data": [{"id": each} for each in ids],
            "info": {"more_records": token is not None, "next_page_token": token},
        }

    assert [each["id"] for each in drained(zoho(answer, "v8").records("Leads"))] == ["1", "2", "3"]


# --- GoHighLevel


def test_contacts_that_are_null_are_none():
    assert drained(ghl(lambda _: {"contacts": None, "total": 0}).contacts()) == []
    assert ghl(lambda _: {"workflows": None}).workflows() == []
    assert drained(ghl(lambda _: {"messages": None, "nextCursor": None}).messages()) == []


@pytest.mark.parametrize("total", [{"total": 250}, {"meta": {"total": "250"}}])
def test_null_is_nobody_only_where_the_total_does_not_say_otherwise(total):
    client = ghl(lambda _: {"contacts": None, "opportunities": None, **total})
    for pages in (client.contacts(), client.opportunities()):
        with pytest.raises(UnexpectedAnswer, match=r"contacts|opportunities"):
            drained(pages)


def test_messages_that_are_null_are_none_only_on_the_last_page():
    with pytest.raises(UnexpectedAnswer, match="messages"):
        drained(ghl(lambda _: {"messages": None, "nextCursor": "c2"}).messages())


def test_a_total_that_is_text_still_says_that_more_follow():
    def answer(request):
        place = json.loads(request.content).get("page", 1)
        return {"contacts": [{"id": f"c{place}", "dndSettings": {}}] if place <= 3 else [], "total": "3"}

    assert [each["id"] for each in drained(ghl(answer).contacts())] == ["c1", "c2", "c3"]


def test_a_contact_whose_optional_lists_are_null_is_read():
    bare = {"id": "c1", "tags": None, "customFields": None, "additionalEmails": None, "dndSettings": None, "zz": {}}
    assert ghl(lambda _: {"contact": bare}).contact("c1") == bare


# --- Apollo


def test_a_search_whose_contacts_are_null_has_its_people():
    page = apollo(lambda _: {"people": [{"id": "p1", "zz": 1}], "contacts": None, "total_entries": "1"}).search_people(
        {}, page=1
    )
    assert ([each["id"] for each in page.people], page.total, page.is_last) == (["p1"], 1, True)


def test_a_search_that_found_nobody_may_say_null():
    page = apollo(lambda _: {"people": None, "pagination": {"total_entries": 0}}).search_people({}, page=1)
    assert (page.people, page.total, page.is_last) == ([], 0, True)


def test_a_search_that_counts_people_and_gives_null_is_not_taken_for_its_end():
    client = apollo(lambda _: {"people": None, "contacts": None, "total_entries": 5})
    with pytest.raises(UnexpectedAnswer, match="5 people"):
        client.search_people({}, page=1)


# --- the wire


def test_a_packed_body_in_pieces_is_read_whatever_the_spelling_of_its_headers():
    content = gzip.compress(json.dumps({"workflows": [{"id": "w1"}]}).encode())
    headers = [
        (b"CONTENT-encoding", b"GZIP"),
        (b"content-TYPE", b"application/json"),
        (b"transfer-encoding", b"chunked"),
    ]
    pieces = [content[:10], content[10:]]
    assert ghl(lambda _: httpx.Response(200, headers=headers, content=iter(pieces))).workflows() == [{"id": "w1"}]
