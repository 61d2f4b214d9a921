"""The sandbox's server, its journal, faults, clock and state file, with a vendor that only counts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from resources.sandbox.calls import Answer, Call, Vendor
from resources.sandbox.faults import NAMED, Faults
from resources.sandbox.server import Running, Sandbox, serving
from resources.sandbox.vendors import MOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resources.sandbox.clock import Clock
    from resources.sandbox.world import World


class Counter:
    """A vendor whose every POST adds one."""

    def __init__(self, name: str, world: World) -> None:
        self.name = name
        self.count = 0
        self.organisation = f"{name}-{world.seed}-{len(world.people)}"

    def answer(self, call: Call) -> Answer:
        if call.path == "/text":
            return Answer(401, "no")
        if call.path == "/bytes":
            return Answer(200, b"PK", {"Content-Type": "application/zip"})
        if call.path == "/none":
            return Answer(204)
        if call.path == "/echo":
            echo = {"host": call.host, "path": call.path, "query": [list(q) for q in call.query]}
            return Answer(200, {**echo, "agent": call.headers.get("user-agent")}, {"X-Own": "1"})
        if call.method == "POST":
            self.count += 1
        return Answer(200, {"count": self.count, "filling": "x" * 100})

    def kind(self, call: Call) -> str:
        return "write" if call.method == "POST" else "read"

    def credentials(self) -> dict[str, str]:
        return {f"{self.name.upper()}_SECRET": "s"}

    def dump(self) -> dict[str, Any]:
        return {"count": self.count}

    def load(self, state: dict[str, Any]) -> None:
        self.count = state["count"]

    def canonical(self) -> dict[str, Any]:
        return {"count": self.count, "organisation": self.organisation}

    def pass_day(self, day: int) -> list[dict[str, Any]]:
        self.count += 1
        return [{"what": "morning", "number": day}]


def counters(world: World, clock: Clock, time_scale: float) -> dict[str, Vendor]:
    assert clock.now().tzinfo is not None
    assert time_scale > 0
    return {name: Counter(name, world) for name in ("apollo", "zoho", "ghl")}


def held(**options: Any) -> Sandbox:
    return Sandbox(**{"people": 5, "build": counters, **options})


@contextmanager
def running(**options: Any) -> Iterator[tuple[Running, httpx.Client]]:
    with serving(sandbox=held(**options)) as served, httpx.Client(base_url=served.url, timeout=5) as client:
        yield served, client


def test_each_mount_reaches_its_vendor_and_sub_host():
    with running() as (_, client):
        for mount, (_, host) in MOUNTS.items():
            answer = client.get(f"{mount}/echo?a=1&a=2&b=%C3%BC", headers={"User-Agent": "probe"})
            assert answer.json() == {
                "host": host,
                "path": "/echo",
                "query": [["a", "1"], ["a", "2"], ["b", "ü"]],
                "agent": "probe",
            }
            assert answer.headers["x-own"] == "1"
            assert answer.headers["content-type"].startswith("application/json")


def test_text_bytes_and_empty_answers_have_their_own_types():
    with running() as (_, client):
        text = client.get("/ghl/text")
        assert (text.status_code, text.text) == (401, "no")
        assert text.headers["content-type"].startswith("text/plain")
        binary = client.get("/ghl/bytes")
        assert binary.content == b"PK"
        assert binary.headers["content-type"] == "application/zip"
        empty = client.get("/ghl/none")
        assert (empty.status_code, empty.content) == (204, b"")
        assert "content-length" not in empty.headers


def test_the_journal_numbers_requests_and_keeps_bodies_without_secrets():
    with running() as (_, client):
        client.post("/ghl/x", json={"name": "Zoë", "deep": [{"access_token": "tell-nobody"}]})
        client.post("/zoho/accounts/token", data={"client_secret": "tell-nobody", "grant_type": "g"})
        client.get("/apollo/api/v1/y?api_key=tell-nobody&page=2")
        lines = client.get("/_sandbox/requests").json()
        assert [line["n"] for line in lines] == [1, 2, 3]
        assert [line["vendor"] for line in lines] == ["ghl", "zoho", "apollo"]
        assert [line["kind"] for line in lines] == ["write", "write", "read"]
        assert lines[0]["body"] == {"name": "Zoë", "deep": [{"access_token": "***"}]}
        assert lines[1]["body"] == {"client_secret": "***", "grant_type": "g"}
        assert lines[1]["path"] == "/accounts/token"
        assert lines[2]["query"] == [["api_key", "***"], ["page", "2"]]
        assert all(line["status"] == 200 and line["outcome"] == "answered" for line in lines)
        assert "tell-nobody" not in json.dumps(lines)
        assert [line["n"] for line in client.get("/_sandbox/requests?since=2").json()] == [3]


def test_days_pass_at_every_vendor_and_move_the_clock():
    start = datetime(2026, 3, 1, 23, tzinfo=UTC)
    with running(source=lambda: start) as (_, client):
        assert client.get("/_sandbox/clock").json()["as_of"] == "2026-03-01"
        answer = client.post("/_sandbox/advance", json={"days": 2}).json()
        assert answer["as_of"] == "2026-03-03"
        assert answer["now"] == "2026-03-03T23:00:00+00:00"
        assert [(e["vendor"], e["day"]) for e in answer["events"]] == [
            (vendor, day) for day in (1, 2) for vendor in ("apollo", "zoho", "ghl")
        ]
        state = client.get("/_sandbox/state").json()
        assert state["vendors"]["ghl"]["count"] == 2
        assert state["clock"]["days"] == 2


def test_a_reset_begins_again_with_another_organisation():
    with running() as (served, client):
        client.post("/ghl/x")
        before = client.get("/_sandbox/state").json()["vendors"]["ghl"]
        client.post("/_sandbox/reset", json={"people": 6, "seed": 9})
        after = client.get("/_sandbox/state").json()["vendors"]["ghl"]
        assert (before["count"], after["count"]) == (1, 0)
        assert before["organisation"] != after["organisation"] == "ghl-9-6"
        assert client.get("/_sandbox/requests").json() == []
        assert len(served.sandbox.world.people) == 6


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sandbox/faults", {"rules": "unheard-of"}),
        ("/_sandbox/faults", {"rules": [{"action": "explode"}]}),
        ("/_sandbox/faults", {"rules": [{"action": "html", "verndor": "zoho"}]}),
        ("/_sandbox/reset", {"people": 0}),
        ("/_sandbox/advance", []),
        ("/_sandbox/advance", {"days": 0}),
    ],
)
def test_a_senseless_wish_is_refused_with_a_sentence(path: str, body: Any):
    with running() as (_, client):
        answer = client.post(path, json=body)
        assert answer.status_code == 400
        assert answer.json()["error"]


@pytest.mark.parametrize(
    ("action", "executed"),
    [("drop_before", 0), ("drop_after", 1)],
)
def test_a_dropped_connection_says_nothing_and_the_next_request_works(action: str, executed: int):
    with running(faults=[{"vendor": "ghl", "nth": 1, "action": action}]) as (served, client):
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/ghl/x")
        assert served.sandbox.vendors["ghl"].canonical()["count"] == executed
        assert client.post("/ghl/x").json()["count"] == executed + 1
        line = client.get("/_sandbox/requests").json()[0]
        assert line["status"] is None
        assert line["outcome"].startswith("executed" if executed else "not executed")


def test_a_truncated_answer_is_executed_and_not_json():
    with running(faults=[{"nth": 1, "action": "truncate"}]) as (_, client):
        answer = client.post("/ghl/x")
        assert answer.status_code == 200
        with pytest.raises(ValueError, match="Unterminated"):
            answer.json()
        assert client.post("/ghl/x").json()["count"] == 2


def test_errors_and_proxy_pages_are_not_executed():
    rules = [{"nth": 1, "action": "status:503"}, {"nth": 1, "action": "html"}]
    with running(faults=rules) as (_, client):
        error = client.post("/ghl/x")
        assert error.status_code == 503
        assert error.headers["retry-after"] == "1"
        page = client.post("/ghl/x")
        assert page.status_code == 502
        assert page.headers["content-type"] == "text/html"
        assert client.post("/ghl/x").json()["count"] == 1


def test_a_late_answer_is_executed_at_once():
    with running(faults=[{"nth": 1, "action": "delay:30"}]) as (served, client):
        with pytest.raises(httpx.ReadTimeout):
            client.post("/ghl/x", timeout=0.2)
        assert served.sandbox.vendors["ghl"].canonical()["count"] == 1


def test_faults_can_be_changed_while_the_sandbox_runs():
    with running() as (_, client):
        client.post("/_sandbox/faults", json={"rules": [{"path": "/b", "action": "status:500"}]})
        assert [client.get(f"/ghl/{path}").status_code for path in "abc"] == [200, 500, 200]
        client.post("/_sandbox/faults", json={"rules": []})
        assert client.get("/ghl/b").status_code == 200


def test_rules_strike_by_kind_number_and_times():
    def struck(rule: dict[str, Any]) -> list[bool]:
        faults = Faults([{"action": "html", **rule}])
        return [
            faults.action(vendor=vendor, kind=kind, method="POST", path="/contacts/upsert") is not None
            for vendor, kind in (("zoho", "write"), ("ghl", "read"), ("ghl", "write"), ("ghl", "write"))
        ]

    assert struck({}) == [True] * 4
    assert struck({"vendor": "ghl", "kind": "write"}) == [False, False, True, True]
    assert struck({"kind": "write", "nth": 2}) == [False, False, True, False]
    assert struck({"times": 1}) == [True, False, False, False]
    assert struck({"method": "PUT|GET"}) == [False] * 4
    assert struck({"path": "/contacts/"}) == [True] * 4


def test_a_rate_strikes_its_share_and_the_same_requests_for_the_same_seed():
    def struck(seed: int) -> list[bool]:
        faults = Faults("lossy", seed=seed)
        return [faults.action(vendor="ghl", kind="write", method="POST", path="/") is not None for _ in range(1000)]

    assert struck(1) == struck(1) != struck(2)
    assert 60 < sum(struck(1)) < 140
    assert NAMED["none"] == ()


def test_the_state_survives_a_restart_of_the_same_world_only(tmp_path: Path):
    path = tmp_path / "deep" / "state.json.gz"
    with running(state_path=path) as (_, client):
        client.post("/ghl/x")
        client.post("/_sandbox/advance")
        assert client.post("/_sandbox/save").json() == {"saved": True}
        assert path.exists()
        client.post("/ghl/x")
    again = held(state_path=path)
    assert again.vendors["ghl"].canonical()["count"] == 3
    assert again.clock.days == 1
    for other in ({"people": 6}, {"seed": 8}):
        new = held(state_path=path, **other)
        assert new.vendors["ghl"].canonical()["count"] == 0
        assert new.clock.days == 0
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_unreadable_state_file_is_named(tmp_path: Path):
    path = tmp_path / "state.json.gz"
    path.write_bytes(b"not gzip")
    with pytest.raises(ValueError, match=r"state\.json\.gz cannot be read"):
        held(state_path=path)


def test_the_environment_names_urls_and_credentials_of_every_vendor():
    with running(time_scale=30) as (served, _):
        settings = served.environment()
        assert settings["LEADFLOW_ENV"] == "sandbox"
        assert settings["LEADFLOW_TIME_SCALE"] == "30"
        assert settings["ZOHO_API_URL"] == f"{served.url}/zoho/api"
        assert settings["APOLLO_BASE_URL"] == f"{served.url}/apollo/api/v1"
        assert settings["GHL_SECRET"] == "s"


def test_answers_do_not_wait_for_acknowledgements():
    with running() as (_, client):
        started = datetime.now(UTC)
        for _ in range(100):
            client.post("/ghl/x", json={"filling": "x" * 500})
        assert (datetime.now(UTC) - started).total_seconds() < 3.0  # 40 ms each if they did


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any], Path]]:
    state = tmp_path / "state.json.gz"
    command = [sys.executable, "-m", "resources.sandbox", "--people", "20", "--state", str(state)]
    with subprocess.Popen(
        [*command, "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as child:
        assert child.stdout is not None
        try:
            yield child, json.loads(child.stdout.readline()), state
        finally:
            child.kill()


def test_the_process_announces_itself_and_the_real_vendors_answer(process: Any):
    _, said, _ = process
    settings = said["environment"]
    headers = {"x-api-key": settings["APOLLO_API_KEY"]}
    health = httpx.get(f"{settings['APOLLO_BASE_URL']}/auth/health", headers=headers)
    assert health.json() == {"healthy": True, "is_logged_in": True}
    assert set(settings) == {
        "LEADFLOW_ENV",
        "LEADFLOW_TIME_SCALE",
        "APOLLO_BASE_URL",
        "APOLLO_API_KEY",
        "ZOHO_ACCOUNTS_URL",
        "ZOHO_API_URL",
        "ZOHO_UPLOAD_URL",
        "ZOHO_CLIENT_ID",
        "ZOHO_CLIENT_SECRET",
        "ZOHO_REFRESH_TOKEN",
        "GHL_BASE_URL",
        "GHL_TOKEN",
        "GHL_LOCATION_ID",
    }
    assert set(httpx.get(f"{said['url']}/_sandbox/state").json()["vendors"]) == {"apollo", "zoho", "ghl"}


def test_a_terminated_process_saves_its_state(process: Any):
    child, _, state = process
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=10) == 0
    assert state.exists()


def test_the_process_stops_when_its_input_closes(process: Any):
    child, _, state = process
    child.stdin.close()
    assert child.wait(timeout=10) == 0
    assert state.exists()
