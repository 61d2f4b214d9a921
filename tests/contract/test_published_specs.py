"""What our clients send, against the vendors' published OpenAPI files, where the shared folder with them exists.

Paths, verbs, required parameters and headers, names of query parameters, keys of bodies. What the files are known
to have wrong is listed beside each vendor.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx
import pytest

from pipeline.models import Intent
from pipeline.rules import packaged
from pipeline.searches import saved_searches
from resources.apollo import ApolloClient, apollo_door
from resources.ghl import GhlClient, GhlWriter, ghl_door
from resources.http import Door, Retry
from resources.zoho.answers import error_reader
from resources.zoho.client import ZohoClient
from resources.zoho.dialect import ZohoDialect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPECS = Path(__file__).parents[2].parent / "shared" / "specs"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
Json = Any


@dataclass
class Catcher:
    """Keeps requests, and answers each with what its path asks for."""

    answers: dict[str, Json]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        for pattern, body in self.answers.items():
            if re.search(pattern, request.url.path):
                return httpx.Response(200, json=body)
        raise AssertionError(f"no answer for {request.url.path}")


@dataclass(frozen=True)
class Operation:
    """One operation of a published file."""

    verb: str
    path: str
    told: Json
    document: Json

    def matches(self, verb: str, path: str) -> bool:
        pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(self.path.rstrip("/")))
        return self.verb == verb and re.fullmatch(pattern, path.rstrip("/")) is not None

    def resolve(self, value: Json) -> Json:
        while isinstance(value, dict) and "$ref" in value:
            found: Json = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found.get(part, {}) if isinstance(found, dict) else {}
            value = found
        return value

    def parameters(self, place: str) -> dict[str, bool]:
        """Return name → is it required, of one place (query, header)."""
        found = [self.resolve(each) for each in self.told.get("parameters", [])]
        return {each["name"]: bool(each.get("required")) for each in found if each.get("in") == place}

    def body(self) -> Json:
        content = self.resolve(self.told.get("requestBody") or {}).get("content", {})
        return self.resolve(content.get("application/json", {}).get("schema", {}))


@cache
def operations(folder: str) -> tuple[Operation, ...]:
    found = []
    for file in sorted((SPECS / folder).glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        for path, verbs in document.get("paths", {}).items():
            told = [(verb, each) for verb, each in verbs.items() if verb in {"get", "post", "put", "patch", "delete"}]
            found += [Operation(verb.upper(), path, each, document) for verb, each in told]
    return tuple(found)


def operation_of(folder: str, verb: str, path: str) -> Operation | None:
    """Return the operation of a request, None where the files are not at hand.

    Where several fit, the one with the fewest placeholders is meant.
    """
    known = operations(folder)
    fitting = [each for each in known if each.matches(verb, path)]
    assert fitting or not known, f"{verb} {path} is not published"
    return min(fitting, key=lambda each: each.path.count("{"), default=None)


def check_body(operation: Operation, schema: Json, value: Json, where: str = "body") -> None:
    """Check the keys of a body against a schema: all known, all required ones there, at every depth that is told."""
    schema = operation.resolve(schema)
    if isinstance(value, list):
        for each in value:
            check_body(operation, schema.get("items", {}), each, f"{where}[]")
    if not isinstance(value, dict) or not isinstance(schema, dict):
        return
    merged = [operation.resolve(part) for part in schema.get("allOf", [])] or [schema]
    properties = {name: told for part in merged for name, told in part.get("properties", {}).items()}
    required = {name for part in merged for name in part.get("required", [])}
    assert required <= set(value), f"{where} lacks {sorted(required - set(value))}"
    if not properties:
        return
    assert set(value) <= set(properties), f"{where} has unknown {sorted(set(value) - set(properties))}"
    for name, each in value.items():
        check_body(operation, properties[name], each, f"{where}.{name}")


def query_of(request: httpx.Request) -> list[tuple[str, str]]:
    return parse_qsl(request.url.query.decode(), keep_blank_values=True)


def check_query(operation: Operation, request: httpx.Request, *, also: frozenset[str] = frozenset()) -> None:
    published = operation.parameters("query")
    sent = {re.sub(r"\[(min|max)\]$", "", name) for name, _ in query_of(request)}
    names = {re.sub(r"\[(min|max)\]$", "", name) for name in published}
    assert sent <= names | also, f"unknown parameters {sorted(sent - names - also)}"
    needed = {name for name, is_required in published.items() if is_required} - also
    assert needed <= sent, f"missing parameters {sorted(needed - sent)}"


def drained(pages: Iterator[Json]) -> list[Json]:
    return list(pages)


# GoHighLevel

CONTACT = {"id": "c1", "email": "ann@x.example", "dndSettings": {"SMS": {"status": "active"}}, "searchAfter": [1, "c1"]}
GHL_ANSWERS = {
    "/contacts/search$": {"contacts": [CONTACT], "total": 1},
    "/contacts/search/duplicate$": {"contact": None},
    "/contacts/upsert$": {"new": True, "contact": CONTACT},
    "/contacts/c1/tags$": {"tags": []},
    "/contacts/c1/workflow/": {"succeded": True},
    "/contacts/c1$": {"contact": CONTACT, "succeded": True},
    "/customFields$": {"customFields": [{"id": "f1", "fieldKey": "contact.lead_score"}]},
    "/locations/[^/]+/tags$": {"tags": []},
    "/locations/[^/]+$": {"location": {"id": "loc"}},
    "/workflows/$": {"workflows": []},
    "/users/$": {"users": []},
    "/opportunities/search$": {"opportunities": [], "meta": {"total": 0}},
    "/messages/export$": {"messages": [], "nextCursor": None},
    "/calendars/events$": {"events": []},
    "/calendars/$": {"calendars": [{"id": "k1"}]},
    "/emails/schedule$": {"schedules": [], "total": 0},
}
GHL_CUSTOM_KEYS = frozenset({"id", "field_value"})


def ghl_client(catcher: Catcher) -> GhlClient:
    door = ghl_door(token="pit-1", transport=httpx.MockTransport(catcher), clock=lambda: NOW)
    return GhlClient(door=door, location_id="loc")


def intent(operation: Any, **changes: Any) -> Intent:
    told: dict[str, Any] = {
        "intent_id": "i", "vendor": "ghl", "object": "contact", "person_key": "k", "record_id": "c1",
        "operation": operation, "payload": {}, "lane": "normal",
    }  # fmt: skip
    return Intent(**{**told, **changes})


EVERYTHING = {
    "firstName": "Ann", "lastName": "Ox", "email": "ann@x.example", "phone": "+15551234567", "companyName": "Ox",
    "website": "ox.example", "city": "Bern", "state": "BE", "country": "CH", "customFields.lead_score": 5,
}  # fmt: skip

GHL_CALLS: dict[str, Callable[[GhlClient], Json]] = {
    "location": lambda ghl: ghl.location(),
    "custom fields": lambda ghl: ghl.custom_fields(),
    "tags": lambda ghl: ghl.tags(),
    "workflows": lambda ghl: ghl.workflows(),
    "users": lambda ghl: ghl.users(),
    "contacts": lambda ghl: drained(ghl.contacts(updated_since=NOW)),
    "contact": lambda ghl: ghl.contact("c1"),
    "duplicate": lambda ghl: ghl.duplicate(email="ann@x.example", phone="+15551234567"),
    "messages": lambda ghl: drained(ghl.messages(since=NOW, channel="Email")),
    "opportunities": lambda ghl: drained(ghl.opportunities()),
    "appointments": lambda ghl: drained(ghl.appointments(NOW, NOW)),
    "e-mail campaigns": lambda ghl: drained(ghl.email_campaigns()),
    "enrolment": lambda ghl: ghl.enrol("c1", "w1"),
    "insert": lambda ghl: GhlWriter(client=ghl).send([intent("insert", record_id=None, payload=EVERYTHING)]),
    "update": lambda ghl: GhlWriter(client=ghl).send([intent("update", payload=EVERYTHING)]),
    "opt-out": lambda ghl: GhlWriter(client=ghl).send(
        [intent("set_optout", payload={"dndSettings": {"Email": {"status": "active", "message": "x", "code": "y"}}})]
    ),
    "add tags": lambda ghl: GhlWriter(client=ghl).send([intent("add_tags", payload={"tags": ["lf-hot"]})]),
    "remove tags": lambda ghl: GhlWriter(client=ghl).send([intent("remove_tags", payload={"tags": ["lf-hot"]})]),
}


@pytest.mark.parametrize("name", GHL_CALLS)
def test_what_gohighlevel_gets_is_published(name: str) -> None:
    catcher = Catcher(GHL_ANSWERS)
    GHL_CALLS[name](ghl_client(catcher))

    assert catcher.requests
    for request in catcher.requests:
        operation = operation_of("ghl/apps", request.method, request.url.path)
        if operation is None:
            continue
        check_query(operation, request)
        (version,) = [
            operation.resolve(each)["schema"]["enum"]
            for each in operation.told["parameters"]
            if operation.resolve(each)["name"] == "Version"
        ]
        assert request.headers["Version"] in version
        if request.content:
            body = json.loads(request.content)
            for item in body.pop("customFields", []):
                assert set(item) == GHL_CUSTOM_KEYS  # the file offers one form for each type of field
            check_body(operation, operation.body(), body)


# Apollo

APOLLO_ANSWERS: dict[str, Json] = {
    "/mixed_people/api_search$": {"total_entries": 0, "people": []},
    "/people/bulk_match$": {"status": "success", "matches": [None], "credits_consumed": 0},
    "/usage_stats/credit_usage_stats$": {"credit_usage_stats": {}},
    "/users/api_profile$": {"id": "u1"},
}
APOLLO_CALLS: dict[str, Callable[[ApolloClient], Json]] = {
    "search": lambda apollo: [
        apollo.search_people(search.filters, page=1) for search in saved_searches(packaged())
    ],
    "every kind of filter": lambda apollo: apollo.search_people(
        {
            "person_titles": ["cto"], "include_similar_titles": False, "revenue_range": {"min": 1, "max": 5},
            "organization_num_employees_ranges": ["1,10"], "q_organization_domains_list": ["x.example"],
            "contact_email_status": ["verified"], "q_keywords": "lead",
        },
        page=2,
    ),
    "match": lambda apollo: apollo.match_people(["5f0000000000000000000001"]),
    "credits": lambda apollo: apollo.credit_usage(),
    "profile": lambda apollo: apollo.profile(),
}  # fmt: skip


@pytest.mark.parametrize("name", APOLLO_CALLS)
def test_what_apollo_gets_is_published(name: str) -> None:
    catcher = Catcher(APOLLO_ANSWERS)
    door = apollo_door(api_key="key", transport=httpx.MockTransport(catcher), clock=lambda: NOW)
    APOLLO_CALLS[name](ApolloClient(door=door))

    assert catcher.requests
    for request in catcher.requests:
        operation = operation_of("apollo", request.method, request.url.path.removeprefix("/api/v1"))
        if operation is not None:
            check_query(operation, request)
            if request.content:
                check_body(operation, operation.body(), json.loads(request.content))


# Zoho, v8: of earlier versions nothing was published

RECORD = {"id": "1", "api_name": "Email", "name": "x", "Leadflow_ID": "k"}
ITEM = {"code": "SUCCESS", "status": "success", "message": "x", "details": {"id": "1", "Contacts": {"id": "2"}}}
LIST = {"data": [RECORD], "info": {"more_records": False}}
ZOHO_ANSWERS: dict[str, Json] = {
    "/org$": {"org": [{"zgid": "1"}]},
    "/users$": {"users": [RECORD], "info": {"more_records": False}},
    "/settings/fields$": {"fields": [RECORD]},
    "/settings/tags$": {"tags": [RECORD]},
    "/(upsert|add_tags|remove_tags|convert)$": {"data": [ITEM]},
    "/": LIST,
}
ROW = {"Last_Name": "Ox", "Leadflow_ID": "k"}
ZOHO_READS: dict[str, Callable[[ZohoClient], Json]] = {
    "organisation": lambda zoho: zoho.organisation(),
    "users": lambda zoho: zoho.users(),
    "fields": lambda zoho: zoho.fields("Leads"),
    "tags": lambda zoho: zoho.tags("Leads"),
    "records": lambda zoho: drained(zoho.records("Leads", modified_since=NOW)),
    "records by id": lambda zoho: zoho.by_ids("Leads", ["1"]),
    "record": lambda zoho: zoho.record("Leads", "1"),
    "deleted": lambda zoho: drained(zoho.deleted("Leads", since=NOW)),
    "selection": lambda zoho: zoho.select("Leads", ["Email"], "id", ["1"]),
    "search": lambda zoho: zoho.search_converted("Leadflow_ID", ["k", "l"]),
}
ZOHO_WRITES: dict[str, Callable[[ZohoClient], Json]] = {
    "insert": lambda zoho: zoho.insert("Leads", [ROW]),
    "upsert": lambda zoho: zoho.upsert("Leads", [ROW], check=["Leadflow_ID"]),
    "update": lambda zoho: zoho.update("Leads", [{**ROW, "id": "1"}]),
    "add tags": lambda zoho: zoho.add_tags("Leads", ["1"], ["lf-hot"]),
    "remove tags": lambda zoho: zoho.remove_tags("Leads", ["1"], ["lf-hot"]),
    "convert": lambda zoho: zoho.convert(
        "1",
        {
            "overwrite": True,
            "notify_lead_owner": False,
            "notify_new_entity_owner": False,
            "Accounts": "2",
            "carry_over_tags": {"Contacts": ["lf-hot"]},
        },
    ),
}
ZOHO_UNLISTED = frozenset({"converted", "ids", "module", "fields", "include"})
"""Missing from the file, or marked required where they are not (Zoho fact sheet §12)."""


@pytest.mark.parametrize("name", [*ZOHO_READS, *ZOHO_WRITES])
def test_what_zoho_gets_in_v8_is_published(name: str) -> None:
    catcher = Catcher(ZOHO_ANSWERS)
    door = Door(
        vendor="zoho",
        base_url="https://www.zohoapis.com",
        authorize=lambda _: {"Authorization": "Zoho-oauthtoken t"},
        read_error=error_reader(lambda: NOW, 1.0),
        retry=Retry(attempts=1),
        transport=httpx.MockTransport(catcher),
        clock=lambda: NOW,
    )
    {**ZOHO_READS, **ZOHO_WRITES}[name](ZohoClient(api=door, dialect=ZohoDialect("v8"), clock=lambda: NOW))

    assert catcher.requests
    for request in catcher.requests:
        operation = operation_of("zoho/v8.0-oas31", request.method, request.url.path.removeprefix("/crm/v8"))
        if operation is None:
            continue
        check_query(operation, request, also=ZOHO_UNLISTED)
        if request.content:
            schema, body = operation.body(), json.loads(request.content)
            published = operation.resolve(schema).get("properties", {})
            assert set(body) <= set(published) | {"duplicate_check_fields"}
            assert set(operation.resolve(schema).get("required", [])) <= set(body)


@pytest.mark.parametrize(("version", "body"), [("v2", None), ("v8", {"tags": [{"name": "lf-hot"}], "ids": ["1"]})])
def test_tags_leave_by_the_way_that_their_version_documents(version: Any, body: Json) -> None:
    call = ZohoDialect(version).tag_call(["1"], ["lf-hot"], add=False)
    assert call.get("json") == body
    assert ("params" in call) is (body is None)
