"""Zoho's client against answers written from the Zoho fact sheet."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import (
    AnswerLost,
    ConfigurationError,
    CredentialsRejected,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
)
from resources.zoho import coql
from resources.zoho.connecting import connect
from resources.zoho.datacenters import DATA_CENTERS, is_zoho_api
from resources.zoho.dialect import ZohoDialect
from resources.zoho.grant import Grant
from resources.zoho.lists import stamp
from resources.zoho.quota import HEAVY

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
GRANT = Grant(client_id="1000.CLIENT", client_secret="very-5ecret", refresh_token="1000.refresh.token")
INVALID_TOKEN = {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"}


class Zoho:
    """A vendor made of a function of (method, path, query, body); it hands out tokens by itself."""

    def __init__(self, answer):
        self.answer = answer
        self.requests = []
        self.token_answers = []
        self.tokens = 0
        self.now = NOW

    def __call__(self, request):
        if request.url.path.endswith("/oauth/v2/token"):
            self.tokens += 1
            if self.token_answers:
                return self.token_answers.pop(0)
            body = {
                "access_token": f"1000.token.{self.tokens}",
                "api_domain": "https://www.zohoapis.eu",
                "token_type": "Bearer",
                "expires_in": 3600,
            }
            return httpx.Response(200, json=body)
        self.requests.append(request)
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        body = json.loads(request.content) if request.content else None
        told = self.answer(request.method, request.url.path, query, body)
        if isinstance(told, httpx.Response):
            return told
        return httpx.Response(204) if told is None else httpx.Response(200, json=told)

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)


def make(folder, answer, **changes):
    zoho = answer if isinstance(answer, Zoho) else Zoho(answer)
    arguments = {
        "credentials": GRANT,
        "state_dir": folder,
        "api_url": "https://api.example",
        "transport": httpx.MockTransport(zoho),
        "clock": lambda: zoho.now,
        "sleep": zoho.sleep,
    }
    return connect(**{**arguments, **changes}), zoho


def always(body, status=200, **headers):
    return lambda *_: httpx.Response(status, json=body, headers=headers)


def lists(rows, *, size=200):
    """Answer lists as v2 does: page and per_page, `info.more_records`, 204 when there is nothing."""

    def answer(method, path, query, _):
        if path.endswith("/deleted"):
            return None
        page = int(query["page"])
        part = rows[(page - 1) * size : page * size]
        info = {"per_page": size, "count": len(part), "page": page, "more_records": page * size < len(rows)}
        return {"data": part, "info": info} if part else None

    return answer


def world(count):
    return [{"id": f"41508680000{number:08}", "Last_Name": "Müller"} for number in range(count)]


# --- tokens


def test_the_header_says_zoho_oauthtoken(tmp_path):
    client, zoho = make(tmp_path, always({"org": [{"zgid": "700"}]}))
    client.organisation()
    assert zoho.requests[0].headers["Authorization"] == "Zoho-oauthtoken 1000.token.1"


def test_a_second_client_uses_the_stored_token(tmp_path):
    client, zoho = make(tmp_path, always({"org": [{"zgid": "700"}]}))
    client.organisation()
    make(tmp_path, zoho)[0].organisation()
    assert zoho.tokens == 1


def test_an_invalid_token_is_renewed_once(tmp_path):
    def answer(*_):
        if zoho.requests[-1].headers["Authorization"].endswith("token.1"):
            return httpx.Response(401, json=INVALID_TOKEN)
        return {"org": [{"zgid": "700"}]}

    client, zoho = make(tmp_path, answer)
    assert client.organisation()["zgid"] == "700"
    assert zoho.tokens == 2


@pytest.mark.parametrize("code", ["AUTHENTICATION_FAILURE", "OAUTH_SCOPE_MISMATCH"])
def test_other_refusals_renew_nothing(tmp_path, code):
    client, zoho = make(tmp_path, always({"code": code, "details": {}, "message": "x", "status": "error"}, 401))
    with pytest.raises(CredentialsRejected, match=code):
        client.organisation()
    assert (zoho.tokens, len(zoho.requests)) == (1, 1)


@pytest.mark.parametrize(
    ("error", "variable"),
    [
        ("invalid_code", "ZOHO_REFRESH_TOKEN"),
        ("invalid_client", "ZOHO_CLIENT_ID"),
        ("invalid_client_secret", "ZOHO_CLIENT_SECRET"),
    ],
)
def test_oauth_errors_come_with_http_200_and_name_the_setting(tmp_path, error, variable):
    client, zoho = make(tmp_path, always({}))
    zoho.token_answers = [httpx.Response(200, json={"error": error})]
    with pytest.raises(CredentialsRejected, match=variable) as caught:
        client.organisation()
    assert GRANT.client_secret not in str(caught.value)
    assert GRANT.refresh_token not in str(caught.value)


@pytest.mark.parametrize("status", [200, 400])
def test_the_token_throttle_is_a_quota_in_both_its_forms(tmp_path, status):
    client, zoho = make(tmp_path, always({}))
    refusal = {
        "error": "Access Denied",
        "error_description": "You have made too many requests continuously.",
        "status": "failure",
    }
    zoho.token_answers = [httpx.Response(status, json=refusal) for _ in range(9)]
    with pytest.raises(QuotaExhausted):
        client.organisation()


def test_a_token_lives_shorter_under_a_time_scale(tmp_path):
    client, zoho = make(tmp_path, always({"org": [{"zgid": "7"}]}), time_scale=60.0)
    client.organisation()
    zoho.now += timedelta(seconds=56)
    client.organisation()
    assert zoho.tokens == 2


def test_the_old_form_of_expiry_is_understood(tmp_path):
    client, zoho = make(tmp_path, always({"org": [{"zgid": "7"}]}))
    old = {"access_token": "1000.a", "expires_in": 3600000, "expires_in_sec": 600}
    zoho.token_answers = [httpx.Response(200, json=old)]
    client.organisation()
    zoho.now += timedelta(seconds=551)
    client.organisation()
    assert zoho.tokens == 2


def test_the_api_domain_of_the_token_is_used_when_no_address_is_set(tmp_path):
    client, zoho = make(tmp_path, always({"org": [{"zgid": "700"}]}), api_url=None)
    client.organisation()
    assert zoho.requests[0].url.host == "www.zohoapis.eu"


def test_an_address_that_is_set_wins_over_the_api_domain(tmp_path):
    client, zoho = make(tmp_path, always({"org": [{"zgid": "700"}]}), api_url="http://127.0.0.1:9/zoho/api")
    client.organisation()
    assert str(zoho.requests[0].url) == "http://127.0.0.1:9/zoho/api/crm/v2/org"


def test_an_api_domain_that_is_no_zoho_host_is_refused(tmp_path):
    zoho = Zoho(always({}))
    stolen = {"access_token": "a", "api_domain": "https://www.zohoapis.com.evil.example", "expires_in": 3600}
    zoho.token_answers = [httpx.Response(200, json=stolen)]
    with pytest.raises(UnexpectedAnswer, match="ZOHO_API_URL"):
        make(tmp_path, zoho, api_url=None)


def test_every_host_of_the_table_is_a_zoho_api_host():
    assert all(is_zoho_api(center.api) for center in DATA_CENTERS.values())
    assert is_zoho_api("https://sandbox.zohoapis.com")
    assert not is_zoho_api("http://www.zohoapis.com")
    assert not is_zoho_api("https://wwwzohoapis.com")


def test_an_unknown_data_centre_names_the_known_ones(tmp_path):
    with pytest.raises(ConfigurationError, match="us, eu"):
        make(tmp_path, always({}), centre="moon")


# --- reads


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 399, 400, 401, 600])
def test_collected_is_the_world_for_every_size_around_the_page_limit(tmp_path, count):
    client, _ = make(tmp_path, lists(world(count)))
    found = [row for rows, content in client.records("Leads") for row in rows if content]
    assert found == world(count)


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 400, 401])
def test_collected_is_the_world_by_page_token_in_v8(tmp_path, count):
    rows = world(count)

    def answer(_method, path, query, _body):
        if path.endswith("/fields"):
            return {"fields": [{"api_name": "Last_Name", "custom_field": False}]}
        if path.endswith("/deleted"):
            return None
        assert query["fields"] == "Last_Name"
        assert "page" not in query
        start = int(query.get("page_token", 0))
        part, more = rows[start : start + 200], start + 200 < count
        info = {"more_records": more, "next_page_token": str(start + 200) if more else None}
        return {"data": part, "info": info} if part else None

    client, _ = make(tmp_path, answer, version="v8")
    assert [row for page, _ in client.records("Leads") for row in page] == rows


def test_lists_are_sorted_by_id_and_hold_converted_leads(tmp_path):
    client, zoho = make(tmp_path, lists(world(1)))
    list(client.records("Leads", modified_since=datetime(2026, 3, 1, 9, 30, 0, 1, tzinfo=UTC)))
    query = dict(zoho.requests[0].url.params)
    assert query == {
        "sort_by": "id",
        "sort_order": "asc",
        "converted": "both",
        "page": "1",
        "per_page": "200",
    }
    assert zoho.requests[0].headers["If-Modified-Since"] == "2026-03-01T09:30:00+00:00"


def test_only_leads_can_be_converted(tmp_path):
    client, zoho = make(tmp_path, lists(world(1)))
    list(client.records("Deals"))
    assert "converted" not in zoho.requests[0].url.params


def test_nothing_newer_is_an_empty_list(tmp_path):
    client, _ = make(tmp_path, lambda *_: httpx.Response(304))
    assert list(client.records("Contacts", modified_since=NOW)) == []


def test_a_record_deleted_while_a_list_is_read_hides_no_other(tmp_path):
    rows, gone = world(401), []

    def answer(method, path, query, body):
        if path.endswith("/deleted"):
            return {"data": [{"id": name} for name in gone], "info": {"more_records": False}} if gone else None
        told = lists(rows)(method, path, query, body)
        if query["page"] == "1" and not gone:
            gone.append(rows.pop(3)["id"])
        return told

    client, _ = make(tmp_path, answer)
    found = [row["id"] for page, _ in client.records("Contacts") for row in page]
    assert {row["id"] for row in rows} <= set(found)
    assert len(found) == len(set(found))


def test_deleted_records_are_asked_for_since_a_moment(tmp_path):
    entry = {
        "id": "1",
        "display_name": "Müller",
        "type": "recycle",
        "deleted_time": "2026-03-02T08:00:00+01:00",
    }
    client, zoho = make(tmp_path, always({"data": [entry], "info": {"more_records": False}}))
    assert [rows for rows, _ in client.deleted("Leads", since=NOW)] == [[entry]]
    assert zoho.requests[0].headers["If-Modified-Since"] == stamp(NOW)
    assert zoho.requests[0].url.path == "/crm/v2/Leads/deleted"


def test_an_unknown_record_is_none(tmp_path):
    client, _ = make(tmp_path, lambda *_: None)
    assert client.record("Leads", "1") is None


def test_fields_name_their_module(tmp_path):
    client, zoho = make(tmp_path, always({"fields": [{"api_name": "Leadflow_ID", "unique": {}}]}))
    assert client.fields("Leads")[0]["api_name"] == "Leadflow_ID"
    assert zoho.requests[0].url.params["module"] == "Leads"


def test_a_renamed_wrapper_is_an_unexpected_answer(tmp_path):
    client, _ = make(tmp_path, always({"records": []}))
    with pytest.raises(UnexpectedAnswer, match="data"):
        list(client.records("Leads"))


def test_a_renamed_required_field_is_an_unexpected_answer(tmp_path):
    client, _ = make(tmp_path, always({"data": [{"Id": "1"}], "info": {"more_records": False}}))
    with pytest.raises(UnexpectedAnswer, match="'id'"):
        list(client.records("Leads"))


def test_429_then_success_is_a_success(tmp_path):
    answers = [httpx.Response(429, json={"code": "TOO_MANY_REQUESTS", "details": {}, "status": "error"})]
    client, _ = make(tmp_path, lambda *_: answers.pop() if answers else {"org": [{"zgid": "7"}]})
    assert client.organisation()["zgid"] == "7"


def test_429_for_ever_is_rate_limited(tmp_path):
    client, _ = make(tmp_path, always({"code": "TOO_MANY_REQUESTS", "details": {}, "status": "error"}, 429))
    with pytest.raises(RateLimited):
        client.organisation()


def test_429_without_credits_left_parks_the_work(tmp_path):
    body = {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "x", "status": "error"}
    client, zoho = make(tmp_path, always(body, 429, **{"X-API-CREDITS-REMAINING": "0"}))
    with pytest.raises(QuotaExhausted) as caught:
        client.organisation()
    assert caught.value.resumes_at >= NOW + timedelta(minutes=15)
    assert len(zoho.requests) == 1


def test_few_credits_left_stop_ordinary_calls(tmp_path):
    client, zoho = make(tmp_path, always({"org": [{"zgid": "7"}]}, **{"X-API-CREDITS-REMAINING": "10"}))
    client.organisation()
    with pytest.raises(QuotaExhausted):
        client.users()
    assert len(zoho.requests) == 1


def test_a_refused_query_names_code_and_column(tmp_path):
    body = {
        "code": "INVALID_QUERY",
        "details": {"column_name": "Phone"},
        "message": "column given seems to be invalid",
        "status": "error",
    }
    client, _ = make(tmp_path, always(body, 400))
    with pytest.raises(RequestRefused, match="Phone") as caught:
        client.coql("select Phone from Leads where id is not null")
    assert caught.value.code == "INVALID_QUERY"


# --- COQL


def test_a_selection_is_asked_in_chunks_of_fifty(tmp_path):
    client, zoho = make(tmp_path, lambda *_: None)
    client.select("Leads", ["Email"], "Leadflow_ID", [f"k{number}" for number in range(101)])
    queries = [json.loads(request.content)["select_query"] for request in zoho.requests]
    assert [query.count("'k") for query in queries] == [50, 50, 1]
    assert queries[2] == (
        "select Email, Leadflow_ID from Leads where Leadflow_ID in ('k100') order by id asc limit 200"
    )


def test_a_selection_goes_on_behind_the_last_id(tmp_path):
    rows = world(401)

    def answer(_method, _path, _query, body):
        last = body["select_query"].partition("id > '")[2].partition("'")[0]
        behind = [row for row in rows if row["id"] > last]
        return {"data": behind[:200], "info": {"more_records": len(behind) > 200}} if behind else None

    client, zoho = make(tmp_path, answer)
    assert client.select("Leads", ["Last_Name"], "Email", ["a@b.example"]) == rows
    assert "where (id > '4150868000000000199' and Email in ('a@b.example'))" in zoho.requests[1].content.decode()


@given(st.text())
def test_no_value_can_leave_its_quotes(value):
    told = coql.quoted(value)
    inside = told[1:-1].replace("\\\\", "").replace("\\'", "")
    assert told[0] == told[-1] == "'"
    assert "'" not in inside
    assert "\\" not in inside


@pytest.mark.parametrize("name", ["Email or 1", "", "a;b", "Email'"])
def test_only_api_names_are_names(name):
    with pytest.raises(ValueError, match="API name"):
        coql.name(name)


# --- writes

ADDED = {
    "code": "SUCCESS",
    "status": "success",
    "message": "record added",
    "duplicate_field": None,
    "action": "insert",
    "details": {"id": "4150868000003194003", "Created_Time": "2026-02-09T10:00:00+05:30"},
}
MANDATORY = {
    "code": "MANDATORY_NOT_FOUND",
    "details": {"api_name": "Last_Name"},
    "message": "required field not found",
    "status": "error",
}
DUPLICATE = {
    "code": "DUPLICATE_DATA",
    "details": {"api_name": "Leadflow_ID", "id": "4150868000003194009"},
    "message": "duplicate data",
    "status": "error",
}


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400])
def test_a_mixed_batch_is_walked_item_by_item_whatever_the_status(tmp_path, status):
    client, zoho = make(tmp_path, always({"data": [ADDED, MANDATORY, DUPLICATE]}, status))
    rows = [{"Last_Name": "A"}, {}, {"Last_Name": "C"}]
    told = client.upsert("Leads", rows, check=["Leadflow_ID"])
    assert [(outcome.status, outcome.record_id, outcome.code) for outcome in told] == [
        ("confirmed", "4150868000003194003", "SUCCESS"),
        ("rejected", None, "MANDATORY_NOT_FOUND"),
        ("rejected", "4150868000003194009", "DUPLICATE_DATA"),
    ]
    body = json.loads(zoho.requests[0].content)
    assert body == {"data": rows, "trigger": [], "duplicate_check_fields": ["Leadflow_ID"]}


def test_the_existing_record_is_named_in_late_versions_too(tmp_path):
    late = {**DUPLICATE, "details": {"api_name": "Leadflow_ID", "duplicate_record": {"id": "42"}}}
    client, _ = make(tmp_path, always({"data": [late]}, 202), version="v8")
    assert client.update("Leads", [{"id": "1"}])[0].record_id == "42"


@pytest.mark.parametrize(
    "change",
    [{"status": "SUCCESS"}, {"code": "success"}, {"code": "success", "status": "SUCCESS"}, {"code": None}],
)
def test_success_is_understood_in_any_spelling(tmp_path, change):
    item = {name: value for name, value in {**ADDED, **change}.items() if value is not None}
    client, _ = make(tmp_path, always({"data": [item]}, 202))
    (told,) = client.upsert("Leads", [{"Last_Name": "A"}], check=["Leadflow_ID"])
    assert (told.status, told.record_id) == ("confirmed", "4150868000003194003")


def test_an_answer_with_another_number_of_items_leaves_all_in_doubt(tmp_path):
    client, _ = make(tmp_path, always({"data": [ADDED]}))
    told = client.update("Leads", [{"id": "1"}, {"id": "2"}])
    assert [outcome.status for outcome in told] == ["in_doubt", "in_doubt"]


def test_a_batch_refused_as_a_whole_raises(tmp_path):
    body = {
        "code": "INVALID_DATA",
        "details": {"maximum_length": 100, "api_name": "data", "json_path": "$.data"},
        "message": "invalid data",
        "status": "error",
    }
    client, _ = make(tmp_path, always(body, 400))
    with pytest.raises(RequestRefused):
        client.update("Leads", [{"id": "1"}, {"id": "2"}])


def test_an_insert_is_never_sent_twice(tmp_path):
    client, zoho = make(tmp_path, lambda *_: httpx.Response(502, text="<html>"))
    with pytest.raises(AnswerLost):
        client.insert("Leads", [{"Last_Name": "A"}])
    assert len(zoho.requests) == 1


def test_tags_travel_in_the_query_in_v2(tmp_path):
    item = {"code": "SUCCESS", "details": {"id": "1", "tags": ["lf-a"]}, "message": "x", "status": "success"}
    client, zoho = make(tmp_path, always({"data": [item], "wf_scheduler": False, "success_count": "1"}))
    assert client.add_tags("Leads", ["1"], ["lf-a", "lf-b"])[0].record_id == "1"
    request = zoho.requests[0]
    assert dict(request.url.params) == {"ids": "1", "tag_names": "lf-a,lf-b", "over_write": "false"}
    assert (request.url.path, request.content) == ("/crm/v2/Leads/actions/add_tags", b"")


def test_tags_travel_in_the_body_in_v8():
    call = ZohoDialect("v8").tag_call(["1", "2"], ["lf-a"], add=False)
    assert call == {"json": {"tags": [{"name": "lf-a"}], "ids": ["1", "2"]}}


@pytest.mark.parametrize(("version", "account"), [("v2", "3652397000000624046"), ("v8", {"id": "3652397000000624046"})])
def test_a_conversion_names_records_as_its_version_wants(version, account):
    for told in ("3652397000000624046", {"id": "3652397000000624046"}):
        assert ZohoDialect(version).convert_request({"Accounts": told})["Accounts"] == account


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"Contacts": "11", "Deals": None, "Accounts": "12"}]},
        {
            "data": [
                {
                    "code": "SUCCESS",
                    "details": {
                        "Contacts": {"name": "Anna", "id": "11"},
                        "Deals": None,
                        "Accounts": {"name": "ACME", "id": "12"},
                    },
                    "message": "The record has been converted successfully",
                    "status": "success",
                }
            ]
        },
    ],
)
def test_a_conversion_names_its_contact_in_both_forms(tmp_path, body):
    client, _ = make(tmp_path, always(body))
    told = client.convert("1", {"overwrite": True})
    assert (told.status, told.record_id, dict(told.related)) == ("confirmed", "11", {"Accounts": "12"})


@pytest.mark.parametrize("status", [400, 202])
def test_a_lead_already_converted_is_a_rejected_outcome(tmp_path, status):
    body = {
        "code": "ID_ALREADY_CONVERTED",
        "details": {"resource_path_index": 1},
        "message": "id already converted",
        "status": "error",
    }
    client, _ = make(tmp_path, always(body, status))
    assert client.convert("1", {}).code == "ID_ALREADY_CONVERTED"


def test_a_scheduled_conversion_is_in_doubt(tmp_path):
    item = {"code": "SCHEDULED", "details": {"job_id": "9"}, "message": "scheduled", "status": "success"}
    client, _ = make(tmp_path, always({"data": [item]}, 202))
    assert client.convert("1", {}).status == "in_doubt"


def test_a_hundred_records_cost_ten_credits(tmp_path):
    records = []
    client, _ = make(tmp_path, always({"data": [ADDED] * 100}), on_call=records.append)
    client.upsert("Leads", [{} for _ in range(100)], check=["Leadflow_ID"])
    assert [record.units for record in records if record.path.endswith("/upsert")] == [10]


@pytest.mark.parametrize(
    ("name", "heavy"),
    [
        ("POST /crm/v2/coql", True),
        ("POST /crm/v2/Leads/upsert", True),
        ("PUT /crm/v2/Leads", True),
        ("POST /crm/v2/Leads/1/actions/convert", True),
        ("GET /crm/v2/org", False),
        ("GET /crm/v2/Leads/1", False),
        ("POST /crm/v2/Leads/actions/add_tags", False),
    ],
)
def test_heavy_calls_are_those_of_the_shared_pool(name, heavy):
    assert bool(re.search(HEAVY, name)) is heavy
