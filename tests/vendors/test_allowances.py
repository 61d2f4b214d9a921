"""What is left of each limit is told without a call, with the reserve taken off and the time it comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.errors import QuotaExhausted
from resources.allowances import allowance_of, read_allowances
from resources.limits import Limiter, Told, Window, shares_keeping
from resources.replies import Reply
from resources.zoho import quota

FAR = 1e12
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


class Time:
    def __init__(self):
        self.moment = NOW

    def now(self):
        return self.moment

    def sleep(self, seconds):
        self.moment += timedelta(seconds=seconds)


def make(folder, time, **changes):
    arguments = {
        "path": folder / "limits.db",
        "scope": "zoho org",
        "windows": [Window(name="credits", limit=100, seconds=86_400, counts="units")],
        "clock": time.now,
        "sleep": time.sleep,
    }
    return Limiter(**{**arguments, **changes})


def call(limiter, units=1.0, priority="normal"):
    with limiter.slot("GET /x", units, priority, FAR):
        pass


def test_before_the_first_call_nothing_is_known(tmp_path):
    assert read_allowances(tmp_path / "limits.db", NOW) == []
    assert allowance_of("zoho", tmp_path / "limits.db", NOW) is None


def test_a_file_that_is_no_database_is_no_allowance(tmp_path):
    (tmp_path / "limits.db").write_text("torn")
    assert read_allowances(tmp_path / "limits.db", NOW) == []


def test_our_own_count_tells_used_left_and_what_everyday_calls_may_use(tmp_path):
    time = Time()
    limiter = make(tmp_path, time)
    call(limiter, units=30)
    found = allowance_of("zoho", tmp_path / "limits.db", time.now())
    assert (found.limit, found.used, found.left, found.usable) == (100, 30, 70, 60)
    assert found.resumes_at is None
    assert timedelta(days=1) <= found.resets_at - NOW <= timedelta(days=1, minutes=24)


def test_after_a_change_of_credentials_the_account_used_last_counts(tmp_path):
    time = Time()
    call(make(tmp_path, time), units=30)
    time.sleep(86_400 / 2)
    call(make(tmp_path, time, scope="zoho another"), units=7)
    assert [each.used for each in read_allowances(tmp_path / "limits.db", time.now())] == [7]


def test_the_moment_told_is_the_moment_at_which_a_call_passes(tmp_path):
    time = Time()
    limiter = make(tmp_path, time)
    call(limiter, units=40)
    time.sleep(3600)
    call(limiter, units=50)
    with pytest.raises(QuotaExhausted) as refusal:
        call(limiter)
    found = allowance_of("zoho", tmp_path / "limits.db", time.now())
    assert found.usable == 0
    assert abs(found.resumes_at - refusal.value.resumes_at) < timedelta(seconds=1)
    time.moment = found.resumes_at
    call(limiter)


def test_the_vendor_s_word_wins_over_our_count_and_is_known_to_other_processes(tmp_path):
    time = Time()
    told = [Told(window="credits", remaining=20, limit=200)]
    limiter = make(tmp_path, time, read_headers=lambda _reply: told)
    limiter.observe(Reply(200, {}, b"{}", "zoho", "GET /x"))
    found = allowance_of("zoho", tmp_path / "limits.db", time.now())
    assert (found.limit, found.left) == (200, 20)


@pytest.mark.parametrize(
    ("reserved", "priority", "room"),
    [(0.2, "optout", 100), (0.2, "reply", 90), (0.2, "normal", 80), (0.2, "scores", 60), (0.6, "scores", 0)],
)
def test_each_priority_stops_at_its_share(tmp_path, reserved, priority, room):
    time = Time()
    limiter = make(tmp_path, time, shares=shares_keeping(reserved))
    passed = 0
    try:
        for _ in range(120):
            call(limiter, priority=priority)
            passed += 1
    except QuotaExhausted:
        pass
    # What costs more than its whole share still passes when nothing is used.
    assert passed == max(room, 1)


OUT = b'{"code":"TOO_MANY_REQUESTS","message":"You have crossed the API credits limit","status":"error"}'
BUSY = b'{"code":"TOO_MANY_REQUESTS","message":"Many requests fired in concurrent","status":"error"}'


@pytest.mark.parametrize(
    ("status", "headers", "body", "pause"),
    [
        (429, {}, OUT, 900.0),
        (429, {"x-api-credits-remaining": "0"}, b"{}", 900.0),
        (429, {}, BUSY, None),
        (429, {}, b"<html>", None),
        (200, {"x-api-credits-remaining": "0"}, b"{}", None),
    ],
)
def test_a_refusal_for_want_of_credits_closes_zoho_for_a_quarter_of_an_hour(status, headers, body, pause):
    assert quota.read_pause(Reply(status, headers, body, "zoho", "GET /x")) == pause


def test_after_such_a_refusal_no_process_asks_again_before_its_time(tmp_path):
    time = Time()
    first = make(tmp_path, time, read_pause=quota.read_pause, time_scale=60.0)
    second = make(tmp_path, time, time_scale=60.0, longest_wait=1.0)
    first.observe(Reply(429, {}, OUT, "zoho", "GET /x"))
    with pytest.raises(QuotaExhausted, match="the vendor asked for a pause"):
        call(second, priority="optout")
    assert allowance_of("zoho", tmp_path / "limits.db", time.now()).resumes_at == NOW + timedelta(seconds=15)
    time.sleep(15)
    call(second)
