"""Tasks and notes against a small organisation written from the Zoho fact sheet (§5, §7.2)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from pipeline.errors import CredentialsRejected
from pipeline.models import Intent
from resources.http import Door, Retry
from resources.zoho.answers import error_reader, token_refused
from resources.zoho.client import ZohoClient
from resources.zoho.dialect import ZohoDialect
from resources.zoho.writer import ZohoWriter

NOTHING = httpx.Response(204)
NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)


def refusal(code, status=400):
    return httpx.Response(status, json={"code": code, "details": {}, "message": "no", "status": "error"})


class Organisation:
    """Tasks and notes in memory; nothing that is created twice is one."""

    def __init__(self):
        self.tasks, self.notes, self.gone = [], [], []
        self.calls = []
        self.refuses = {}
        self.loses = 0

    def __call__(self, request):
        path = re.sub(r"^/crm/v\d", "", request.url.path)
        body = json.loads(request.content) if request.content else {}
        self.calls.append((request.method, path, body, dict(request.url.params)))
        for pattern, answer in self.refuses.items():
            if re.match(pattern, f"{request.method} {path}"):
                return answer
        answer = self.answer(request.method, path.strip("/").split("/"), body)
        if self.loses and request.method == "POST" and path in {"/Tasks", "/Notes"}:
            self.loses -= 1
            raise httpx.ReadTimeout("late", request=request)
        return answer

    def answer(self, method, parts, body):
        match method, parts:
            case "POST", ["Tasks" | "Notes" as module]:
                answer = self.made(self.tasks if module == "Tasks" else self.notes, body)
            case "POST", ["coql"]:
                answer = self.coql(body["select_query"])
            case "GET", ["Tasks", "deleted"]:
                answer = self.rows(self.gone)
            case "GET", ["Tasks"]:
                answer = self.rows(self.tasks)
            case "GET", [_, parent, "Notes"]:
                answer = self.rows([row for row in self.notes if parent in str(row["Parent_Id"])])
            case "GET", ["Notes", name]:
                answer = self.rows([row for row in self.notes if row["id"] == name])
            case "GET", ["settings", "fields"]:
                answer = httpx.Response(200, json={"fields": [{"api_name": "Subject"}, {"api_name": "Description"}]})
            case _:
                raise AssertionError((method, parts))
        return answer

    def made(self, rows, body):
        items = []
        for row in body["data"]:
            rows.append({**row, "id": str(500 + len(self.tasks) + len(self.notes))})
            items.append({"code": "SUCCESS", "details": {"id": rows[-1]["id"]}, "message": "", "status": "success"})
        return httpx.Response(201, json={"data": items})

    def coql(self, query):
        told = re.match(r"select (.+) from Tasks where (\w+) in \((.+)\) order by id asc limit 200$", query)
        values = set(re.findall(r"'(.*?)'", told[3]))
        plain = {"What_Id": lambda row: (row.get("What_Id") or {}).get("id")}
        plain["Who_Id"] = lambda row: (row.get("Who_Id") or {}).get("id")
        get = plain.get(told[2], lambda row: row.get(told[2]))
        return self.rows(
            [{name: row.get(name) for name in (*told[1].split(", "), "id")} for row in self.tasks if get(row) in values]
        )

    def rows(self, rows):
        return httpx.Response(200, json={"data": rows, "info": {"more_records": False}}) if rows else NOTHING


def make(organisation, version="v2"):
    door = Door(
        vendor="zoho",
        base_url="https://www.zohoapis.com",
        authorize=lambda _: {"Authorization": "Zoho-oauthtoken 1000.a.b"},
        read_error=error_reader(lambda: NOW, 1.0),
        token_refused=token_refused,
        transport=httpx.MockTransport(organisation),
        retry=Retry(attempts=2),
        sleep=lambda _: None,
    )
    return ZohoWriter(client=ZohoClient(api=door, dialect=ZohoDialect(version), clock=lambda: NOW))


def activity(operation="add_task", number=1, **changes):
    reference = f"lf-{number:016x}"
    fields = {"Subject": f"Answer the reply ({reference})", "Description": "gist", "Due_Date": "2026-11-23"}
    if operation == "add_note":
        fields = {"Note_Title": f"Replied ({reference})", "Note_Content": "gist"}
    told = {"vendor": "zoho", "object": "Leads", "record_id": "9", "person_key": f"k{number}"}
    payload = {"reference": reference, "fields": fields}
    return Intent(
        **{**told, "intent_id": f"{operation}{number}", "operation": operation, "payload": payload, **changes}
    )


def test_a_task_hangs_at_a_lead_by_what_and_at_a_contact_by_who():
    organisation = Organisation()
    make(organisation).send([activity()])
    make(organisation).send([activity(number=2, object="Contacts", record_id="8")])
    lead, contact = organisation.tasks
    assert (lead["What_Id"], lead["$se_module"]) == ({"id": "9"}, "Leads")
    assert contact["Who_Id"] == {"id": "8"}
    assert "What_Id" not in contact
    assert all(body["trigger"] == [] for _, _, body, _ in organisation.calls)


@pytest.mark.parametrize(
    ("version", "parent"),
    [
        ("v2", {"Parent_Id": "9", "se_module": "Leads"}),
        ("v8", {"Parent_Id": {"id": "9", "module": {"api_name": "Leads"}}}),
    ],
)
def test_a_note_names_its_record_as_the_version_wants_it(version, parent):
    organisation = Organisation()
    (outcome,) = make(organisation, version).send([activity("add_note")])
    assert outcome.status == "confirmed"
    assert parent.items() <= organisation.notes[0].items()


@pytest.mark.parametrize("operation", ["add_task", "add_note"])
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_lost_answer_is_not_repeated_and_what_was_made_is_found_by_its_reference(operation, version):
    organisation = Organisation()
    organisation.loses = 1
    writer = make(organisation, version)
    (outcome,) = writer.send([activity(operation)])
    assert outcome.status == "in_doubt"
    assert len(organisation.tasks + organisation.notes) == 1
    seen, absent = writer.look_up([activity(operation), activity(operation, 2)])
    assert (seen.found, seen.record_id) == (True, (organisation.tasks + organisation.notes)[0]["id"])
    assert absent.found is False


def test_a_task_whose_subject_somebody_changed_is_found_by_its_text_at_its_record():
    organisation = Organisation()
    writer = make(organisation)
    writer.send([activity()])
    organisation.tasks[0] |= {"Subject": "called back", "Description": f"gist lf-{1:016x}"}
    assert writer.look_up([activity()])[0].found is True


def test_a_task_that_a_person_deleted_is_not_made_again():
    organisation = Organisation()
    organisation.gone = [{"id": "77", "display_name": f"Answer the reply (lf-{1:016x})"}]
    assert make(organisation).look_up([activity()])[0].record_id == "77"


def test_an_organisation_that_answers_no_query_about_tasks_is_read_as_a_list():
    organisation = Organisation()
    writer = make(organisation)
    writer.send([activity()])
    organisation.refuses = {"POST /coql": refusal("INVALID_MODULE")}
    seen, absent = writer.look_up([activity(), activity(number=2)])
    assert (seen.found, absent.found) == (True, False)


def test_what_zoho_cannot_tell_is_unknown_not_absent():
    organisation = Organisation()
    writer = make(organisation)
    organisation.refuses = {"GET /Leads/9/Notes": refusal("NOT_SUPPORTED"), "POST /coql|GET /Tasks": refusal("NOPE")}
    assert [seen.found for seen in writer.look_up([activity(), activity("add_note")])] == [None, None]


def test_tasks_and_notes_are_read_back_by_their_ids_with_the_fields_that_were_written():
    organisation = Organisation()
    writer = make(organisation)
    made = [writer.send([one])[0].record_id for one in (activity(), activity("add_note"))]
    asked = [
        replace(one, payload={**one.payload, "id": found})
        for one, found in zip((activity(), activity("add_note")), made, strict=True)
    ]
    gone = replace(asked[0], intent_id="gone", payload={**asked[0].payload, "id": "1"})
    task, note, missing = writer.read_back([*asked, gone])
    assert task.values == {name: asked[0].payload["fields"][name] for name in task.values}
    assert note.values["Note_Content"] == "gist"
    assert missing.found is False


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_note_that_moved_with_its_lead_is_read_back_by_its_id(is_listed):
    organisation = Organisation()
    writer = make(organisation)
    (made,) = writer.send([activity("add_note")])
    organisation.notes[0]["Parent_Id"] = "contact"
    organisation.refuses = {} if is_listed else {"GET /Leads/9/Notes": refusal("INVALID_DATA")}
    note = activity("add_note")
    known = replace(note, payload={**note.payload, "id": made.record_id})
    assert writer.read_back([known])[0].found is True
    organisation.notes.clear()
    assert writer.read_back([known])[0].found is False


def test_a_profile_without_tasks_refuses_them_and_stops_nothing_else():
    organisation = Organisation()
    organisation.refuses = {"POST /Tasks": refusal("NO_PERMISSION", 403)}
    (outcome,) = make(organisation).send([activity()])
    assert (outcome.status, outcome.code) == ("rejected", "NO_PERMISSION")
    organisation.refuses = {"POST /Tasks": refusal("AUTHENTICATION_FAILURE", 401)}
    with pytest.raises(CredentialsRejected):
        make(organisation).send([activity()])


def test_a_hundred_go_in_one_call_and_one_bad_row_refuses_only_itself():
    organisation = Organisation()
    writer = make(organisation)
    assert writer.batch_size("add_task") == 100
    bad = {"code": "INVALID_DATA", "details": {"api_name": "Owner"}, "message": "invalid data", "status": "error"}
    good = {"code": "SUCCESS", "details": {"id": "5"}, "message": "record added", "status": "success"}
    organisation.refuses = {"POST /Tasks": httpx.Response(207, json={"data": [good, bad]})}
    told = writer.send([activity(), activity(number=2)])
    assert [(one.status, one.code) for one in told] == [("confirmed", "SUCCESS"), ("rejected", "INVALID_DATA")]
