"""The simulated GoHighLevel location, call by call, against the fact sheet."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from resources.sandbox.calls import Call
from resources.sandbox.clock import Clock
from resources.sandbox.ghl import GhlSandbox
from resources.sandbox.world import World

CRM, TALK, V3 = "2021-07-28", "2021-04-15", "v3"
RATE_HEADERS = {
    "X-RateLimit-Limit-Daily",
    "X-RateLimit-Daily-Remaining",
    "X-RateLimit-Interval-Milliseconds",
    "X-RateLimit-Max",
    "X-RateLimit-Remaining",
}


class Desk:
    """A location with a clock that stands still until it is moved."""

    def __init__(self, *, people=400, time_scale=1.0, days=0, **switches):
        self.moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.clock = Clock(source=lambda: self.moment, days=days)
        switches = {"burst_limit": 10**6, "index_lag_seconds": 0.0, **switches}
        self.ghl = GhlSandbox(World(7, people), self.clock, time_scale=time_scale, **switches)
        self.location = self.ghl.location_id

    def wait(self, seconds):
        self.moment += timedelta(seconds=seconds)

    def send(self, method, path, body=None, *, version=CRM, headers=None, **query):
        sent = {"authorization": f"Bearer {self.ghl.token}", "version": version}
        sent = {key: value for key, value in (sent | (headers or {})).items() if value is not None}
        content = b"" if body is None else json.dumps(body).encode()
        pairs = tuple((name, str(value)) for name, value in query.items())
        answer = self.ghl.answer(Call("", method, path, pairs, sent, content))
        assert set(answer.headers) == RATE_HEADERS
        json.dumps(answer.body)
        return answer

    def ok(self, method, path, body=None, **more):
        answer = self.send(method, path, body, **more)
        assert 200 <= answer.status < 300, answer.body
        return answer.body

    def located(self, method, path, **more):
        return self.ok(method, path, locationId=self.location, **more)

    def upsert(self, **fields):
        return self.ok("POST", "/contacts/upsert", {"locationId": self.location, **fields})

    def contact(self, **fields):
        return self.upsert(**fields)["contact"]

    def search(self, **body):
        return self.send("POST", "/contacts/search", {"locationId": self.location, "pageLimit": 100, **body})

    def tagged(self, count):
        made = [self.contact(email=f"p{n}@reader.example", firstName=f"P{n}") for n in range(count)]
        for one in made:
            self.ok("POST", f"/contacts/{one['id']}/tags", {"tags": ["lf-warm"]})
        return made

    def export(self, **query):
        return self.located("GET", "/conversations/messages/export", version=TALK, **query)


@pytest.fixture
def desk():
    return Desk()


# --- headers, auth, errors ---


def test_a_missing_version_header_is_401(desk):
    answer = desk.send("GET", "/workflows/", headers={"version": None}, locationId=desk.location)
    assert (answer.status, answer.body["message"]) == (401, "version header was not found.")


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/workflows/", TALK),
        ("/calendars/", CRM),
        ("/conversations/search", CRM),
        ("/emails/schedule", "2020-01-01"),
    ],
)
def test_a_version_of_another_resource_is_401(desk, path, version):
    assert desk.send("GET", path, version=version, locationId=desk.location).status == 401


def test_the_sdk_version_is_accepted_everywhere_but_in_v3_reports(desk):
    assert desk.send("GET", "/workflows/", version="2023-02-21", locationId=desk.location).status == 200
    assert desk.send("GET", f"/emails/locations/{desk.location}/campaigns/emails", version=CRM).status == 401


def test_an_endpoint_that_v3_removed_says_so(desk):
    answer = desk.send("GET", "/contacts/", version=V3, locationId=desk.location)
    assert answer.status == 400
    assert answer.body["error"] == "Bad Request"
    assert "not available in API version v3" in answer.body["message"]


def test_a_wrong_token_is_401_with_the_vendors_sentence(desk):
    answer = desk.send("GET", "/contacts/x", headers={"authorization": "Bearer pit-wrong"})
    assert answer.status == 401
    assert answer.body["message"] == "Invalid token: access token is invalid"
    assert answer.body["error"] == "Unauthorized"


def test_no_token_is_an_invalid_jwt(desk):
    assert desk.send("GET", "/contacts/x", headers={"authorization": None}).body["message"] == "Invalid JWT"


def test_a_missing_scope_is_401():
    desk = Desk(scopes=frozenset({"contacts.readonly"}))
    answer = desk.send("POST", "/contacts/upsert", {"locationId": desk.location, "email": "a@b.example"})
    assert (answer.status, answer.body["message"]) == (401, "The token is not authorized for this scope.")


def test_another_location_is_403(desk):
    answer = desk.send("POST", "/contacts/upsert", {"locationId": "elsewhere", "email": "a@b.example"})
    assert answer.status == 403
    assert answer.body["message"] == "The token does not have access to this location."


def test_an_unknown_contact_is_400_not_404(desk):
    answer = desk.send("GET", "/contacts/nobody")
    assert (answer.status, answer.body["message"]) == (400, "Contact with id nobody not found")


def test_an_unknown_path_is_404(desk):
    assert desk.send("GET", "/nothing/here").status == 404


def test_a_body_that_is_not_json_is_400(desk):
    headers = {"authorization": f"Bearer {desk.ghl.token}", "version": CRM}
    assert desk.ghl.answer(Call("", "POST", "/contacts/upsert", (), headers, b"{broken")).status == 400


# --- limits ---


def test_the_burst_limit_is_429_until_its_window_ends():
    desk = Desk(burst_limit=3)
    statuses = [desk.send("GET", "/workflows/", locationId=desk.location).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    desk.wait(10)
    answer = desk.send("GET", "/workflows/", locationId=desk.location)
    assert (answer.status, answer.headers["X-RateLimit-Remaining"]) == (200, "2")


def test_the_time_scale_divides_the_window_that_the_header_tells():
    desk = Desk(burst_limit=1, time_scale=50)
    assert desk.send("GET", "/workflows/", locationId=desk.location).headers[
        "X-RateLimit-Interval-Milliseconds"
    ] == str(200)
    assert desk.send("GET", "/workflows/", locationId=desk.location).status == 429
    desk.wait(0.2)
    assert desk.send("GET", "/workflows/", locationId=desk.location).status == 200


def test_the_daily_limit_is_429_with_nothing_remaining():
    desk = Desk(daily_limit=2)
    for _ in range(2):
        desk.send("GET", "/workflows/", locationId=desk.location)
    answer = desk.send("GET", "/workflows/", locationId=desk.location)
    assert (answer.status, answer.headers["X-RateLimit-Daily-Remaining"]) == (429, "0")
    assert answer.body["message"] == "Too Many Requests"


def test_a_refused_token_uses_nobodys_quota(desk):
    before = desk.send("GET", "/workflows/", locationId=desk.location).headers
    after = desk.send("GET", "/x", headers={"authorization": "Bearer pit-wrong"}).headers
    assert before == after


# --- contacts ---


def test_upsert_creates_then_updates_the_same_contact(desk):
    first = desk.upsert(email="Ann@Acme.example", firstName="Ann", lastName="Lee")
    again = desk.upsert(email="ann@acme.example", lastName="Low")
    assert (first["new"], again["new"]) == (True, False)
    assert again["contact"]["id"] == first["contact"]["id"]
    assert again["contact"]["name"] == "Ann Low"
    assert "traceId" in again


def test_missing_values_are_absent(desk):
    contact = desk.contact(email="a@b.example")
    assert "phone" not in contact
    assert "companyName" not in contact
    assert None not in contact.values()


def test_null_clears_and_an_omitted_key_stays(desk):
    contact = desk.contact(email="a@b.example", city="Bonn", website="b.example")
    changed = desk.ok("PUT", f"/contacts/{contact['id']}", {"city": None})["contact"]
    assert "city" not in changed
    assert changed["website"] == "b.example"


@pytest.mark.parametrize("sent", ["+1 415-555-0123", "(415) 555-0123", "+14155550123"])
def test_phones_are_stored_as_e164(desk, sent):
    assert desk.contact(phone=sent)["phone"] == "+14155550123"


def test_a_new_upsert_may_answer_201():
    desk = Desk(upsert_created_status=201)
    body = {"locationId": desk.location, "email": "a@b.example"}
    assert [desk.send("POST", "/contacts/upsert", body).status for _ in range(2)] == [201, 200]


@pytest.mark.parametrize("key", ["locationId", "companyName", "gender", "additionalEmails"])
def test_put_does_not_know_keys_that_upsert_may_know(desk, key):
    contact = desk.contact(email="a@b.example")
    answer = desk.send("PUT", f"/contacts/{contact['id']}", {key: "x"})
    assert answer.status == 422
    assert answer.body["message"] == [f"property {key} should not exist"]
    assert answer.body["error"] == "Unprocessable Entity"


@pytest.mark.parametrize(
    "fields",
    [
        {"email": 5},
        {"email": "nobody"},
        {"tags": "a"},
        {"dnd": "yes"},
        {"additionalEmails": []},
        {"country": "Germany"},
        {"customFields": [{"field_value": 1}]},
        {"customFields": [{"id": "x", "fieldValue": 1}]},
        {"dndSettings": {"email": {"status": "active"}}},
        {"dndSettings": {"Email": {"status": "on"}}},
    ],
)
def test_bad_upserts_are_422_with_a_list_of_messages(desk, fields):
    answer = desk.send("POST", "/contacts/upsert", {"locationId": desk.location, **fields})
    assert answer.status == 422
    assert isinstance(answer.body["message"], list)


def test_upsert_of_two_peoples_identities_changes_the_first_and_ignores_the_other(desk):
    by_email = desk.contact(email="a@b.example", phone="+14155550100")
    by_phone = desk.contact(phone="+14155550101")
    answer = desk.upsert(email="a@b.example", phone="+14155550101", city="Rome")
    assert answer["contact"]["id"] == by_email["id"]
    assert answer["contact"]["phone"] == "+14155550100"
    assert "city" not in desk.ok("GET", f"/contacts/{by_phone['id']}")["contact"]


def test_the_priority_list_of_the_location_decides():
    desk = Desk(match_priority=("phone", "email"))
    desk.contact(email="a@b.example")
    by_phone = desk.contact(phone="+14155550101")
    assert desk.contact(email="a@b.example", phone="+14155550101")["id"] == by_phone["id"]


def test_upsert_by_a_secondary_address_promotes_it_and_loses_the_primary(desk):
    resident = next(one for one in desk.ghl.account.contacts if one.get("additionalEmails"))
    second = resident["additionalEmails"][0]["email"]
    answer = desk.upsert(email=second)
    assert (answer["new"], answer["contact"]["id"]) == (False, resident["id"])
    assert answer["contact"]["email"] == second
    assert desk.located("GET", "/contacts/search/duplicate", email=resident["email"])["contact"] is None


def test_a_name_alone_creates_each_time(desk):
    assert desk.upsert(name="Ann Lee")["contact"]["id"] != desk.upsert(name="Ann Lee")["contact"]["id"]


def test_gender_is_dropped_without_a_word(desk):
    assert "gender" not in desk.contact(email="a@b.example", gender="female")


@pytest.mark.parametrize(
    ("field", "fields"), [("email", {"email": "A@b.example"}), ("phone", {"phone": "415-555-0100"})]
)
def test_create_of_a_known_contact_is_400_naming_it(desk, field, fields):
    known = desk.contact(email="a@b.example", phone="+14155550100", firstName="Ann")
    answer = desk.send("POST", "/contacts/", {"locationId": desk.location, **fields})
    assert answer.status == 400
    assert answer.body["message"] == "This location does not allow duplicated contacts."
    assert answer.body["meta"] == {"contactId": known["id"], "contactName": "Ann", "matchingField": field}


def test_create_answers_201_with_the_contact(desk):
    answer = desk.send("POST", "/contacts/", {"locationId": desk.location, "email": "a@b.example"})
    assert (answer.status, answer.body["contact"]["type"]) == (201, "lead")


def test_a_create_may_be_stored_though_it_answers_422():
    desk = Desk(ghost_422_every=1)
    assert desk.send("POST", "/contacts/", {"locationId": desk.location, "email": "a@b.example"}).status == 422
    assert desk.located("GET", "/contacts/search/duplicate", email="a@b.example")["contact"]["email"] == "a@b.example"


def test_a_location_that_allows_duplicates_creates_another_when_asked():
    desk = Desk(allow_duplicates=True)
    desk.contact(email="a@b.example")
    assert desk.upsert(email="a@b.example", createNewIfDuplicateAllowed=True)["new"] is True
    assert desk.upsert(email="a@b.example")["new"] is False


def test_put_to_another_contacts_address_is_400(desk):
    desk.contact(email="a@b.example")
    other = desk.contact(email="c@d.example")
    assert (
        desk.send("PUT", f"/contacts/{other['id']}", {"email": "a@b.example"}).body["meta"]["matchingField"] == "email"
    )


def test_duplicate_lookup_finds_by_email_then_by_number(desk):
    contact = desk.contact(email="a@b.example", phone="+14155550100")
    for query in ({"email": "A@B.example"}, {"number": "+14155550100"}):
        assert desk.located("GET", "/contacts/search/duplicate", **query)["contact"]["id"] == contact["id"]
    assert desk.located("GET", "/contacts/search/duplicate", email="x@y.example")["contact"] is None


def test_a_deleted_contact_is_gone_with_what_hung_on_it(desk):
    contact = desk.contact(email="a@b.example")
    desk.ok("POST", f"/contacts/{contact['id']}/notes", {"body": "hello"})
    assert desk.ok("DELETE", f"/contacts/{contact['id']}")["succeded"] is True
    assert desk.send("GET", f"/contacts/{contact['id']}").status == 400
    assert desk.search(query="a@b.example").body["total"] == 0
    assert desk.upsert(email="a@b.example")["new"] is True


def test_the_old_contact_list_pages_to_the_end(desk):
    found, query = [], {"limit": 3}
    while True:
        page = desk.located("GET", "/contacts/", **query)
        found += [one["id"] for one in page["contacts"]]
        if "startAfter" not in page["meta"]:
            break
        query |= {"startAfter": page["meta"]["startAfter"], "startAfterId": page["meta"]["startAfterId"]}
    assert sorted(found) == sorted(one["id"] for one in desk.ghl.account.contacts)


def test_dnd_settings_are_merged_by_channel(desk):
    contact = desk.contact(email="a@b.example", dndSettings={"SMS": {"status": "inactive"}})
    body = {"dndSettings": {"Email": {"status": "active", "message": "unsubscribed", "code": "x"}}}
    changed = desk.ok("PUT", f"/contacts/{contact['id']}", body)["contact"]
    assert {channel: one["status"] for channel, one in changed["dndSettings"].items()} == {
        "SMS": "inactive",
        "Email": "active",
    }


def test_every_change_moves_date_updated(desk):
    contact = desk.contact(email="a@b.example")
    desk.wait(5)
    assert desk.contact(email="a@b.example")["dateUpdated"] > contact["dateUpdated"]


# --- custom fields ---


def test_the_location_has_the_fields_of_leadflow(desk):
    fields = desk.ok("GET", f"/locations/{desk.location}/customFields", model="contact")["customFields"]
    kinds = {one["fieldKey"]: one["dataType"] for one in fields}
    assert (
        kinds.items()
        >= {
            "contact.leadflow_id": "TEXT",
            "contact.lead_score": "NUMERICAL",
            "contact.lead_grade": "TEXT",
        }.items()
    )
    assert all(one["model"] == "contact" for one in fields)


@pytest.mark.parametrize("form", ["id", "key", "prefixed"])
def test_custom_values_are_written_by_id_or_key_and_read_by_id(desk, form):
    fields = desk.ok("GET", f"/locations/{desk.location}/customFields")["customFields"]
    score = next(one for one in fields if one["fieldKey"] == "contact.lead_score")
    name = {
        "id": {"id": score["id"]},
        "key": {"key": "lead_score"},
        "prefixed": {"key": "contact.lead_score"},
    }
    contact = desk.contact(email="a@b.example", customFields=[{**name[form], "field_value": 80}])
    assert contact["customFields"] == [{"id": score["id"], "value": 80}]


def test_custom_values_merge_and_an_unknown_field_is_ignored(desk):
    desk.contact(email="a@b.example", customFields=[{"key": "lead_grade", "field_value": "A"}])
    items = [{"key": "lead_score", "field_value": "7"}, {"key": "no_such_field", "field_value": "x"}]
    contact = desk.contact(email="a@b.example", customFields=items)
    assert sorted(str(one["value"]) for one in contact["customFields"]) == ["7", "A"]


def test_a_new_custom_field_gets_its_key_from_its_name(desk):
    body = {"name": "Next Step", "dataType": "TEXT", "model": "contact"}
    answer = desk.send("POST", f"/locations/{desk.location}/customFields", body)
    assert (answer.status, answer.body["customField"]["fieldKey"]) == (201, "contact.next_step")
    assert desk.contact(email="a@b.example", customFields=[{"key": "next_step", "field_value": "call"}])["customFields"]


# --- tags ---


def test_tags_of_an_upsert_replace_the_whole_set(desk):
    contact = desk.contact(email="a@b.example", tags=["One", "two "])
    assert contact["tags"] == ["one", "two"]
    assert desk.contact(email="a@b.example", tags=["three"])["tags"] == ["three"]
    assert desk.contact(email="a@b.example")["tags"] == ["three"]


def test_the_tag_call_adds_and_delete_takes_away(desk):
    contact = desk.contact(email="a@b.example", tags=["one"])
    added = desk.send("POST", f"/contacts/{contact['id']}/tags", {"tags": ["LF-hot"]})
    assert (added.status, added.body["tags"], added.body["tagsAdded"]) == (201, ["one", "lf-hot"], ["lf-hot"])
    removed = desk.send("DELETE", f"/contacts/{contact['id']}/tags", {"tags": ["one"]})
    assert (removed.status, removed.body["tags"]) == (200, ["lf-hot"])


def test_tags_come_into_being_at_the_location(desk):
    desk.contact(email="a@b.example", tags=["brand new"])
    names = [one["name"] for one in desk.ok("GET", f"/locations/{desk.location}/tags")["tags"]]
    assert "brand new" in names


def test_bulk_tags_answer_for_each_contact(desk):
    contact = desk.contact(email="a@b.example", tags=["one"])
    body = {"contacts": [contact["id"], "nobody"], "tags": ["two"], "locationId": desk.location}
    answer = desk.send("POST", "/contacts/bulk/tags/update/add", body)
    assert (answer.status, answer.body["succeded"], answer.body["errorCount"]) == (201, False, 1)
    good, bad = answer.body["responses"]
    assert (good["type"], good["oldTags"], good["tagsAdded"]) == ("success", ["one"], ["two"])
    assert (bad["type"], bad["contactId"]) == ("error", "nobody")


def test_bulk_removal_can_take_all_tags(desk):
    contact = desk.contact(email="a@b.example", tags=["one", "two"])
    body = {"contacts": [contact["id"]], "tags": [], "locationId": desk.location, "removeAllTags": True}
    desk.ok("POST", "/contacts/bulk/tags/update/remove", body)
    assert desk.ok("GET", f"/contacts/{contact['id']}")["contact"]["tags"] == []


# --- notes, tasks, workflows, metadata ---


def test_notes_and_tasks_are_kept_per_contact(desk):
    path = f"/contacts/{desk.contact(email='a@b.example')['id']}"
    note = desk.ok("POST", f"{path}/notes", {"body": "called"})["note"]
    assert desk.ok("PUT", f"{path}/notes/{note['id']}", {"body": "called twice"})["note"]["body"] == "called twice"
    task = desk.ok("POST", f"{path}/tasks", {"title": "call", "dueDate": "2026-03-05T09:00:00Z", "completed": False})
    done = desk.ok("PUT", f"{path}/tasks/{task['task']['id']}/completed", {"completed": True})
    assert done["task"]["completed"] is True
    assert len(desk.ok("GET", f"{path}/notes")["notes"]) == len(desk.ok("GET", f"{path}/tasks")["tasks"]) == 1
    desk.ok("DELETE", f"{path}/notes/{note['id']}")
    assert desk.send("GET", f"{path}/notes/{note['id']}").status == 400


def test_enrolment_needs_a_body_object_and_a_known_workflow(desk):
    contact = desk.contact(email="a@b.example")
    workflow = desk.located("GET", "/workflows/")["workflows"][0]
    assert workflow["status"] == "published"
    path = f"/contacts/{contact['id']}/workflow/{workflow['id']}"
    assert desk.send("POST", path).status == 400
    assert desk.ok("POST", path, {})["succeded"] is True
    assert desk.send("POST", path, {"startAt": "x"}).status == 422
    assert desk.send("POST", f"/contacts/{contact['id']}/workflow/none", {}).status == 400
    assert desk.ok("DELETE", path, {"eventStartTime": "2026-03-02T03:30:00+01:00"})["succeded"] is True


def test_location_users_campaigns_and_businesses_are_listed(desk):
    location = desk.ok("GET", f"/locations/{desk.location}")["location"]
    assert location["settings"]["allowDuplicateContact"] is False
    assert len(desk.located("GET", "/users/")["users"]) == 3
    assert desk.ok("GET", "/users/search", companyId=location["companyId"])["count"] == 3
    assert desk.located("GET", "/campaigns/")["campaigns"][0]["status"] == "published"
    made = desk.ok("POST", "/businesses/", {"name": "Acme", "locationId": desk.location})
    assert "buiseness" in made
    contact = desk.contact(email="a@b.example")
    body = {"locationId": desk.location, "ids": [contact["id"]], "businessId": made["buiseness"]["id"]}
    assert desk.ok("POST", "/contacts/bulk/business", body)["success"] is True
    assert desk.send("POST", "/contacts/bulk/business", {**body, "ids": ["x"] * 51}).status == 422
    assert [one["name"] for one in desk.located("GET", "/businesses/")["businesses"]] == ["Acme"]


# --- opportunities ---


def deal_body(desk, contact, **more):
    pipeline = desk.located("GET", "/opportunities/pipelines")["pipelines"][0]
    place = {"pipelineId": pipeline["id"], "locationId": desk.location, "contactId": contact["id"]}
    return {**place, "name": "Deal", "status": "open", **more}


def test_opportunities_are_created_once_per_contact_and_pipeline(desk):
    body = deal_body(desk, desk.contact(email="a@b.example"), monetaryValue=500)
    answer = desk.send("POST", "/opportunities/", body)
    assert (answer.status, answer.body["opportunity"]["contact"]["email"]) == (201, "a@b.example")
    assert desk.send("POST", "/opportunities/", body).status == 400


def test_opportunity_upsert_takes_both_generations_of_bodies(desk):
    body = deal_body(desk, desk.contact(email="a@b.example"))
    first, second = (desk.ok("POST", "/opportunities/upsert", body) for _ in range(2))
    assert (first["new"], second["new"]) == (True, False)
    row = first["opportunity"]
    followers = {"followers": [], "isRemoveAllFollowers": False, "followersActionType": "add"}
    by_id = {"id": row["id"], "pipelineId": row["pipelineId"], "locationId": desk.location, "status": "won"}
    assert desk.ok("POST", "/opportunities/upsert", by_id | followers)["opportunity"]["status"] == "won"


def test_a_moved_stage_and_status_are_dated(desk):
    row = desk.ok("POST", "/opportunities/", deal_body(desk, desk.contact(email="a@b.example")))["opportunity"]
    desk.wait(60)
    assert desk.ok("PUT", f"/opportunities/{row['id']}/status", {"status": "lost"})["succeded"] is True
    after = desk.ok("GET", f"/opportunities/{row['id']}")["opportunity"]
    assert after["lastStatusChangeAt"] > row["lastStatusChangeAt"]
    assert after["lastStageChangeAt"] == row["lastStageChangeAt"]


def test_opportunity_search_wants_snake_case(desk):
    assert desk.send("GET", "/opportunities/search", locationId=desk.location).status == 422
    assert desk.send("GET", "/opportunities/search", location_id=desk.location).status == 200
    assert desk.send("GET", "/opportunities/search", location_id=desk.location, limit=101).status == 422


@pytest.mark.parametrize("way", ["page", "cursor", "body"])
def test_opportunity_search_pages_to_the_end(desk, way):
    for number in range(7):
        contact = desk.contact(email=f"d{number}@b.example")
        desk.ok("POST", "/opportunities/", deal_body(desk, contact))
    found, query, body = [], {"limit": 3}, {"locationId": desk.location, "limit": 3}
    while True:
        if way == "body":
            page = desk.ok("POST", "/opportunities/search", body)
        else:
            page = desk.ok("GET", "/opportunities/search", location_id=desk.location, **query)
        rows = page["opportunities"]
        if not rows:
            break
        found += [row["id"] for row in rows]
        body["searchAfter"] = rows[-1].get("sort", [])
        if way == "page":
            query["page"] = page["meta"]["currentPage"] + 1
        elif way == "cursor":
            query |= {"startAfter": page["meta"]["startAfter"], "startAfterId": page["meta"]["startAfterId"]}
    assert sorted(found) == sorted(desk.ghl.account["opportunities"])


# --- what a location has at the start ---


def test_the_first_residents_have_dnd_of_both_kinds():
    desk = Desk(people=2000)
    contacts = list(desk.ghl.account.contacts)
    out = [one for one in contacts if one.get("dndSettings", {}).get("Email", {}).get("status") == "active"]
    inbound = [one for one in contacts if "inboundDndSettings" in one]
    assert 20 < len(contacts) < 120
    assert len(out) >= 2
    assert len(inbound) == 1
    assert "dndSettings" not in inbound[0]


def test_another_size_of_the_world_is_another_location():
    first, second = Desk(people=40), Desk(people=41)
    assert first.location != second.location
    assert first.ghl.token != second.ghl.token
    assert first.ghl.token.startswith("pit-")


# --- state ---


def test_a_saved_location_is_met_again(desk):
    desk.tagged(8)
    desk.clock.advance(1)
    desk.ghl.pass_day(1)
    twin = Desk(days=1)
    twin.ghl.load(json.loads(json.dumps(desk.ghl.dump())))
    assert twin.ghl.canonical() == desk.ghl.canonical()
    assert twin.contact(email="p1@reader.example")["id"] == desk.contact(email="p1@reader.example")["id"]
    assert twin.contact(email="new@b.example")["id"] == desk.contact(email="new@b.example")["id"]


def test_the_end_state_does_not_depend_on_the_order_of_calls():
    def run(names):
        desk = Desk(people=40)
        for name in names:
            desk.wait(1)
            contact = desk.contact(
                email=f"{name}@b.example", customFields=[{"key": "leadflow_id", "field_value": name}]
            )
            desk.ok("POST", f"/contacts/{contact['id']}/tags", {"tags": ["lf-warm", "lf-new"]})
        desk.clock.advance(1)
        return desk.ghl.pass_day(1), desk.ghl.canonical()

    names = [f"key{number}" for number in range(9)]
    assert run(names) == run(names[::-1])


def test_searching_reads_and_upserting_writes_for_the_journal(desk):
    def kind(method, path):
        return desk.ghl.kind(Call("", method, path, (), {}, b""))

    assert [kind("POST", "/contacts/search"), kind("POST", "/contacts/upsert")] == ["read", "write"]
    assert [kind("GET", "/nowhere"), kind("POST", "/nowhere")] == ["read", "write"]


def test_the_credentials_are_what_a_client_needs(desk):
    assert desk.ghl.credentials() == {"GHL_TOKEN": desk.ghl.token, "GHL_LOCATION_ID": desk.location}
