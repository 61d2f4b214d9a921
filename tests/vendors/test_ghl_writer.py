"""The GoHighLevel writer against a small location that follows the documented rules."""

from __future__ import annotations

import json

import httpx
import pytest

from pipeline.errors import CredentialsRejected, QuotaExhausted
from pipeline.models import Intent, Outcome
from resources.ghl import GhlClient, GhlWriter, ghl_door

PUT = frozenset(
    (
        *(
            "firstName",
            "lastName",
            "name",
            "email",
            "phone",
            "address1",
            "city",
            "state",
            "postalCode",
            "website",
        ),
        *(
            "timezone",
            "dnd",
            "dndSettings",
            "inboundDndSettings",
            "tags",
            "customFields",
            "source",
            "dateOfBirth",
        ),
        *("country", "assignedTo"),
    ),
)
UPSERT = PUT | {"locationId", "companyName", "gender"}
FIELDS = {"leadflow_id": "f1", "lead_score": "f2"}


class Location:
    """Contacts by id; unknown keys are a 422, unknown ids a 400, upsert goes by e-mail and then by phone."""

    def __init__(self, *contacts):
        self.contacts = {each["id"]: each for each in contacts}
        self.fields = dict(FIELDS)
        self.calls = []
        self.failures = []

    def __call__(self, request):
        path = request.url.path
        body = json.loads(request.content) if request.content else None
        self.calls.append((request.method, path, body))
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, httpx.Response):
                return failure
            if failure is not None:
                raise failure("broken", request=request)
        if path.endswith("/customFields"):
            fields = [{"id": value, "fieldKey": f"contact.{key}"} for key, value in self.fields.items()]
            return httpx.Response(200, json={"customFields": fields})
        if path == "/contacts/search/duplicate":
            query = request.url.params
            return httpx.Response(200, json={"contact": self.find(query.get("email"), query.get("number"))})
        if path == "/contacts/upsert":
            return self.upsert(body)
        return self.one(request.method, path.split("/")[2:], body)

    def find(self, email, phone):
        by_email = (each for each in self.contacts.values() if email and each.get("email") == email)
        by_phone = (each for each in self.contacts.values() if phone and each.get("phone") == phone)
        return next(by_email, None) or next(by_phone, None)

    def upsert(self, body):
        if refused := self.refused(body, UPSERT):
            return refused
        found = self.find(body.get("email"), body.get("phone"))
        contact = found or {"id": f"c{len(self.contacts) + 1}"}
        self.contacts[contact["id"]] = contact
        self.write(contact, body)
        return httpx.Response(201, json={"new": found is None, "contact": contact})

    def one(self, method, path, body):
        contact = self.contacts.get(path[0])
        if contact is None:
            return httpx.Response(400, json={"statusCode": 400, "message": f"Contact with id {path[0]} not found"})
        if path[1:] == ["tags"]:
            kept = [tag for tag in contact.get("tags", []) if tag not in body["tags"]]
            contact["tags"] = kept + (body["tags"] if method == "POST" else [])
        elif path[1:2] == ["workflow"]:
            return self.enrol(contact, method, path[2], body)
        elif method == "PUT":
            if refused := self.refused(body, PUT):
                return refused
            self.write(contact, body)
        return httpx.Response(200, json={"succeded": True, "contact": contact})

    def enrol(self, contact, method, workflow, body):
        if not isinstance(body, dict):
            return httpx.Response(400, json={"statusCode": 400, "message": "Bad Request"})
        joined = contact.setdefault("workflows", [])
        contact["workflows"] = [*joined, workflow] if method == "POST" else [one for one in joined if one != workflow]
        return httpx.Response(200, json={"succeded": True})

    def refused(self, body, allowed):
        unknown = [f"property {key} should not exist" for key in body if key not in allowed]
        return httpx.Response(422, json={"statusCode": 422, "message": unknown}) if unknown else None

    def write(self, contact, body):
        stored = {item["id"]: item["value"] for item in contact.get("customFields", [])}
        stored.update((item["id"], item["field_value"]) for item in body.get("customFields", []))
        contact.update({key: value for key, value in body.items() if key not in ("locationId", "customFields")})
        contact["customFields"] = [{"id": key, "value": value} for key, value in stored.items()]

    def writes(self):
        return [call for call in self.calls if call[0] != "GET"]


def writer(location):
    door = ghl_door(
        token="pit-secret", transport=httpx.MockTransport(location), sleep=lambda _: None, jitter=lambda: 0.0
    )
    return GhlWriter(client=GhlClient(door=door, location_id="loc"), at_once=1)


def intent(operation, *, record_id=None, key="k1", **payload):
    payload = {name.replace("__", "."): value for name, value in payload.items()}
    return Intent(
        intent_id="i1",
        vendor="ghl",
        object="contact",
        person_key=key,
        record_id=record_id,
        operation=operation,
        payload=payload,
    )


def insert(email="a@b.co", key="k1", **payload):
    return intent("insert", key=key, email=email, customFields__leadflow_id=key, **payload)


def test_an_insert_is_an_upsert_with_custom_fields_by_id_and_without_tags():
    location = Location()
    outcome = writer(location).send([insert(firstName="Al", customFields__lead_score=71, city=None)])[0]
    assert (outcome.status, outcome.record_id) == ("confirmed", "c1")
    assert location.writes() == [
        (
            "POST",
            "/contacts/upsert",
            {
                "email": "a@b.co",
                "firstName": "Al",
                "customFields": [{"id": "f1", "field_value": "k1"}, {"id": "f2", "field_value": 71}],
                "locationId": "loc",
            },
        )
    ]


def test_tags_in_a_payload_never_reach_a_body_that_would_overwrite_them():
    location = Location({"id": "c1", "tags": ["theirs"]})
    outcome = writer(location).send([intent("update", record_id="c1", city="Rome", tags=["lf-x"])])[0]
    assert outcome.status == "confirmed"
    assert location.contacts["c1"]["tags"] == ["theirs"]
    assert "tags" in outcome.message


def test_an_insert_without_address_and_phone_is_rejected_before_any_write():
    location = Location()
    outcome = writer(location).send([insert(email=None, firstName="Al")])[0]
    assert (outcome.status, outcome.code, location.writes()) == ("rejected", "no_identity", [])


def test_a_phone_of_somebody_else_is_left_out_so_that_nobody_is_overwritten():
    location = Location({"id": "c1", "email": "other@b.co", "phone": "+15550100"})
    outcome = writer(location).send([insert(phone="+15550100")])[0]
    assert (outcome.status, outcome.record_id) == ("confirmed", "c2")
    assert "phone" in outcome.message
    assert outcome.left_out == ("phone",)
    assert location.contacts["c1"]["email"] == "other@b.co"


def test_a_phone_of_a_nameless_contact_without_an_address_is_recognised():
    location = Location({"id": "c1", "phone": "+15550100"})
    outcome = writer(location).send([insert(phone="+15550100", lastName="Bo")])[0]
    assert (outcome.status, outcome.record_id) == ("confirmed", "c1")


def test_an_update_sends_only_what_put_takes():
    location = Location({"id": "c1"})
    outcome = writer(location).send([intent("update", record_id="c1", city="Rome", companyName="Acme")])[0]
    assert (outcome.status, location.writes()) == ("confirmed", [("PUT", "/contacts/c1", {"city": "Rome"})])
    assert "companyName" in outcome.message


def test_an_update_of_nothing_that_put_takes_is_rejected():
    outcome = writer(Location({"id": "c1"})).send([intent("update", record_id="c1", companyName="Acme")])[0]
    assert (outcome.status, outcome.code) == ("rejected", "no_field")


def test_an_update_of_a_contact_that_is_gone_is_rejected_as_not_found():
    outcome = writer(Location()).send([intent("update", record_id="cx", city="Rome")])[0]
    assert (outcome.status, outcome.code) == ("rejected", "not_found")


def test_a_duplicate_refusal_names_the_contact_that_is_in_the_way():
    location = Location({"id": "c1"})
    body = {
        "statusCode": 400,
        "message": "This location does not allow duplicated contacts.",
        "meta": {"contactId": "c9"},
    }
    location.failures = [httpx.Response(400, json=body)]
    outcome = writer(location).send([intent("update", record_id="c1", email="x@y.co")])[0]
    assert (outcome.status, outcome.code, outcome.record_id) == ("rejected", "duplicate", "c9")


def test_a_refused_create_that_created_the_contact_all_the_same_names_it():
    location = Location({"id": "c7", "email": "a@b.co"})
    location.failures = [None, httpx.Response(422, json={"statusCode": 422, "message": ["odd"]})]
    outcome = writer(location).send([insert()])[0]
    assert (outcome.status, outcome.record_id) == ("rejected", "c7")


def says(*sentences):
    body = {"statusCode": 422, "message": list(sentences), "error": "Unprocessable Entity"}
    return httpx.Response(422, json=body)


def test_an_update_goes_again_without_the_property_that_a_refusal_names():
    location = Location({"id": "c1"})
    location.failures = [says("country must be a valid ISO code")]
    outcome = writer(location).send([intent("update", record_id="c1", city="Rome", country="XX")])[0]
    assert (outcome.status, outcome.left_out) == ("confirmed", ("country",))
    assert outcome.message == "country not sent, GoHighLevel refused it: country must be a valid ISO code"
    assert [call[2] for call in location.writes()] == [{"city": "Rome", "country": "XX"}, {"city": "Rome"}]


def test_a_new_contact_loses_each_refused_property_and_nothing_else():
    location = Location()
    location.failures = [
        None,
        says("property source should not exist"),
        says("website must be a URL address", "customFields.1.field_value must be a number"),
    ]
    outcome = writer(location).send(
        [insert(source="x", website="?", city="Rome", customFields__lead_score="high")],
    )[0]
    assert (outcome.status, outcome.record_id) == ("confirmed", "c1")
    assert outcome.left_out == ("source", "website", "customFields.lead_score")
    assert "customFields.1.field_value must be a number" in outcome.message
    last = {"email": "a@b.co", "city": "Rome", "customFields": [{"id": "f1", "field_value": "k1"}], "locationId": "loc"}
    assert (len(location.writes()), location.writes()[-1][2]) == (3, last)


def test_what_a_refused_property_and_a_taken_phone_left_out_is_told_together():
    location = Location({"id": "c1", "email": "other@b.co", "phone": "+15550100"})
    location.failures = [None, None, says("state must be a string")]
    outcome = writer(location).send([insert(phone="+15550100", state="?")])[0]
    assert outcome.left_out == ("phone", "state")
    assert "belongs to another contact" in outcome.message
    assert "state must be a string" in outcome.message


@pytest.mark.parametrize(
    "sentence",
    [
        "email must be an email",
        "phone must be a valid phone number",
        "customFields.0.field_value must be a string",
        "customFields must be an array",
        "something is odd",
        "neither city nor state will do",
        "gender should not be empty",
    ],
)
def test_nothing_goes_again_when_a_refusal_names_no_property_or_one_that_says_who_it_is(sentence):
    location = Location()
    location.failures = [None, None, says(sentence)]
    sent = insert(phone="+15550100", city="Rome", state="RM")
    outcome = writer(location).send([sent])[0]
    assert (outcome.status, outcome.code, outcome.left_out) == ("rejected", "422", ())
    assert sentence in outcome.message
    assert len(location.writes()) == 1


def test_a_property_is_left_out_once_and_what_is_refused_all_the_same_is_rejected():
    location = Location({"id": "c1"})
    location.failures = [says("country is odd"), says("country is odd")]
    outcome = writer(location).send([intent("update", record_id="c1", city="Rome", country="XX")])[0]
    assert (outcome.status, outcome.left_out, len(location.writes())) == ("rejected", (), 2)


def test_an_update_of_nothing_but_the_refused_property_is_rejected_with_the_reason():
    location = Location({"id": "c1"})
    location.failures = [says("country must be a valid ISO code")]
    outcome = writer(location).send([intent("update", record_id="c1", country="XX")])[0]
    assert (outcome.status, len(location.writes())) == ("rejected", 1)
    assert "country must be a valid ISO code" in outcome.message


def test_an_opt_out_is_never_sent_in_part():
    location = Location({"id": "c1"})
    location.failures = [None, says("dnd must be a boolean value")]
    sent = intent("set_optout", record_id="c1", dnd=True, dndSettings={"Email": {"status": "active"}})
    outcome = writer(location).send([sent])[0]
    assert (outcome.status, len(location.writes())) == ("rejected", 1)


def test_tags_are_added_and_removed_without_touching_others():
    location = Location({"id": "c1", "tags": ["theirs", "lf-old"]})
    tool = writer(location)
    assert tool.send([intent("add_tags", record_id="c1", tags=["lf-new"])])[0].status == "confirmed"
    assert tool.send([intent("remove_tags", record_id="c1", tags=["lf-old"])])[0].status == "confirmed"
    assert location.contacts["c1"]["tags"] == ["theirs", "lf-new"]


def test_an_optout_keeps_the_other_channels():
    stored = {
        "SMS": {"status": "permanent", "message": "stop", "code": "21610"},
        "email": {"status": "inactive"},
    }
    location = Location({"id": "c1", "dndSettings": stored})
    setting = {"Email": {"status": "active", "message": "opted out", "code": "leadflow"}}
    assert writer(location).send([intent("set_optout", record_id="c1", dndSettings=setting)])[0].status == "confirmed"
    assert location.writes() == [("PUT", "/contacts/c1", {"dndSettings": {"SMS": stored["SMS"], **setting}})]


@pytest.mark.parametrize("operation", ["convert", "enrich", "update"])
def test_what_cannot_be_done_for_a_record_is_rejected(operation):
    assert writer(Location()).send([intent(operation)])[0].code == "unsupported"


def test_a_lost_answer_is_in_doubt_and_a_refused_connection_was_not_sent():
    for failure, status in ((httpx.ReadTimeout, "in_doubt"), (httpx.ConnectError, "not_sent")):
        location = Location({"id": "c1"})
        location.failures = [failure] * 9
        assert writer(location).send([intent("update", record_id="c1", city="Rome")])[0].status == status


def test_an_answer_without_a_contact_id_is_in_doubt():
    location = Location()
    location.failures = [None, httpx.Response(200, json={"new": True, "contact": {}})]
    assert writer(location).send([insert()])[0].status == "in_doubt"


def test_without_settings_that_can_be_read_nothing_is_sent():
    location = Location()
    location.failures = [httpx.Response(200, json={"fields": []})]
    outcome = writer(location).send([insert()])[0]
    assert (outcome.status, location.writes()) == ("not_sent", [])
    assert "customFields" in outcome.message


def test_an_odd_answer_about_one_contact_keeps_no_other_from_being_sent():
    location = Location({"id": "c1"})
    location.failures = [None, httpx.Response(200, json=["odd"])]
    others = [intent("update", record_id="c1", city="Rome"), insert("b@b.co", key="k2")]
    outcomes = writer(location).send([insert(phone="+15550100"), *others])
    assert [outcome.status for outcome in outcomes] == ["not_sent", "confirmed", "confirmed"]
    assert location.contacts["c1"]["city"] == "Rome"


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.Response(401, json={"message": "Invalid JWT"}), CredentialsRejected),
        (httpx.Response(429, json={}, headers={"x-ratelimit-daily-remaining": "0"}), QuotaExhausted),
    ],
)
def test_a_batch_of_which_nothing_was_sent_raises_and_one_under_way_leaves_the_rest_unsent(failure, error):
    updates = [intent("update", record_id="c1", city="Rome")] * 3
    location = Location({"id": "c1"})
    location.failures = [failure]
    with pytest.raises(error):
        writer(location).send(updates)
    location.failures = [None, failure]
    assert [each.status for each in writer(location).send(updates)] == ["confirmed", "not_sent", "not_sent"]


def test_looking_up_an_insert_believes_our_key_not_the_address_alone():
    ours = {"id": "c1", "email": "a@b.co", "customFields": [{"id": "f1", "value": "k1"}]}
    sighting = writer(Location(ours)).look_up([insert()])[0]
    assert (sighting.found, sighting.record_id, sighting.values["customFields.leadflow_id"]) == (
        True,
        "c1",
        "k1",
    )
    for fields in ([], [{"id": "f1", "value": "k2"}]):
        assert writer(Location({**ours, "customFields": fields})).look_up([insert()])[0].found is False
    assert writer(Location()).look_up([insert()])[0].found is False


def test_without_a_key_field_the_address_decides():
    location = Location({"id": "c1", "email": "a@b.co"})
    location.fields = {}
    assert writer(location).look_up([insert()])[0].found is True


def test_looking_up_by_id_tells_gone_from_unknown():
    location = Location({"id": "c1", "city": "Rome"})
    tool = writer(location)
    sightings = tool.look_up([intent("update", record_id=each, city="Rome") for each in ("c1", "c2")])
    assert [(each.found, each.values.get("city")) for each in sightings] == [(True, "Rome"), (False, None)]
    location.failures = [httpx.Response(500)] * 9
    assert tool.look_up([intent("update", record_id="c1", city="Rome")])[0].found is None


def test_reading_back_shows_the_contact_as_stored_with_custom_fields_by_key():
    location = Location()
    tool = writer(location)
    sent = insert(firstName="Al", customFields__lead_score=71)
    tool.send([sent])
    sighting = tool.read_back([sent])[0]
    assert (sighting.object, sighting.record_id) == ("contact", "c1")
    assert {name: sighting.values[name] for name in sent.payload} == dict(sent.payload)


def test_custom_field_ids_are_asked_for_once():
    location = Location()
    tool = writer(location)
    assert all(isinstance(each, Outcome) for each in tool.send([insert(), insert("c@d.co", "k2")]))
    assert sum(path.endswith("/customFields") for _, path, _ in location.calls) == 1
    assert tool.batch_size("insert") > 1


def enrol(operation="enrol", record_id="c1", channels=("email", "sms", "call")):
    return intent(operation, record_id=record_id, reference="w1/k1", workflow="w1", channels=list(channels))


def test_an_enrolment_looks_at_the_contact_first_and_then_calls_once_with_an_empty_body():
    location = Location({"id": "c1", "dndSettings": {"Email": {"status": "inactive"}}})
    outcome = writer(location).send([enrol()])[0]
    assert (outcome.status, outcome.record_id) == ("confirmed", "c1")
    assert [call[:2] for call in location.calls] == [("GET", "/contacts/c1"), ("POST", "/contacts/c1/workflow/w1")]
    assert location.writes() == [("POST", "/contacts/c1/workflow/w1", {})]


@pytest.mark.parametrize(
    "values",
    [
        {"dnd": True},
        {"dndSettings": {"Email": {"status": "active"}}},
        {"dndSettings": {"SMS": {"status": "permanent"}}},
        {"dndSettings": {"call": {"status": "active"}}},
    ],
)
def test_whoever_asked_not_to_be_contacted_meanwhile_is_not_enrolled(values):
    location = Location({"id": "c1", **values})
    outcome = writer(location).send([enrol()])[0]
    assert (outcome.status, outcome.code, location.writes()) == ("rejected", "opted_out", [])


@pytest.mark.parametrize(
    "values",
    [
        {"dndSettings": {"Call": {"status": "active"}}},
        {"inboundDndSettings": {"all": {"status": "active"}}},
        {"dndSettings": None},
    ],
)
def test_a_no_to_another_channel_or_to_writing_to_us_is_no_obstacle(values):
    location = Location({"id": "c1", **values})
    assert writer(location).send([enrol(channels=["email"])])[0].status == "confirmed"


def test_a_contact_that_is_gone_is_not_enrolled():
    outcome = writer(Location()).send([enrol()])[0]
    assert (outcome.status, outcome.code) == ("rejected", "not_found")


@pytest.mark.parametrize("failure", [httpx.ReadTimeout, httpx.Response(502), httpx.Response(200, text="<html>")])
def test_an_enrolment_without_a_usable_answer_is_in_doubt_and_called_once(failure):
    location = Location({"id": "c1"})
    location.failures = [None, failure]
    assert writer(location).send([enrol()])[0].status == "in_doubt"
    assert len(location.writes()) == 1


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.Response(200, text="<html>")])
def test_when_the_look_before_it_fails_nothing_was_sent(failure):
    location = Location({"id": "c1"})
    location.failures = [failure] * 9
    assert writer(location).send([enrol()])[0].status == "not_sent"
    assert location.writes() == []


def test_a_refused_enrolment_keeps_what_the_vendor_said():
    location = Location({"id": "c1"})
    location.failures = [None, httpx.Response(422, json={"statusCode": 422, "message": ["workflow is a draft"]})]
    outcome = writer(location).send([enrol()])[0]
    assert (outcome.status, outcome.code) == ("rejected", "422")
    assert "workflow is a draft" in outcome.message


def test_an_enrolment_that_was_told_to_wait_is_made_once_it_may():
    location = Location({"id": "c1"})
    location.failures = [None, httpx.Response(429, json={"statusCode": 429, "message": "Too Many Requests"})]
    assert writer(location).send([enrol()])[0].status == "confirmed"
    assert location.contacts["c1"]["workflows"] == ["w1"]


def test_leaving_a_workflow_is_repeated_until_it_is_answered():
    location = Location({"id": "c1", "workflows": ["w1"]})
    location.failures = [httpx.ReadTimeout]
    assert writer(location).send([enrol("unenrol")])[0].status == "confirmed"
    assert location.contacts["c1"]["workflows"] == []
    assert [call[0] for call in location.calls] == ["DELETE", "DELETE"]
