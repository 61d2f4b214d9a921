"""Limits: no window is ever overrun, priorities keep their share, processes share one file."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import QuotaExhausted
from resources.limits import Limiter, Places, Told, Window
from resources.replies import Reply
from resources.usage import LEASE_SECONDS

FAR = 1e12


class Time:
    def __init__(self):
        self.moment = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def now(self):
        return self.moment

    def sleep(self, seconds):
        self.moment += timedelta(seconds=seconds)


def make(folder, time, **changes):
    arguments = {
        "path": folder / "limits.db",
        "scope": "zoho org",
        "shares": {"optout": 1.0, "normal": 1.0},
        "clock": time.now,
        "sleep": time.sleep,
        "longest_wait": FAR,
    }
    return Limiter(**{**arguments, **changes})


def call(limiter, name="GET /x", units=1.0, priority="normal", ends_at=FAR):
    with limiter.slot(name, units, priority, ends_at):
        pass


@settings(max_examples=25, deadline=None)
@given(
    limit=st.integers(1, 7),
    seconds=st.integers(1, 50),
    gaps=st.lists(st.floats(0, 20), min_size=1, max_size=25),
)
def test_no_window_of_the_vendor_ever_holds_more_calls_than_allowed(tmp_path_factory, limit, seconds, gaps):
    time = Time()
    limiter = make(tmp_path_factory.mktemp("limits"), time, windows=[Window(name="w", limit=limit, seconds=seconds)])
    sent = []
    for gap in gaps:
        time.sleep(gap)
        call(limiter)
        sent.append(time.now().timestamp())
    limiter.close()
    for moment in sent:
        assert sum(1 for other in sent if moment - seconds < other <= moment) <= limit


def test_a_window_shrinks_with_the_time_scale(tmp_path):
    time = Time()
    limiter = make(tmp_path, time, windows=[Window(name="w", limit=1, seconds=60)], time_scale=60.0)
    began = time.now()
    call(limiter)
    call(limiter)
    assert timedelta(seconds=1) <= time.now() - began < timedelta(seconds=1.1)


def test_units_are_counted_where_the_window_counts_units(tmp_path):
    time = Time()
    limiter = make(tmp_path, time, windows=[Window(name="credits", limit=100, seconds=10, counts="units")])
    call(limiter, units=30)
    assert limiter.used("credits") == 30


def test_a_window_counts_only_the_calls_it_is_about(tmp_path):
    limiter = make(tmp_path, Time(), windows=[Window(name="match", limit=9, seconds=10, only="bulk_match$")])
    call(limiter, "POST /people/bulk_match")
    call(limiter, "GET /users")
    assert limiter.used("match") == 1


def test_a_wait_beyond_the_bound_is_a_quota_stop_that_names_the_moment(tmp_path):
    time = Time()
    windows = [Window(name="w", limit=1, seconds=3600)]
    limiter = make(tmp_path, time, windows=windows, longest_wait=5.0, scope="zoho 5ce9e2c0")
    call(limiter)
    with pytest.raises(QuotaExhausted, match=r"^zoho: the limit of 1 \(w\) is used up; it continues at 20") as caught:
        call(limiter)
    assert timedelta(hours=1) <= caught.value.resumes_at - time.now() < timedelta(hours=1, minutes=2)
    assert caught.value.exit_code == 75


def test_a_minutes_window_is_waited_for_and_a_longer_one_is_not_at_any_time_scale(tmp_path):
    for scale in (1.0, 240.0):
        for seconds, waits in ((60, True), (900, False)):
            time = Time()
            limiter = make(
                tmp_path,
                time,
                scope=f"{scale} {seconds}",
                windows=[Window(name="w", limit=1, seconds=seconds)],
                time_scale=scale,
                longest_wait=65.0,
            )
            call(limiter)
            with nullcontext() if waits else pytest.raises(QuotaExhausted):
                call(limiter)
            assert (time.now() > Time().now()) == waits


def test_a_wait_beyond_the_calls_own_end_is_a_quota_stop(tmp_path):
    time = Time()
    limiter = make(tmp_path, time, windows=[Window(name="w", limit=1, seconds=60)])
    call(limiter)
    with pytest.raises(QuotaExhausted):
        call(limiter, ends_at=time.now().timestamp() + 1)


def test_opt_outs_find_room_where_other_calls_must_wait(tmp_path):
    time = Time()
    limiter = make(
        tmp_path,
        time,
        windows=[Window(name="w", limit=10, seconds=3600)],
        shares={"optout": 1.0, "normal": 0.5},
        longest_wait=1.0,
    )
    for _ in range(5):
        call(limiter)
    with pytest.raises(QuotaExhausted):
        call(limiter)
    call(limiter, priority="optout")


def test_an_unknown_priority_names_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match="optout, normal"):
        call(make(tmp_path, Time()), priority="urgent")


def test_a_call_dearer_than_its_window_passes_when_the_window_is_empty(tmp_path):
    time = Time()
    limiter = make(tmp_path, time, windows=[Window(name="credits", limit=10, seconds=10, counts="units")])
    call(limiter, units=500)
    call(limiter, units=1)
    assert limiter.used("credits") == 1


def test_two_limiters_of_one_file_share_their_windows(tmp_path):
    time = Time()
    windows = [Window(name="w", limit=5, seconds=60)]
    one, two = make(tmp_path, time, windows=windows), make(tmp_path, time, windows=windows)
    call(one)
    call(two)
    assert one.used("w") == two.used("w") == 2


def test_scopes_do_not_share_windows(tmp_path):
    windows = [Window(name="w", limit=5, seconds=60)]
    one = make(tmp_path, Time(), windows=windows)
    two = make(tmp_path, Time(), windows=windows, scope="ghl location")
    call(one)
    assert two.used("w") == 0


def test_what_a_vendor_says_is_left_wins(tmp_path):
    limiter = make(
        tmp_path,
        Time(),
        windows=[Window(name="credits", limit=100, seconds=60, counts="units")],
        read_headers=lambda reply: [Told(window="credits", remaining=float(reply.headers["left"]))],
    )
    call(limiter)
    limiter.observe(Reply(200, {"left": "40"}, b""))
    assert limiter.used("credits") == 60


def test_a_limit_that_a_vendor_names_replaces_the_configured_one(tmp_path):
    time = Time()
    limiter = make(
        tmp_path,
        time,
        windows=[Window(name="w", limit=1, seconds=60)],
        read_headers=lambda _: [Told(window="w", remaining=8, limit=10)],
        longest_wait=0.0,
    )
    call(limiter)
    limiter.observe(Reply(200, {}, b""))
    call(limiter)
    assert limiter.used("w") == 3


def test_a_429_that_names_a_pause_holds_every_call_of_the_account(tmp_path):
    time = Time()
    one, two = make(tmp_path, time), make(tmp_path, time)
    one.observe(Reply(429, {"retry-after": "20"}, b""))
    began = time.now()
    call(two)
    assert time.now() - began == timedelta(seconds=20)


def test_no_more_calls_than_places_are_under_way_at_once(tmp_path):
    limiter = Limiter(path=tmp_path / "limits.db", scope="s", places=[Places(name="heavy", limit=3)], longest_wait=30.0)
    under_way, most, gate = set(), [], threading.Lock()

    def work(number):
        with limiter.slot("POST /coql", 1.0, "normal", FAR):
            with gate:
                under_way.add(number)
                most.append(len(under_way))
            with gate:
                under_way.discard(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    limiter.close()
    assert len(most) == 12
    assert max(most) <= 3


def test_a_place_is_given_back_when_the_call_fails(tmp_path):
    limiter = make(tmp_path, Time(), places=[Places(name="heavy", limit=1)], longest_wait=0.0)
    with pytest.raises(RuntimeError), limiter.slot("GET /x", 1.0, "normal", FAR):
        raise RuntimeError
    call(limiter)


def test_the_place_of_a_process_that_died_is_free_after_its_lease(tmp_path):
    time = Time()
    places = [Places(name="heavy", limit=1)]
    dead = make(tmp_path, time, places=places)
    held = dead.slot("GET /x", 1.0, "normal", FAR)
    held.__enter__()
    began = time.now()
    call(make(tmp_path, time, places=places))
    assert time.now() - began >= timedelta(seconds=LEASE_SECONDS)


def test_a_file_that_cannot_be_read_is_started_afresh(tmp_path):
    (tmp_path / "limits.db").write_bytes(b"not a database, long enough to be read as one" * 40)
    limiter = make(tmp_path, Time(), windows=[Window(name="w", limit=1, seconds=1)])
    assert limiter.used("w") == 0
