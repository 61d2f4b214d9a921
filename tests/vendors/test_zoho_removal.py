"""Deleting second records, and accounts without our key, against answers written from the Zoho fact sheet."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from pipeline.errors import UnexpectedAnswer
from pipeline.models import Intent
from resources.http import Door, Retry
from resources.zoho.answers import error_reader, token_refused
from resources.zoho.client import ZohoClient
from resources.zoho.dialect import ZohoDialect
from resources.zoho.writer import ZohoWriter

STAMP, SAME = "2026-11-20T14:30:00+05:30", "2026-11-20T09:00:00Z"
NOTHING = httpx.Response(204)


class Organisation:
    """Leads 1 and 2, the related lists that leads have, and what hangs on 2; every call is kept."""

    def __init__(self, *lists: str) -> None:
        self.records = {"1": STAMP, "2": STAMP}
        self.lists = lists
        self.hanging: dict[str, httpx.Response] = {}
        self.gone_late = False
        self.calls: list[tuple[str, str, dict[str, str]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.split("/", 3)[3]
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        self.calls.append((request.method, path, query))
        match request.method, path.split("/"):
            case "GET", ["settings", "related_lists"]:
                rows: Any = [{"id": name, "api_name": name} for name in self.lists]
                return httpx.Response(200, json={"related_lists": rows})
            case "GET", ["settings", "fields"]:
                return httpx.Response(200, json={"fields": [{"api_name": "Phone"}]})
            case "GET", [_, _, name]:
                return self.hanging.get(name, NOTHING)
            case "GET", [_]:
                found = [name for name in query["ids"].split(",") if name in self.records]
                rows = [{"id": name, "Modified_Time": self.records[name]} for name in found]
                return httpx.Response(200, json={"data": rows}) if rows else NOTHING
            case "DELETE", [_]:
                return self.deleted(query["ids"].split(","), request)
            case "POST", ["coql"]:
                query = json.loads(request.content)["select_query"]
                assert "Leadflow_ID" not in query, "accounts of this organisation have no key"
                return httpx.Response(200, json={"data": [{"id": "7", "Phone": "+1"}], "info": {}})
        raise AssertionError((request.method, path))

    def deleted(self, names: list[str], request: httpx.Request) -> httpx.Response:
        items = []
        for name in names:
            was = self.records.pop(name, None)
            code, message = ("SUCCESS", "record deleted") if was else ("INVALID_DATA", "record not deleted")
            status = "success" if was else "error"
            items.append({"code": code, "details": {"id": name}, "message": message, "status": status})
        if self.gone_late:
            raise httpx.ReadTimeout("late", request=request)
        return httpx.Response(200, json={"data": items})

    def deletes(self) -> list[dict[str, str]]:
        return [query for method, _, query in self.calls if method == "DELETE"]


def writer(organisation: Organisation, version: Any = "v2") -> ZohoWriter:
    door = Door(
        vendor="zoho",
        base_url="https://www.zohoapis.com",
        authorize=lambda _: {"Authorization": "Zoho-oauthtoken 1000.a.b"},
        read_error=error_reader(lambda: None, 1.0),  # type: ignore[arg-type,return-value]
        token_refused=token_refused,
        transport=httpx.MockTransport(organisation),
        retry=Retry(attempts=1),
        sleep=lambda _: None,
    )
    return ZohoWriter(client=ZohoClient(api=door, dialect=ZohoDialect(version)))


def deletion(record_id: str = "2", first: str = "1", modified_at: str = STAMP) -> Intent:
    terms = {"duplicate_of": {"object": "Leads", "id": first}, "modified_at": modified_at}
    told = {"vendor": "zoho", "object": "Leads", "person_key": "lf_1", "operation": "delete", "payload": terms}
    return Intent(intent_id=f"i{record_id}", record_id=record_id, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_record_that_nothing_hangs_on_is_deleted_without_automations(version: str) -> None:
    organisation = Organisation("Notes", "Tasks", "Emails")
    (told,) = writer(organisation, version).send([deletion(modified_at=SAME)])
    assert (told.status, told.record_id) == ("confirmed", "2")
    assert organisation.deletes() == [{"ids": "2", "wf_trigger": "false"}]
    looked = [path for method, path, _ in organisation.calls if method == "GET" and path.startswith("Leads/2/")]
    assert looked == ["Leads/2/Notes", "Leads/2/Tasks"], "only lists that are there, and hold people's work"


def test_one_that_was_changed_since_stays() -> None:
    organisation = Organisation()
    organisation.records["2"] = "2026-11-20T14:30:01+05:30"
    (told,) = writer(organisation).send([deletion()])
    assert (told.status, told.code, organisation.deletes()) == ("rejected", "CHANGED_SINCE", [])


def test_so_does_one_of_which_the_plan_did_not_know_when_it_was_changed() -> None:
    organisation = Organisation()
    (told,) = writer(organisation).send([replace(deletion(), payload={**deletion().payload, "modified_at": None})])
    assert (told.code, organisation.deletes()) == ("CHANGED_SINCE", [])


@pytest.mark.parametrize("name", ["Notes", "Attachments", "Tasks", "Deals"])
def test_one_with_work_on_it_stays(name: str) -> None:
    organisation = Organisation("Notes", "Attachments", "Tasks", "Deals")
    organisation.hanging[name] = httpx.Response(200, json={"data": [{"id": "9"}]})
    (told,) = writer(organisation).send([deletion()])
    assert (told.status, told.code, organisation.deletes()) == ("rejected", "NOT_ALONE", [])
    assert told.message == f"not deleted: something hangs on it: {name}"


def test_one_of_which_a_list_cannot_be_read_stays() -> None:
    organisation = Organisation("Notes")
    denied = {"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"}
    organisation.hanging["Notes"] = httpx.Response(403, json=denied)
    (told,) = writer(organisation).send([deletion()])
    assert (told.status, told.code, organisation.deletes()) == ("rejected", "NOT_LOOKED_AT", [])


def test_one_whose_first_record_is_gone_stays_and_one_that_is_gone_itself_is_done() -> None:
    organisation = Organisation()
    last, gone = writer(organisation).send([deletion(first="404"), deletion(record_id="3")])
    assert (last.code, gone.status, gone.code) == ("FIRST_IS_GONE", "confirmed", "GONE")
    assert organisation.deletes() == []


def test_a_lost_answer_is_settled_by_asking_for_the_record() -> None:
    organisation = Organisation()
    organisation.gone_late = True
    zoho = writer(organisation)
    (told,) = zoho.send([deletion()])
    assert told.status == "in_doubt"
    assert [seen.found for seen in zoho.look_up([deletion(), deletion(record_id="1", first="2")])] == [False, True]


def test_an_account_is_looked_for_by_its_id_alone_where_accounts_have_no_key() -> None:
    zoho = writer(Organisation())
    update = Intent(
        intent_id="i7",
        vendor="zoho",
        object="Accounts",
        person_key="lc_1",
        record_id="7",
        operation="update",
        payload={"Phone": "+1"},
    )
    (seen,) = zoho.read_back([update])
    assert (seen.found, seen.values) == (True, {"Phone": "+1"})
    (absent,) = zoho.look_up([replace(update, record_id="8")])
    assert absent.found is False


def test_an_answer_without_related_lists_is_no_permission_to_delete() -> None:
    organisation = Organisation()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("related_lists"):
            return httpx.Response(200, json={"something": "else"})
        return organisation(request)

    with pytest.raises(UnexpectedAnswer):
        writer(answer).send([deletion()])  # type: ignore[arg-type]
    assert organisation.deletes() == []
