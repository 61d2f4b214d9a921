"""The door: what is repeated, what is not, how a broken call ends, and that no secret leaves."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import (
    AnswerLost,
    ConfigurationError,
    CredentialsRejected,
    LeadflowError,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
    VendorUnavailable,
)
from resources.http import CallRecord, Door, Reply, Retry

SECRET = "1000.5ecret-token-value"


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self):
        self.moment = datetime(2026, 3, 2, 8, tzinfo=UTC)
        self.slept = []

    def now(self):
        return self.moment

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


class Server:
    """Answers in order; the last answer stays. An exception class is raised instead of answered."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, type):
            raise answer("broken", request=request)
        return answer


def reply(status=200, body=None, **headers):
    return httpx.Response(status, json={"ok": True} if body is None else body, headers=headers)


def make(server, *, time=None, **changes):
    time = time or Time()
    arguments = {
        "vendor": "zoho",
        "base_url": "https://www.zohoapis.com",
        "authorize": lambda _: {"Authorization": f"Zoho-oauthtoken {SECRET}"},
        "read_error": lambda _: None,
        "transport": httpx.MockTransport(server),
        "clock": time.now,
        "sleep": time.sleep,
        "jitter": lambda: 1.0,
    }
    return Door(**{**arguments, **changes})


def test_a_reply_carries_status_lower_case_headers_and_decoded_body():
    answer = make(Server(reply(201, {"id": "7"}, **{"X-Left": "3"}))).call("GET", "/x", repeatable=True)
    assert (answer.status, answer.headers["x-left"], answer.json()) == (201, "3", {"id": "7"})


def test_an_empty_body_decodes_to_none():
    door = make(Server(httpx.Response(204)))
    assert door.call("GET", "/x", repeatable=True).json() is None


def test_not_modified_is_no_error():
    assert make(Server(httpx.Response(304))).call("GET", "/x", repeatable=True).status == 304


def test_a_plain_text_address_outside_this_machine_is_refused():
    with pytest.raises(ConfigurationError, match="https"):
        make(Server(reply()), base_url="http://www.zohoapis.com")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:1", "[::1]:9"])
def test_a_plain_text_address_on_loopback_is_accepted(host):
    make(Server(reply()), base_url=f"http://{host}/zoho/api").close()


def test_the_path_goes_below_the_path_of_the_base_url():
    server = Server(reply())
    make(server, base_url="http://127.0.0.1:1/zoho/api/").call("GET", "/crm/v2/org", repeatable=True)
    assert server.requests[0].url.path == "/zoho/api/crm/v2/org"


def test_429_then_success_waits_as_long_as_asked():
    time = Time()
    server = Server(reply(429, **{"Retry-After": "7"}), reply())
    make(server, time=time).call("POST", "/x", repeatable=False)
    assert time.slept == [7.0]


def test_an_http_date_in_retry_after_is_obeyed():
    time = Time()
    server = Server(reply(429, **{"Retry-After": "Mon, 02 Mar 2026 08:00:05 GMT"}), reply())
    make(server, time=time).call("GET", "/x", repeatable=True)
    assert time.slept == [5.0]


def test_a_pause_longer_than_the_budget_ends_the_call_at_once():
    time = Time()
    with pytest.raises(RateLimited) as caught:
        make(Server(reply(429, **{"Retry-After": "3600"})), time=time).call("GET", "/x", repeatable=True)
    assert caught.value.retry_after == 3600
    assert time.slept == []


def test_pauses_grow_and_are_divided_by_the_time_scale():
    time = Time()
    with pytest.raises(VendorUnavailable):
        make(Server(reply(503)), time=time, time_scale=10.0).call("GET", "/x", repeatable=True)
    assert time.slept == pytest.approx([0.05, 0.1, 0.2, 0.4])


def test_server_errors_of_a_read_end_as_vendor_unavailable():
    server = Server(reply(502))
    with pytest.raises(VendorUnavailable) as caught:
        make(server).call("GET", "/x", repeatable=True)
    assert not isinstance(caught.value, AnswerLost)
    assert len(server.requests) == Retry().attempts


def test_a_search_by_post_is_a_read_when_the_caller_says_so():
    with pytest.raises(VendorUnavailable) as caught:
        make(Server(httpx.ReadTimeout)).call("POST", "/coql", repeatable=True, writes=False)
    assert not isinstance(caught.value, AnswerLost)


@pytest.mark.parametrize("broken", [httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError])
def test_a_write_whose_connection_broke_after_sending_is_lost_and_not_repeated(broken):
    server = Server(broken)
    with pytest.raises(AnswerLost):
        make(server).call("POST", "/x", repeatable=False)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_answered_with_a_server_error_may_have_been_executed(status):
    server = Server(reply(status))
    with pytest.raises(AnswerLost):
        make(server).call("POST", "/x", repeatable=False)
    assert len(server.requests) == 1


def test_a_repeatable_write_is_repeated_and_ends_as_lost():
    server = Server(httpx.ReadTimeout)
    with pytest.raises(AnswerLost):
        make(server).call("POST", "/upsert", repeatable=True)
    assert len(server.requests) == Retry().attempts


def test_a_lost_attempt_followed_by_429_is_still_lost():
    server = Server(httpx.ReadTimeout, reply(429, **{"Retry-After": "9999"}))
    with pytest.raises(AnswerLost):
        make(server).call("POST", "/upsert", repeatable=True)


def test_a_lost_attempt_followed_by_success_is_a_success():
    server = Server(httpx.ReadTimeout, reply())
    assert make(server).call("POST", "/upsert", repeatable=True).status == 200


def test_a_refused_connection_was_never_executed_and_is_repeated():
    server = Server(httpx.ConnectError)
    with pytest.raises(VendorUnavailable) as caught:
        make(server).call("POST", "/x", repeatable=False)
    assert not isinstance(caught.value, AnswerLost)
    assert len(server.requests) == Retry().attempts


def test_a_refused_request_is_not_repeated():
    server = Server(reply(422, {"message": "bad"}))
    with pytest.raises(RequestRefused) as caught:
        make(server).call("POST", "/x", repeatable=True)
    assert (caught.value.status, caught.value.answer, len(server.requests)) == (422, {"message": "bad"}, 1)


@pytest.mark.parametrize("content", [b"<html>busy</html>", b'{"data": [{"id": "1"'])
def test_a_read_answered_with_a_page_or_a_cut_is_repeated_and_then_unexpected(content):
    server = Server(httpx.Response(200, content=content))
    with pytest.raises(UnexpectedAnswer):
        make(server).call("GET", "/x", repeatable=True)
    assert len(server.requests) == Retry().attempts


def test_a_write_answered_with_a_cut_is_lost():
    with pytest.raises(AnswerLost):
        make(Server(httpx.Response(200, content=b'{"data": ['))).call("POST", "/x", repeatable=False)


def test_bytes_are_not_read_as_json_when_the_caller_expects_bytes():
    door = make(Server(httpx.Response(200, content=b"PK\x03")))
    assert door.call("GET", "/zip", repeatable=True, expects="bytes").content == b"PK\x03"


def test_an_answer_that_is_too_large_is_not_used(monkeypatch):
    monkeypatch.setattr("resources.http.LARGEST_ANSWER", 10)
    with pytest.raises(UnexpectedAnswer, match="over"):
        make(Server(httpx.Response(200, content=b"x" * 11))).call("GET", "/x", repeatable=True)


def test_a_redirect_is_not_followed():
    server = Server(httpx.Response(302, headers={"location": "https://evil.example/"}))
    with pytest.raises(UnexpectedAnswer, match="redirect"):
        make(server).call("GET", "/x", repeatable=True)
    assert len(server.requests) == 1


def test_a_refused_token_is_renewed_once_and_the_call_replayed():
    tokens = {False: "old-token", True: "new-token"}
    server = Server(reply(401), reply())
    door = make(server, authorize=lambda refused: {"Authorization": tokens[refused]})
    assert door.call("POST", "/x", repeatable=False).status == 200
    assert [request.headers["Authorization"] for request in server.requests] == ["old-token", "new-token"]


def test_a_token_that_stays_refused_is_one_clear_error():
    counter = iter(range(100))
    server = Server(reply(401))
    door = make(server, authorize=lambda _: {"Authorization": f"token-{next(counter)}"})
    with pytest.raises(CredentialsRejected):
        door.call("GET", "/x", repeatable=True)
    assert len(server.requests) == 2


def test_a_key_that_cannot_be_renewed_is_not_replayed():
    server = Server(reply(401))
    with pytest.raises(CredentialsRejected):
        make(server).call("GET", "/x", repeatable=True)
    assert len(server.requests) == 1


def test_a_401_that_is_not_about_the_token_renews_nothing():
    asked = []
    door = make(
        Server(reply(401)),
        authorize=lambda refused: asked.append(refused) or {"Authorization": str(len(asked))},
        token_refused=lambda _: False,
    )
    with pytest.raises(CredentialsRejected):
        door.call("GET", "/x", repeatable=True)
    assert asked == [False]


def test_an_error_answered_with_http_200_is_what_the_vendor_reader_says():
    def read(answer):
        return RequestRefused("no", vendor="zoho", code="X") if "error" in answer.json() else None

    with pytest.raises(RequestRefused):
        make(Server(reply(200, {"error": "x"})), read_error=read).call("GET", "/x", repeatable=True)


def test_a_quota_that_the_vendor_reader_names_ends_the_call():
    stop = QuotaExhausted("empty", resumes_at=datetime(2026, 3, 3, tzinfo=UTC))
    with pytest.raises(QuotaExhausted):
        make(Server(reply(429)), read_error=lambda _: stop).call("GET", "/x", repeatable=True)


def test_a_deadline_ends_the_repeats():
    time = Time()
    deadline = time.now() + timedelta(seconds=1)
    server = Server(reply(503))
    with pytest.raises(VendorUnavailable):
        make(server, time=time).call("GET", "/x", repeatable=True, deadline=deadline)
    assert time.now() <= deadline
    assert len(server.requests) == 2


def test_every_attempt_is_recorded_without_query_or_body():
    records = []
    door = make(Server(reply(503), reply()), on_call=records.append)
    door.call("GET", "/x", params={"email": "a@b.example"}, repeatable=True, units=3, purpose="list")
    assert [(record.status, record.attempt) for record in records] == [(503, 1), (200, 2)]
    assert all(isinstance(record, CallRecord) for record in records)
    assert "b.example" not in repr(records)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_secret_is_never_in_a_message_or_an_answer(status):
    body = {
        "message": f"token {SECRET} is bad",
        "access_token": "another-secret",
        "client_secret": "third-one",
    }
    with pytest.raises(LeadflowError) as caught:
        make(Server(reply(status, body))).call("GET", "/x", repeatable=True)
    told = f"{caught.value!r} {caught.value} {getattr(caught.value, 'answer', None)}"
    assert SECRET not in told
    assert "another-secret" not in told
    assert "third-one" not in told


@given(st.lists(st.sampled_from(["429", "503", "cut", "lost", "refused", "ok", "400"]), min_size=1, max_size=6))
def test_a_write_that_must_not_be_repeated_is_executed_at_most_once(script):
    executed = []

    def server(request):
        step = script[min(len(seen), len(script) - 1)]
        seen.append(step)
        if step == "refused":
            raise httpx.ConnectError("refused", request=request)
        if step in {"ok", "cut", "lost", "503"}:
            executed.append(step)
        if step == "lost":
            raise httpx.ReadTimeout("late", request=request)
        content = b'{"a"' if step == "cut" else json.dumps({}).encode()
        status = {"429": 429, "503": 503, "400": 400}.get(step, 200)
        return httpx.Response(status, content=content)

    seen = []
    try:
        make(server).call("POST", "/x", repeatable=False)
    except AnswerLost:
        assert executed in (["cut"], ["lost"], ["503"])
    except LeadflowError:
        assert executed == []
    else:
        assert executed == ["ok"]
    assert len(executed) <= 1


def test_a_reply_that_is_no_json_says_so_once_asked():
    with pytest.raises(UnexpectedAnswer, match="HTML"):
        Reply(200, {}, b"<html>", "zoho", "GET /x").json()


def test_a_token_that_cannot_be_had_ends_the_call_at_once():
    asked = []

    def authorize(refused):
        asked.append(refused)
        raise VendorUnavailable("the token server is down", vendor="zoho")

    server = Server(reply())
    with pytest.raises(VendorUnavailable, match="token server"):
        make(server, authorize=authorize).call("GET", "/x", repeatable=True)
    assert (asked, server.requests) == ([False], [])
