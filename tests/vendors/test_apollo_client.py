"""The Apollo client against answers written from Apollo's examples."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import (
    AnswerLost,
    ConfigurationError,
    CredentialsRejected,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
    VendorUnavailable,
)
from resources.apollo import WINDOWS, ApolloClient, apollo_door, endpoint_of, read_headers
from resources.http import Reply
from resources.limits import Limiter

KEY = "sk-apollo-1234567890"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LIMIT_MESSAGE = "The maximum number of api calls allowed for api/v1/people/match is 600 times per hour. Please upgrade."


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
    door = apollo_door(
        api_key=KEY,
        transport=httpx.MockTransport(server),
        clock=lambda: NOW + timedelta(seconds=sum(slept)),
        sleep=slept.append,
        jitter=lambda: 1.0,
        **changes,
    )
    return ApolloClient(door=door)


def ok(body, **headers):
    return httpx.Response(200, json=body, headers=headers)


def teaser(number):
    return {
        "id": f"{number:024x}",
        "first_name": "Andrew",
        "last_name_obfuscated": "Hu***n",
        "has_email": True,
    }


def world(total):
    def answer(request):
        page, size = int(request.url.params["page"]), int(request.url.params["per_page"])
        people = [teaser(number) for number in range((page - 1) * size, min(page * size, total))]
        return ok({"total_entries": total, "people": people})

    return answer


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([0, 1, 99, 100, 101, 199, 200, 201, 350]))
def test_a_search_collects_every_person_once_whatever_the_size(total):
    pages = list(client(Server(world(total))).search({"q_keywords": "x"}, most=10_000))
    assert [person["id"] for page in pages for person in page.people] == [teaser(n)["id"] for n in range(total)]
    assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]


@pytest.mark.parametrize("most", [1, 99, 100, 101, 250])
def test_a_search_stops_at_the_most_people_wanted(most):
    server = Server(world(300))
    pages = list(client(server).search({}, most=most))
    assert sum(len(page.people) for page in pages) == most
    assert len(server.requests) == -(-most // 100)


def test_filters_go_as_documented_query_parameters():
    server = Server(world(1))
    filters = {
        "person_titles": ["cto", "ceo"],
        "include_similar_titles": False,
        "revenue_range": {"min": 5, "max": 9},
    }
    client(server).search_people(filters, page=2, per_page=10)
    request = server.requests[0]
    assert (request.method, request.url.path) == ("POST", "/api/v1/mixed_people/api_search")
    assert request.headers["x-api-key"] == KEY
    assert request.url.params.multi_items() == [
        ("person_titles[]", "cto"),
        ("person_titles[]", "ceo"),
        ("include_similar_titles", "false"),
        ("revenue_range[min]", "5"),
        ("revenue_range[max]", "9"),
        ("page", "2"),
        ("per_page", "10"),
    ]


def test_a_long_list_of_domains_goes_as_a_json_body():
    domains = [f"company-number-{number}.example" for number in range(1000)]
    server = Server(ok({"total_entries": 0, "people": []}))
    client(server).search_people({"q_organization_domains_list": domains}, page=1)
    body = json.loads(server.requests[0].content)
    assert body == {"q_organization_domains_list": domains, "page": 1, "per_page": 100}


def test_an_unknown_filter_is_refused_before_any_call():
    server = Server(world(1))
    with pytest.raises(ConfigurationError, match="person_title"):
        client(server).search_people({"person_title": ["cto"]}, page=1)
    assert server.requests == []


def test_the_older_answer_gives_people_and_saved_contacts_by_person_id():
    saved = {"id": "c1", "person_id": "f" * 24, "first_name": "Ida"}
    body = {
        "pagination": {"page": 1, "total_entries": 2},
        "people": [teaser(1)],
        "contacts": [saved, {"id": "c2"}],
    }
    page = client(Server(ok(body))).search_people({}, page=1)
    assert page.total == 2
    assert [person["id"] for person in page.people] == [teaser(1)["id"], "f" * 24]
    assert page.people[1]["contact_id"] == "c1"


@pytest.mark.parametrize(
    "body", [{"persons": [], "total_entries": 1}, {"people": []}, ["x"], {"people": {}, "total_entries": 1}]
)
def test_a_search_answer_without_people_or_total_is_unexpected(body):
    with pytest.raises(UnexpectedAnswer, match="api_search"):
        client(Server(ok(body))).search_people({}, page=1)


def matched(*matches, spent=2):
    return {
        "status": "success",
        "error_code": None,
        "total_requested_enrichments": 3,
        "unique_enriched_records": 2,
        "missing_records": 1,
        "credits_consumed": spent,
        "matches": list(matches),
    }


def test_people_are_matched_by_id_with_and_without_placeholders_in_any_order():
    one, two = {"id": "1", "email": None}, {"id": "2", "email": "a@b.co"}
    for answer in ([one, None, two], [two, one], [None, two, one]):
        found = client(Server(ok(matched(*answer)))).match_people(["1", "9", "2"])
        assert (found.people, found.credits) == ([one, None, two], 2.0)


def test_a_person_under_another_id_is_nobody_that_was_asked():
    stranger = {"id": "7"}
    found = client(Server(ok(matched(stranger)))).match_people(["1"])
    assert (found.people, found.strangers) == ([None], (stranger,))


def test_enrichment_asks_by_id_and_reveals_nothing_extra():
    server = Server(ok(matched({"id": "1"})))
    client(server).match_people(["1"])
    request = server.requests[0]
    assert json.loads(request.content) == {"details": [{"id": "1"}]}
    assert dict(request.url.params) == {"reveal_personal_emails": "false", "reveal_phone_number": "false"}


@pytest.mark.parametrize(
    "broken",
    [
        httpx.ReadTimeout,
        httpx.Response(502, html="<html>bad gateway</html>"),
        httpx.Response(200, content=b'{"matches": [{'),
    ],
)
def test_a_lost_enrichment_is_never_sent_twice(broken):
    server = Server(broken)
    with pytest.raises(AnswerLost):
        client(server).match_people(["1"])
    assert len(server.requests) == 1


def test_enrichment_without_matches_may_have_been_charged_and_keeps_the_answer():
    with pytest.raises(AnswerLost, match=r"`matches`.*charged") as caught:
        client(Server(ok({"status": "success", "people": []}))).match_people(["1"])
    assert caught.value.answer == {"status": "success", "people": []}


@pytest.mark.parametrize("count", [0, 11])
def test_more_than_ten_people_are_not_asked_for(count):
    with pytest.raises(ValueError, match="1 to 10"):
        client(Server(ok({}))).match_people([str(n) for n in range(count)])


def test_a_failed_enrichment_is_refused_with_apollos_code():
    body = {
        "status": "failed",
        "error_code": "RECORD_LIMIT_EXCEEDED",
        "error_message": "cannot enrich more than 10",
    }
    for status in (200, 400):
        with pytest.raises(RequestRefused, match="cannot enrich") as caught:
            client(Server(httpx.Response(status, json=body))).match_people(["1"])
        assert caught.value.code == "RECORD_LIMIT_EXCEEDED"


def test_a_wrong_key_is_one_sentence_without_the_key():
    text = "Invalid API key. See https://docs.apollo.io/reference/authentication for how to authenticate."
    server = Server(httpx.Response(401, text=f"{text} {KEY}"))
    with pytest.raises(CredentialsRejected, match="APOLLO_API_KEY") as caught:
        client(server).profile()
    assert KEY not in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": "This API key is not authorized to access api/v1/x.", "error_code": "API_INACCESSIBLE"},
        {"message": "This endpoint is only available to Apollo users on paid plans."},
    ],
)
def test_a_forbidden_endpoint_says_what_apollo_said(body):
    with pytest.raises(CredentialsRejected, match=(body.get("error") or body["message"])[:20]):
        client(Server(httpx.Response(403, json=body))).profile()


def test_429_then_success_waits_as_asked():
    slept = []
    server = Server(httpx.Response(429, json={"message": LIMIT_MESSAGE}, headers={"retry-after": "3"}), world(1))
    assert client(server, slept=slept).search_people({}, page=1).total == 1
    assert slept == [3.0]


@pytest.mark.parametrize(
    "body",
    [
        {"message": LIMIT_MESSAGE},
        json.dumps({"message": LIMIT_MESSAGE}),
        {"message": json.dumps({"message": LIMIT_MESSAGE})},
    ],
)
def test_a_used_up_hour_ends_the_run_as_incomplete(body):
    with pytest.raises(QuotaExhausted, match="600 times per hour") as caught:
        client(Server(httpx.Response(429, json=body))).search_people({}, page=1)
    assert caught.value.resumes_at == NOW + timedelta(hours=1)


def test_a_minute_that_never_ends_is_rate_limited():
    answer = httpx.Response(429, json={"message": "x"}, headers={"retry-after": "20"})
    with pytest.raises(RateLimited):
        client(Server(answer)).search_people({}, page=1)


def test_a_429_of_one_endpoint_holds_calls_of_that_endpoint_only(tmp_path):
    spent = {f"x-{word}-requests-left": "0" for word in ("minute", "hourly", "24-hour")}
    limits = {f"x-rate-limit-{word}": "200" for word in ("minute", "hourly", "24-hour")}
    refusal = httpx.Response(429, json={"message": LIMIT_MESSAGE}, headers={"retry-after": "1800", **spent, **limits})
    server = Server(refusal, ok({"matches": []}), ok({"emailer_campaigns": []}), ok({}), world(1))
    limiter = Limiter(
        path=tmp_path / "limits.db",
        scope="apollo",
        windows=WINDOWS,
        read_headers=read_headers,
        part_of=endpoint_of,
        clock=lambda: NOW,
    )
    apollo = client(server, limiter=limiter)
    with pytest.raises(QuotaExhausted):
        apollo.search_people({}, page=1)
    apollo.match_people(["a"])
    apollo.sequences()
    apollo.credit_usage()
    with pytest.raises(QuotaExhausted, match="a pause of search") as again:
        apollo.search_people({}, page=1)
    assert again.value.resumes_at == NOW + timedelta(minutes=30)
    assert len(server.requests) == 4


def test_server_errors_of_a_search_end_as_vendor_unavailable():
    server = Server(httpx.Response(500))
    with pytest.raises(VendorUnavailable) as caught:
        client(server).search_people({}, page=1)
    assert not isinstance(caught.value, AnswerLost)
    assert len(server.requests) == 5


def test_credit_usage_reads_the_lead_credits_of_the_cycle():
    body = {
        "credit_usage_stats": {"lead_credit": {"limit": 10000, "consumed": 2500, "left_over": 7500}},
        "current_credit_cycle": {
            "start_date": "2026-04-01T00:00:00.000Z",
            "end_date": "2026-05-01T00:00:00.000Z",
        },
    }
    usage = client(Server(ok(body))).credit_usage()
    assert (usage.limit, usage.consumed, usage.left, usage.cycle_end) == (
        10000,
        2500,
        7500,
        "2026-05-01T00:00:00.000Z",
    )


def test_credit_usage_is_none_when_the_key_may_not_ask():
    answer = httpx.Response(403, json={"error": "not authorized", "error_code": "API_INACCESSIBLE"})
    assert client(Server(answer)).credit_usage() is None


@pytest.mark.parametrize("day", ["24-hour", "daily"])
def test_rate_headers_tell_the_windows_of_the_endpoint_and_unlimited_ones_are_silent(day):
    headers = {
        "x-rate-limit-minute": "200",
        "x-minute-requests-left": "199",
        "x-rate-limit-hourly": "",
        f"x-rate-limit-{day}": "50000",
        f"x-{day}-requests-left": "49999",
    }
    told = read_headers(Reply(200, headers, b"", "apollo", "POST /mixed_people/api_search"))
    assert [(each.window, each.remaining, each.limit) for each in told] == [
        ("search minute", 199, 200),
        ("search day", 49999, 50000),
    ]
    assert {each.window for each in told} <= {window.name for window in WINDOWS}


@pytest.mark.parametrize(
    ("request_line", "group"),
    [
        ("POST /people/bulk_match", "enrichment"),
        ("POST /emailer_campaigns/search", "sequences"),
        ("POST /usage_stats/credit_usage_stats", "credits"),
        ("GET /users/api_profile", "other"),
        ("POST /contacts/search", "other"),
    ],
)
def test_every_endpoint_belongs_to_one_group_of_limits(request_line, group):
    headers = {"x-rate-limit-minute": "1", "x-minute-requests-left": "1"}
    assert [each.window for each in read_headers(Reply(200, headers, b"", "apollo", request_line))] == [
        f"{group} minute"
    ]


@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 200, 201])
def test_sequences_are_all_collected_once(total):
    everything = [{"id": f"s{number}", "unique_replied": number} for number in range(total)]

    def answer(request):
        start = (int(request.url.params["page"]) - 1) * 100
        return ok({"pagination": {"total_entries": total}, "emailer_campaigns": everything[start : start + 100]})

    assert client(Server(answer)).sequences() == everything


def test_a_sequence_without_an_id_is_another_shape():
    with pytest.raises(UnexpectedAnswer, match="emailer_campaigns"):
        client(Server(ok({"emailer_campaigns": [{"name": "x"}]}))).sequences()
