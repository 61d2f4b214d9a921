"""API version v3 at the simulated GoHighLevel: the only one that the vendor's own Python client speaks.

GHL fact sheet §11.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resources.sandbox.calls import Call
from resources.sandbox.clock import Clock
from resources.sandbox.ghl import GhlSandbox, newest
from resources.sandbox.world import World

SPECS = Path(__file__).parents[2].parent / "shared" / "specs" / "ghl" / "apps" / "v3"
DATED, V3 = "2021-07-28", "v3"


class Desk:
    def __init__(self):
        moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        clock = Clock(source=lambda: moment, days=0)
        self.ghl = GhlSandbox(World(7, 60), clock, time_scale=1.0, index_lag_seconds=0.0)
        self.location = self.ghl.location_id

    def send(self, method, path, body=None, *, version=V3, raw=None, **query):
        headers = {"authorization": f"Bearer {self.ghl.token}", "version": version}
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        return self.ghl.answer(Call("", method, path, tuple(query.items()), headers, content))

    def ok(self, method, path, body=None, **more):
        answer = self.send(method, path, body, **more)
        assert 200 <= answer.status < 300, answer.body
        return answer.body

    def upsert(self, **fields):
        return self.ok("POST", "/contacts/upsert", {"locationId": self.location, **fields})["contact"]


@pytest.fixture
def desk():
    return Desk()


def test_do_not_disturb_channels_are_lower_case_in_v3_and_capital_in_date_versions(desk):
    off = {"status": "active", "message": "asked", "code": "101"}
    made = desk.upsert(email="ann@x.example", dndSettings={"email": off, "whatsApp": off})
    assert set(made["dndSettings"]) == {"email", "whatsApp"}
    dated = desk.ok("GET", f"/contacts/{made['id']}", version=DATED)["contact"]
    assert set(dated["dndSettings"]) == {"Email", "WhatsApp"}
    search = {"locationId": desk.location, "pageLimit": 1, "query": "ann@x.example"}
    (found,) = desk.ok("POST", "/contacts/search", search)["contacts"]
    assert set(found["dndSettings"]) == {"email", "whatsApp"}


def test_a_capital_channel_is_unknown_to_v3(desk):
    made = desk.upsert(email="ann@x.example")
    answer = desk.send("PUT", f"/contacts/{made['id']}", {"dndSettings": {"Email": {"status": "active"}}})
    assert (answer.status, "Email should not exist" in answer.body["message"][0]) == (422, True)


def test_custom_fields_are_written_by_field_value_in_one_word(desk):
    made = desk.upsert(email="ann@x.example", customFields=[{"key": "lead_score", "fieldValue": 7}])
    assert [one["value"] for one in made["customFields"]] == [7]


def test_opportunities_are_asked_for_in_camel_case(desk):
    pipeline = desk.ok("GET", "/opportunities/pipelines", locationId=desk.location)["pipelines"][0]
    contact = desk.upsert(email="ann@x.example")
    new = {"locationId": desk.location, "pipelineId": pipeline["id"], "contactId": contact["id"]}
    desk.ok("POST", "/opportunities/", {**new, "name": "Pilot", "status": "open"})
    asked = {"locationId": desk.location, "contactId": contact["id"], "pipelineId": pipeline["id"]}
    (found,) = desk.ok("GET", "/opportunities/search", **asked)["opportunities"]
    assert found["name"] == "Pilot"
    assert desk.ok("GET", "/opportunities/search", locationId=desk.location, contactId="none")["opportunities"] == []


def test_the_old_name_of_the_location_is_a_missing_one(desk):
    answer = desk.send("GET", "/opportunities/search", location_id=desk.location)
    assert (answer.status, answer.body["message"][0]) == (422, "locationId should not be empty")


def test_success_is_spelt_right_too(desk):
    made = desk.upsert(email="ann@x.example")
    changed = desk.ok("PUT", f"/contacts/{made['id']}", {"firstName": "Ann"})
    assert (changed["succeeded"], "succeded" in changed) == (True, False)
    removed = desk.ok("DELETE", f"/contacts/{made['id']}/campaigns/remove-all")
    assert removed["succeeded"] is True
    gone = desk.ok("DELETE", f"/contacts/{made['id']}")
    assert (gone["succeeded"], gone["succeded"]) == (True, True)


@pytest.mark.parametrize("path", ["/contacts/", "/users/", "/emails/schedule"])
def test_what_v3_gave_up_is_refused(desk, path):
    answer = desk.send("GET", path, locationId=desk.location)
    assert (answer.status, "removed in version v3" in answer.body["message"]) == (400, True)


@pytest.mark.parametrize(
    "path", ["/workflows/", "/campaigns/", "/calendars/", "/conversations/search", "/conversations/messages/export"]
)
def test_reads_that_v3_kept_answer_as_in_their_date_version(desk, path):
    dated = "2021-04-15" if path.startswith(("/calendars", "/conversations")) else DATED
    shown = desk.ok("GET", path, locationId=desk.location)
    expected = desk.ok("GET", path, version=dated, locationId=desk.location)
    assert {**shown, "traceId": ""} == {**expected, "traceId": ""}


def test_one_calendar_and_one_conversation_are_told_by_id(desk):
    calendar = desk.ok("GET", "/calendars/", locationId=desk.location)["calendars"][0]
    assert desk.ok("GET", f"/calendars/{calendar['id']}")["calendar"] == calendar
    listed = desk.ok("GET", "/conversations/search", locationId=desk.location)["conversations"][0]
    told = desk.ok("GET", f"/conversations/{listed['id']}")
    assert (told["contactId"], told["unreadCount"]) == (listed["contactId"], listed["unreadCount"])
    assert told["type"] == (2 if listed["type"] == "TYPE_EMAIL" else 1)
    for path in ("/calendars/none", "/conversations/none"):
        assert desk.send("GET", path).status == 400


def test_a_location_without_reasons_for_losing_lists_none(desk):
    assert desk.ok("GET", "/opportunities/lost-reason", locationId=desk.location)["lostReasons"] == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"dndSettings": 5, "customFields": 5}'])
def test_a_body_that_is_no_request_is_refused_not_stumbled_over(desk, raw):
    assert desk.send("POST", "/contacts/upsert", raw=raw).status in {400, 422}


def test_the_names_are_the_published_ones():
    if not SPECS.exists():
        return
    contacts = json.loads((SPECS / "contacts-v3.json").read_text())
    channels = next(
        schema["properties"]
        for name, schema in contacts["components"]["schemas"].items()
        if name.startswith("DndSettings")
    )
    assert set(channels) == set(newest.CHANNELS)
    opportunities = json.loads((SPECS / "opportunities-v3.json").read_text())
    (operation,) = [verbs["get"] for path, verbs in opportunities["paths"].items() if path == "/opportunities/search"]
    names = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
    assert set(newest.PARAMETERS) <= names
    assert names.isdisjoint(newest.PARAMETERS.values())
