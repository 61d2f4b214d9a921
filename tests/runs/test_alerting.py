"""Alerts at the end of runs: of the command line, of the Dagster UI, and of runs that could not begin."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from assets import alerting, commands, endings
from assets.__main__ import main
from assets.processes import MARK
from assets.runs import RunReport
from pipeline.errors import CredentialsRejected
from pipeline.models import PlanRow
from resources.alerting.outbox import Outbox
from resources.settings import load_settings
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.runs.conftest import House

DAY = date(2026, 11, 24)


@contextmanager
def hook() -> Iterator[tuple[str, list[str]]]:
    """Serve a webhook that takes everything; yield its address and the texts it took."""
    taken: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("LEADFLOW_", "APOLLO_", "ZOHO_", "GHL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LEADFLOW_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    with hook() as (url, taken):
        monkeypatch.setenv("LEADFLOW_ALERT_WEBHOOK_URL", url)
        yield taken


@contextmanager
def workspace(now: Callable[[], datetime] | None = None) -> Iterator[Workspace]:
    settings = load_settings()
    with closing(Workspace(settings, now=now) if now else Workspace(settings)) as opened:
        yield opened


def report(run_id: str = "run1", **facts: Any) -> RunReport:
    made = RunReport(run_id=run_id, as_of=DAY, **facts)
    made.assets["staging/leads"] = {"rows": 100, "seconds": 0.1}
    return made


def test_without_a_channel_nothing_is_done_and_no_file_is_made(folder: Path) -> None:
    with workspace() as opened:
        assert alerting.tell(opened, report(exit_code=1), job="daily") == {}
    assert not (folder / "state" / "alerts.json").exists()


def test_a_failed_run_is_told_at_once_and_in_its_digest_and_the_alert_once_a_day(told: list[str]) -> None:
    with workspace() as opened:
        first = alerting.tell(opened, report(exit_code=1, messages=["it broke"]), job="daily")
        second = alerting.tell(opened, report("run2", exit_code=1, messages=["it broke again"]), job="daily")
        again = alerting.tell(opened, report("run2", exit_code=1, messages=["it broke again"]), job="daily")
    assert [each["delivered"] for each in (first, second, again)] == [2, 1, 0]
    assert sum("the run `daily` failed" in text.splitlines()[0] for text in told) == 1
    assert sum("run failed, Tue 24 Nov" in text.splitlines()[0] for text in told) == 2


def test_a_watch_run_that_went_well_tells_nothing(told: list[str]) -> None:
    with workspace() as opened:
        assert alerting.tell(opened, report(), job="watch") == {"delivered": 0, "waiting": 0, "problems": []}
    assert told == []


def optout(vendor: str = "zoho") -> PlanRow:
    return PlanRow(
        vendor=vendor,
        object="Leads",
        record_id="501",
        person_key="lf_1",
        action="set_optout",
        field="Email_Opt_Out",
        old_value=False,
        new_value=True,
        reason="opted out of email",
        lane="optout",
    )


def test_an_opt_out_counts_from_the_first_plan_that_asked_for_it(told: list[str]) -> None:
    moment = [datetime(2026, 11, 24, 7, tzinfo=UTC)]
    with workspace(lambda: moment[0]) as opened:
        opened.ledger.save_plan("zoho", [optout()], as_of=DAY, rules_version="r")
        moment[0] += timedelta(minutes=29)
        alerting.tell(opened, report(), job="watch")
        assert told == []
        opened.ledger.save_plan("zoho", [optout()], as_of=DAY, rules_version="r2")
        moment[0] += timedelta(minutes=2)
        alerting.tell(opened, report("run2"), job="watch")
    (text,) = told
    assert "opt-out of 1 person not delivered to Zoho within 30 minutes" in text
    assert "lf_1: since 31 min" in text


def test_an_opt_out_that_was_delivered_gives_rise_to_nothing(told: list[str]) -> None:
    from pipeline.models import Outcome

    moment = [datetime(2026, 11, 24, 7, tzinfo=UTC)]
    with workspace(lambda: moment[0]) as opened:
        plan = opened.ledger.save_plan("zoho", [optout()], as_of=DAY, rules_version="r")
        sent = opened.ledger.mark_sent(opened.ledger.claim(opened.ledger.plan_intents(plan), owner="t").intents)
        opened.ledger.settle([(intent, Outcome(status="confirmed", record_id="501")) for intent in sent])
        moment[0] += timedelta(hours=5)
        alerting.tell(opened, report(), job="watch")
    assert told == []


def test_a_plan_that_waits_is_told_with_the_words_that_release_it(told: list[str]) -> None:
    row = PlanRow(
        vendor="zoho",
        object="Leads",
        record_id="1",
        person_key="lf_1",
        action="update",
        field="City",
        new_value="x",
        reason="newer",
    )
    with workspace() as opened:
        plan = opened.ledger.save_plan("zoho", [row], as_of=DAY, rules_version="r", summary={"records": {"update": 1}})
        alerting.tell(opened, report(exit_code=4), job="daily")
    assert any(f"leadflow apply {plan[:12]}" in text for text in told)


def test_a_month_s_budget_counts_what_the_ledger_booked(
    told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "alerts.yaml").write_text(
        "immediate: [budget_low]\nbudgets: [{unit: apollo_credit, units: 100}]\ndigest_after: []\n"
    )
    monkeypatch.setenv("LEADFLOW_RULES", str(rules))
    with workspace() as opened:
        opened.ledger.record_spend("run0", "apollo", "apollo_credit", 95, purpose="enrich")
        alerting.tell(opened, report(), job="daily")
    (text,) = told
    assert "5 % left of this month's apollo credits" in text


def test_volumes_are_compared_with_those_of_earlier_runs(told: list[str]) -> None:
    with workspace() as opened:
        for number in range(6):
            opened.ledger.begin_run(f"old{number}", as_of=DAY, kind="run")
            assets = {"staging/leads": {"rows": 1000 + number, "seconds": 1.0}}
            opened.ledger.end_run(f"old{number}", "done", {"assets": assets})
        alerting.tell(opened, report(), job="watch")
    (text,) = told
    assert "100 rows in staging.leads, usually 1,002" in text


def test_what_could_not_be_told_fails_nothing_is_in_the_status_and_is_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with hook() as (url, _):
        pass
    monkeypatch.setenv("LEADFLOW_ALERT_WEBHOOK_URL", url)
    code = commands.conclude(load_settings(), report(), as_json=True, job="daily")
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert code == 0
    assert printed["alerts"]["waiting"] == 1
    assert "got no answer" in printed["alerts"]["problems"][0]
    with workspace() as opened:
        assert opened.ledger.runs(1)[0]["summary"]["alerts"]["waiting"] == 1
    commands.status(as_json=False)
    assert "alert not delivered by webhook, tried again after the next run" in capsys.readouterr().out
    with hook() as (fresh, taken):
        monkeypatch.setenv("LEADFLOW_ALERT_WEBHOOK_URL", fresh)
        with workspace() as opened:
            assert alerting.tell(opened, report("run2"), job="watch")["waiting"] == 0
    assert len(taken) == 1


def test_a_mistake_in_the_channels_is_a_problem_of_the_run_and_no_failure(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEADFLOW_ALERT_WEBHOOK_URL", "http://hooks.example/secretpart")
    assert commands.conclude(load_settings(), report(), as_json=False, job="daily") == 0
    out = capsys.readouterr().out
    assert "LEADFLOW_ALERT_WEBHOOK_URL: expected https://" in out
    assert "secretpart" not in out


def test_a_refused_token_is_told_even_when_the_run_could_not_begin(told: list[str]) -> None:
    error = CredentialsRejected("zoho answered: invalid_code", vendor="zoho")
    alerting.tell_refusal(load_settings(), error, job="daily")
    (text,) = told
    assert "Zoho refuses our credentials" in text


def test_a_run_of_the_ui_is_told_when_its_sensor_concludes_it(told: list[str]) -> None:
    @dg.op
    def breaks() -> None:
        raise dg.Failure(description="zoho said no", metadata={"exit_code": 2, "refused_by": "zoho"})

    @dg.job
    def daily() -> None:
        breaks()

    with dg.instance_for_test() as instance:
        result = daily.execute_in_process(instance=instance, raise_on_error=False)
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        with workspace() as opened:
            opened.ledger.begin_run(run.run_id, as_of=DAY, kind="run")
        endings.conclude(instance, run)
        endings.conclude(instance, run)
    assert sum("Zoho refuses our credentials" in text.splitlines()[0] for text in told) == 1
    assert sum("run failed, Tue 24 Nov" in text.splitlines()[0] for text in told) == 1


def test_a_run_that_was_killed_is_told_by_the_next_one(told: list[str]) -> None:
    @dg.op
    def nothing() -> None:
        pass

    @dg.job
    def daily() -> None:
        nothing()

    gone = {MARK: f"{socket.gethostname()}:99999999/0"}
    with dg.instance_for_test() as instance:
        run = instance.create_run_for_job(daily, status=dg.DagsterRunStatus.STARTED, tags=gone)
        with workspace() as opened:
            opened.ledger.begin_run(run.run_id, as_of=DAY, kind="run")
        assert endings.conclude_dead(instance) == 1
        assert endings.conclude_dead(instance) == 0
        with workspace() as opened:
            assert opened.ledger.runs(1)[0]["status"] == "failed"
    assert sum("the run `daily` failed" in text.splitlines()[0] for text in told) == 1


def leadflow(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["leadflow", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_trial_message_goes_out_as_often_as_it_is_asked_for(
    told: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [leadflow(monkeypatch, "alerts", "test") for _ in range(2)] == [0, 0]
    assert len(told) == 2
    assert "a trial message" in told[0]
    assert "1 message sent" in capsys.readouterr().out


def test_a_trial_without_a_channel_says_what_to_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leadflow(monkeypatch, "alerts", "test") == 2
    assert "set LEADFLOW_ALERT_WEBHOOK_URL, or smtp.host" in capsys.readouterr().err
    assert leadflow(monkeypatch, "alerts", "status") == 0
    assert "alerts are off" in capsys.readouterr().out
    assert leadflow(monkeypatch, "alerts", "shout") == 2
    assert "allowed: test, status" in capsys.readouterr().err


def test_a_doubtful_alert_is_told_in_the_next_digest_once(told: list[str], folder: Path) -> None:
    (folder / "state").mkdir(parents=True)
    entry = {"key": "failed:daily", "day": "2026-11-23", "title": "it failed", "lines": [], "kind": "failed"}
    entry |= {"channel": "webhook", "state": "sending", "at": "", "tries": 1, "problem": ""}
    (folder / "state" / "alerts.json").write_text(json.dumps({"told": {"failed:daily webhook": entry}}))
    with workspace() as opened:
        alerting.tell(opened, report(), job="daily")
        alerting.tell(opened, report("run2"), job="daily")
    assert ["may not have arrived: it failed" in text for text in told] == [True, False]
    assert Outbox(folder / "state" / "alerts.json").doubts() == []


def test_the_command_line_tells_of_a_refused_token_before_it_fails(
    house_of: Callable[..., House], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house_of(people=10, samples=False)
    monkeypatch.setenv("GHL_TOKEN", "pit-wrong-token-0123456789")
    with hook() as (url, taken):
        monkeypatch.setenv("LEADFLOW_ALERT_WEBHOOK_URL", url)
        assert leadflow(monkeypatch, "run") == 2
        assert leadflow(monkeypatch, "run") == 2
    (text,) = taken
    assert "GoHighLevel refuses our credentials" in text
    assert "pit-wrong-token" not in text + capsys.readouterr().err
