"""Zoho's writer against a small organisation written from the Zoho fact sheet."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from dataclasses import replace
from urllib.parse import parse_qs

import httpx
import pytest

from pipeline.errors import CredentialsRejected, QuotaExhausted
from pipeline.models import Intent
from resources.http import Door, Retry
from resources.zoho.answers import error_reader, token_refused
from resources.zoho.client import ZohoClient
from resources.zoho.dialect import ZohoDialect
from resources.zoho.writer import ZohoWriter

KEY = "Leadflow_ID"
FIELDS = {"Last_Name", "Email", "Phone", "Company", "Email_Opt_Out", "Account_Fit", KEY}
NOTHING = httpx.Response(204)


def refusal(code, status=400, **details):
    return httpx.Response(status, json={"code": code, "details": details, "message": "no", "status": "error"})


class Organisation:
    """Leads and Contacts in memory: upsert, update, tags, conversion, COQL, lists by id, search."""

    def __init__(self):
        self.modules = {"Leads": {}, "Contacts": {}}
        self.converted = {}
        self.calls = []
        self.faults = []
        self.poison = None
        self.last_id = 4150868000000000000

    def add(self, module="Leads", **values):
        self.last_id += 1
        name = str(self.last_id)
        self.modules[module][name] = {"id": name, "Tag": [], "$converted": False, **values}
        return name

    def __call__(self, request):
        path = request.url.path.removeprefix("/crm/v2")
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        body = json.loads(request.content) if request.content else {}
        self.calls.append((request.method, path, query, body))
        fault = next((fault for fault in self.faults if re.search(fault[0], f"{request.method} {path}")), None)
        if fault and fault[1] == "before":
            raise httpx.ReadTimeout("late", request=request)
        if fault and isinstance(fault[1], httpx.Response):
            return fault[1]
        answer = self.answer(request.method, path.strip("/").split("/"), query, body)
        if fault and fault[1] == "after":
            self.faults.remove(fault)
            raise httpx.ReadTimeout("late", request=request)
        return answer

    def answer(self, method, parts, query, body):
        match method, parts:
            case "POST", ["coql"]:
                told = self.coql(body["select_query"])
            case "POST", [module, "upsert"]:
                told = self.written([self.upserted(module, row) for row in body["data"]], body)
            case "PUT", [module]:
                told = self.written([self.updated(module, row) for row in body["data"]], body)
            case "POST", [module, "actions", "add_tags" | "remove_tags" as action]:
                told = self.tagged(module, query, add=action == "add_tags")
            case "POST", ["Leads", lead, "actions", "convert"]:
                told = self.convert(lead)
            case "GET", ["settings", "fields"]:
                told = httpx.Response(200, json={"fields": [{"api_name": name} for name in sorted(FIELDS)]})
            case "GET", ["Leads", "search"]:
                wanted = re.match(rf"\({KEY}:equals:(.*)\)$", query["criteria"])[1]
                told = self.rows([row for row in self.converted.values() if wanted in (row.get(KEY) or "")])
            case "GET", [module] if "ids" in query:
                known = self.modules[module] | (self.converted if module == "Leads" else {})
                told = self.rows([known[name] for name in query["ids"].split(",") if name in known])
            case "GET", [module, name]:
                told = self.rows([row for row in [self.modules[module].get(name)] if row])
            case _:
                raise AssertionError((method, parts))
        return told

    def rows(self, rows):
        return httpx.Response(200, json={"data": rows, "info": {"more_records": False}}) if rows else NOTHING

    def coql(self, query):
        told = re.match(r"select (.+) from (\w+) where (\w+) in \((.+)\) order by id asc limit 200$", query)
        columns, module, key, values = (
            told[1].split(", "),
            told[2],
            told[3],
            set(re.findall(r"'(.*?)'", told[4])),
        )
        if unknown := [name for name in columns if name not in FIELDS | {"id"}]:
            return refusal("INVALID_QUERY", column_name=unknown[0])
        rows = [row for row in self.modules[module].values() if row.get(key) in values]
        return self.rows([{name: row.get(name) for name in (*columns, "id")} for row in rows])

    def written(self, items, body):
        if self.poison and any(row.get("Last_Name") == self.poison for row in body["data"]):
            return refusal("INVALID_DATA", expected_data_type="jsonobject")
        return httpx.Response(207, json={"data": items})

    def upserted(self, module, row):
        if not row.get("Last_Name"):
            details = {"api_name": "Last_Name"}
            return {"code": "MANDATORY_NOT_FOUND", "details": details, "message": "x", "status": "error"}
        for name, known in self.modules[module].items():
            if known.get(KEY) == row[KEY]:
                known.update(row)
                return self.item(name)
        return self.item(self.add(module, **row))

    def updated(self, module, row):
        known = self.modules[module].get(row["id"])
        if known is None:
            message = "the id given seems to be invalid"
            return {"code": "INVALID_DATA", "details": {}, "message": message, "status": "error"}
        known.update(row)
        return self.item(row["id"])

    def item(self, name):
        return {"code": "SUCCESS", "details": {"id": name}, "message": "record added", "status": "success"}

    def tagged(self, module, query, *, add):
        items, names = [], query["tag_names"].split(",")
        for name in query["ids"].split(","):
            row = self.modules[module][name]
            kept = [tag for tag in row["Tag"] if tag["name"] not in names]
            row["Tag"] = kept + [{"name": tag, "id": "9"} for tag in names if add]
            items.append(self.item(name))
        return httpx.Response(200, json={"data": items, "wf_scheduler": False, "success_count": "1"})

    def convert(self, lead):
        if lead in self.converted:
            return refusal("ID_ALREADY_CONVERTED", resource_path_index=1)
        row = self.modules["Leads"].pop(lead)
        self.converted[lead] = {**row, "$converted": True}
        contact = self.add("Contacts", **{name: row.get(name) for name in ("Last_Name", "Email", KEY)})
        return httpx.Response(200, json={"data": [{"Contacts": contact, "Deals": None, "Accounts": "77"}]})


def make(organisation, **changes):
    door = Door(
        vendor="zoho",
        base_url="https://www.zohoapis.com",
        authorize=lambda _: {"Authorization": "Zoho-oauthtoken 1000.a.b"},
        read_error=error_reader(lambda: None, 1.0),
        token_refused=token_refused,
        transport=httpx.MockTransport(organisation),
        retry=Retry(attempts=2),
        sleep=lambda _: None,
        **changes,
    )
    return ZohoWriter(client=ZohoClient(api=door, dialect=ZohoDialect("v2")))


def intent(operation="insert", number=1, **changes):
    told = {
        "intent_id": f"i{number}",
        "vendor": "zoho",
        "object": "Leads",
        "person_key": f"k{number}",
        "record_id": None,
        "operation": operation,
        "payload": {KEY: f"k{number}", "Last_Name": f"Name {number}"},
    }
    return Intent(**{**told, **changes})


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


def test_people_are_upserted_on_our_key_without_automations():
    organisation = Organisation()
    told = make(organisation).send([intent(), intent(number=2)])
    assert statuses(told) == ["confirmed", "confirmed"]
    assert [outcome.record_id for outcome in told] == list(organisation.modules["Leads"])
    method, path, _, body = organisation.calls[0]
    assert (method, path) == ("POST", "/Leads/upsert")
    assert (body["duplicate_check_fields"], body["trigger"]) == ([KEY], [])


def test_the_key_is_sent_even_when_the_payload_forgot_it():
    organisation = Organisation()
    make(organisation).send([intent(payload={"Last_Name": "Name"})])
    assert organisation.calls[0][3]["data"] == [{KEY: "k1", "Last_Name": "Name"}]


def test_an_insert_sent_twice_makes_one_record():
    organisation = Organisation()
    organisation.faults = [("upsert", "after")]
    assert statuses(make(organisation).send([intent()])) == ["confirmed"]
    assert len(organisation.modules["Leads"]) == 1


def test_an_insert_whose_answer_is_lost_is_in_doubt():
    organisation = Organisation()
    organisation.faults = [("upsert", "before")]
    assert statuses(make(organisation).send([intent(), intent(number=2)])) == ["in_doubt", "in_doubt"]


def test_one_bad_record_rejects_only_itself():
    told = make(Organisation()).send([intent(), intent(number=2, payload={KEY: "k2"}), intent(number=3)])
    assert statuses(told) == ["confirmed", "rejected", "confirmed"]
    assert told[1].code == "MANDATORY_NOT_FOUND"


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_a_batch_refused_as_a_whole_is_halved_until_the_bad_record_stands_alone(count):
    organisation = Organisation()
    organisation.poison = f"Name {count // 2}"
    told = make(organisation).send([intent(number=number) for number in range(count)])
    assert [place for place, outcome in enumerate(told) if outcome.status == "rejected"] == [count // 2]
    assert statuses(told).count("confirmed") == count - 1


def test_a_refusal_that_is_not_about_records_is_not_halved():
    organisation = Organisation()
    organisation.faults = [("upsert", refusal("INVALID_MODULE", resource_path_index=0))]
    told = make(organisation).send([intent(number=number) for number in range(10)])
    assert statuses(told) == ["rejected"] * 10
    assert len(organisation.calls) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal("OAUTH_SCOPE_MISMATCH", 401), CredentialsRejected),
        (refusal("NO_PERMISSION", 403), CredentialsRejected),
    ],
)
def test_refused_credentials_stop_the_batch(answer, error):
    organisation = Organisation()
    organisation.faults = [("upsert", answer)]
    with pytest.raises(error):
        make(organisation).send([intent()])


def test_a_batch_that_certainly_was_not_executed_is_not_sent():
    def refuse(request):
        raise httpx.ConnectError("refused", request=request)

    assert statuses(make(refuse).send([intent(), intent(number=2)])) == ["not_sent", "not_sent"]


def test_an_endless_429_means_not_sent():
    organisation = Organisation()
    organisation.faults = [("upsert", refusal("TOO_MANY_REQUESTS", 429))]
    assert statuses(make(organisation).send([intent()])) == ["not_sent"]


def test_a_quota_met_in_the_middle_of_halving_leaves_the_rest_unsent():
    organisation = Organisation()
    organisation.poison = "Name 0"
    allowed = iter(range(3))

    class Full:
        def slot(self, *_):
            if next(allowed, None) is None:
                raise QuotaExhausted("empty", resumes_at=None)
            return nullcontext()

        def observe(self, _):
            pass

    told = make(organisation, limiter=Full()).send([intent(number=number) for number in range(4)])
    assert statuses(told) == ["rejected", "not_sent", "not_sent", "not_sent"]


def test_updates_and_opt_outs_go_by_record_id():
    organisation = Organisation()
    name = organisation.add(**{KEY: "k1"})
    update = intent("update", record_id=name, payload={"Phone": "+491"})
    optout = intent("set_optout", record_id=name, payload={"Email_Opt_Out": True}, lane="optout")
    writer = make(organisation)
    assert statuses(writer.send([update]) + writer.send([optout])) == ["confirmed", "confirmed"]
    assert organisation.modules["Leads"][name]["Email_Opt_Out"] is True
    assert organisation.calls[0][3]["data"] == [{"Phone": "+491", "id": name}]


def test_a_deleted_record_rejects_its_update():
    told = make(Organisation()).send([intent("update", record_id="404")])
    assert (told[0].status, told[0].code, told[0].record_id) == ("rejected", "INVALID_DATA", "404")


def test_an_update_without_a_record_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="id of a record"):
        make(Organisation()).send([intent("update")])


def test_tags_are_added_and_removed_for_many_records_at_once():
    organisation = Organisation()
    names = [organisation.add() for _ in range(3)]
    intents = [intent("add_tags", n, record_id=name, payload={"tags": ["lf-a"]}) for n, name in enumerate(names)]
    writer = make(organisation)
    assert statuses(writer.send(intents)) == ["confirmed"] * 3
    assert [sighting.values["tags"] for sighting in writer.read_back(intents)] == [["lf-a"]] * 3
    writer.send([replace(item, operation="remove_tags") for item in intents])
    assert [sighting.values["tags"] for sighting in writer.read_back(intents)] == [[]] * 3
    writes = [path for method, path, *_ in organisation.calls if method == "POST" and "tags" in path]
    assert len(writes) == 2


def test_written_fields_are_read_back_in_one_query_per_fifty():
    organisation = Organisation()
    writer = make(organisation)
    intents = [intent(number=number) for number in range(60)]
    outcomes = writer.send(intents)
    organisation.calls.clear()
    known = [replace(one, record_id=out.record_id) for one, out in zip(intents, outcomes, strict=True)]
    sightings = writer.read_back(known)
    assert [sighting.values["Last_Name"] for sighting in sightings] == [f"Name {n}" for n in range(60)]
    assert [path for _, path, *_ in organisation.calls] == ["/coql", "/coql"]


def test_a_field_that_coql_cannot_give_is_read_from_the_list():
    organisation = Organisation()
    name = organisation.add(**{KEY: "k1", "Multi_Pick": ["a"]})
    told = make(organisation).read_back([intent("update", record_id=name, payload={"Multi_Pick": ["a"]})])
    assert (told[0].found, dict(told[0].values)) == (True, {"Multi_Pick": ["a"], "tags": [], "Tag": []})


@pytest.mark.parametrize("module", ["Leads", "Contacts"])
def test_an_insert_in_doubt_is_found_by_its_key_wherever_it_lives(module):
    organisation = Organisation()
    name = organisation.add(module, **{KEY: "k1", "Last_Name": "Name 1", "Company": "ACME"})
    told = make(organisation).look_up([intent()])[0]
    assert (told.found, told.object, told.record_id) == (True, module, name)
    assert told.values["Last_Name"] == "Name 1"


def test_an_insert_in_doubt_is_found_as_a_converted_lead_without_a_key_on_its_contact():
    organisation = Organisation()
    lead = organisation.add(**{KEY: "k1"})
    organisation.convert(lead)
    for contact in organisation.modules["Contacts"].values():
        contact[KEY] = None
    organisation.converted["x"] = {"id": "x", KEY: "k11", "$converted": True}
    told = make(organisation).look_up([intent()])[0]
    assert (told.found, told.object, told.record_id) == (True, "Leads", lead)


def test_an_insert_that_is_nowhere_was_not_executed():
    told = make(Organisation()).look_up([intent()])[0]
    assert (told.found, told.values) == (False, {})


def test_an_update_of_a_converted_lead_is_seen_on_its_contact():
    organisation = Organisation()
    lead = organisation.add(**{KEY: "k1", "Email": "a@b.example"})
    organisation.convert(lead)
    told = make(organisation).look_up([intent("update", record_id=lead, payload={"Email": "a@b.example"})])[0]
    assert (told.found, told.object, told.values["Email"]) == (True, "Contacts", "a@b.example")


def test_what_zoho_cannot_tell_is_unknown_not_absent():
    organisation = Organisation()
    organisation.faults = [("coql", "before")]
    assert make(organisation).look_up([intent(), intent(number=2)])[1].found is None


def test_a_conversion_names_the_contact_and_the_account():
    organisation = Organisation()
    lead = organisation.add(**{KEY: "k1"})
    convert = intent("convert", record_id=lead, payload={"overwrite": True})
    writer = make(organisation)
    told = writer.send([convert])[0]
    contact = next(iter(organisation.modules["Contacts"]))
    assert (told.status, told.record_id, dict(told.related)) == ("confirmed", contact, {"Accounts": "77"})
    seen = writer.read_back([convert])[0]
    assert (seen.found, seen.object, seen.record_id, seen.values[KEY]) == (True, "Contacts", contact, "k1")


@pytest.mark.parametrize(("moment", "home"), [("before", "Leads"), ("after", "Contacts")])
def test_a_conversion_in_doubt_is_settled_by_asking(moment, home):
    organisation = Organisation()
    lead = organisation.add(**{KEY: "k1"})
    organisation.faults = [("convert", moment)]
    convert = intent("convert", record_id=lead, payload={})
    writer = make(organisation)
    assert statuses(writer.send([convert])) == ["in_doubt"]
    assert sum(path.endswith("/convert") for _, path, *_ in organisation.calls) == 1
    seen = writer.look_up([convert])[0]
    assert (seen.found, seen.object) == (True, home)


def test_a_lead_that_is_converted_already_counts_as_converted():
    organisation = Organisation()
    lead = organisation.add(**{KEY: "k1"})
    organisation.convert(lead)
    told = make(organisation).send([intent("convert", record_id=lead, payload={})])[0]
    assert (told.status, told.record_id) == ("confirmed", next(iter(organisation.modules["Contacts"])))


def test_a_contact_without_our_key_is_found_by_the_mail_address_of_its_lead():
    organisation = Organisation()
    lead = organisation.add(**{KEY: "k1", "Email": "a@b.example"})
    organisation.convert(lead)
    contact = next(iter(organisation.modules["Contacts"].values()))
    contact[KEY] = None
    seen = make(organisation).look_up([intent("convert", record_id=lead, payload={})])[0]
    assert (seen.found, seen.record_id, seen.values[KEY]) == (True, contact["id"], None)


def test_many_kinds_of_intents_are_looked_up_in_one_go_and_in_order():
    organisation = Organisation()
    names = [organisation.add(**{KEY: f"k{number}"}) for number in range(3)]
    intents = [
        intent("add_tags", 0, record_id=names[0], payload={"tags": ["lf-a"]}),
        intent("insert", 9),
        intent("convert", 1, record_id=names[1], payload={}),
        intent("update", 2, record_id=names[2], payload={"Phone": "1"}),
    ]
    told = make(organisation).look_up(intents)
    assert [sighting.found for sighting in told] == [True, False, True, True]


def test_batches_hold_a_hundred_records_and_one_conversion():
    writer = make(Organisation())
    assert [writer.batch_size(name) for name in ("insert", "update", "add_tags", "convert")] == [
        100,
        100,
        100,
        1,
    ]


def test_a_deleted_lead_is_gone_not_converted():
    convert = intent("convert", record_id="404", payload={})
    assert make(Organisation()).look_up([convert])[0].found is False
