"""The command line: exit codes, one sentence per mistake, and one JSON object on the last line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from assets.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.conftest import House

Answer = tuple[int, str, str]


@pytest.fixture
def leadflow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run a command in this process; give its exit code, output and error output."""

    def call(*words: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["leadflow", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        printed = capsys.readouterr()
        return (code if isinstance(code, int) else 0, printed.out, printed.err)

    return call


@pytest.fixture
def live(house_of: Callable[..., House]) -> House:
    return house_of(people=10, samples=False, LEADFLOW_ENV="live")


def test_help_names_every_command(leadflow: Callable[..., Answer]) -> None:
    code, out, _ = leadflow("--help")
    assert code == 0
    for name in ("run", "plan", "apply", "status", "pause", "resume", "doctor", "publish", "sandbox", "play"):
        assert f"  {name} " in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "--as-of", "yesterday"), "--as-of is 'yesterday'"),
        (("run", "--select", "everything"), "--select is 'everything'"),
        (("plan", "salesforce"), "vendor is 'salesforce'; allowed: zoho, ghl"),
        (("apply", "0123456789abcdef"), "no plan has the hash '0123456789abcdef'"),
        (("apply", "%%%%"), "no plan has the hash"),
        (("pause", "apollo", "--reason", "x"), "scope is 'apollo'"),
        (("resume", "apollo"), "scope is 'apollo'"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    live: House, leadflow: Callable[..., Answer], words: tuple[str, ...], told: str
) -> None:
    code, _, error = leadflow(*words)

    assert code == 2
    assert error.startswith("leadflow: ")
    assert told in error
    assert len(error.splitlines()) == 1
    assert live.requests("write", "spend") == []


def test_a_missing_setting_is_told_before_any_call(
    live: House, leadflow: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GHL_TOKEN")

    code, _, error = leadflow("run")

    assert code == 2
    assert error.startswith("leadflow: GHL_TOKEN is not set")
    assert live.requests() == []


@pytest.mark.parametrize("name", ["ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN", "GHL_TOKEN"])
def test_a_wrong_credential_is_told_by_name_and_never_shown(
    live: House, leadflow: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "wrong-secret-value")

    code, out, error = leadflow("run")

    assert code == 2
    assert name in error
    assert "wrong-secret-value" not in out + error
    assert live.requests("write", "spend") == []


def test_a_vendor_that_is_down_is_named(
    live: House, leadflow: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOHO_API_URL", "http://127.0.0.1:1")

    code, _, error = leadflow("run")

    assert code == 1
    assert "zoho" in error
    assert "Traceback" not in error
    assert live.requests("write", "spend") == []


def test_pausing_is_shown_by_status_until_resumed(live: House, leadflow: Callable[..., Answer]) -> None:
    assert live
    assert leadflow("pause", "zoho", "--reason", "quarter end")[0] == 0
    paused = json.loads(leadflow("status", "--json")[1].splitlines()[-1])
    assert "quarter end" in paused["vendors"]["zoho"]["paused"]
    assert paused["vendors"]["ghl"]["paused"] is None

    assert leadflow("pause", "zoho")[0] == 0, "who is in a hurry need not say why"
    hurried = json.loads(leadflow("status", "--json")[1].splitlines()[-1])
    assert "no reason given" in hurried["vendors"]["zoho"]["paused"]

    assert leadflow("resume", "zoho")[0] == 0
    resumed = json.loads(leadflow("status", "--json")[1].splitlines()[-1])
    assert resumed["vendors"]["zoho"]["paused"] is None


def test_the_doctor_finds_the_setting_that_is_wrong(
    live: House, leadflow: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live
    assert leadflow("doctor")[0] == 0

    monkeypatch.setenv("LEADFLOW_EXTERNAL_KEY", "Our_Key")
    code, out, _ = leadflow("doctor")

    assert code == 2
    assert "Our_Key" in out


@pytest.mark.parametrize("vendor", ["zoho", "ghl"])
def test_the_doctor_finds_a_vendor_of_a_known_folder_that_does_not_answer(
    live: House, leadflow: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, vendor: str
) -> None:
    assert live
    assert leadflow("doctor")[0] == 0, "from here on the folder belongs to somebody: a run would go on for opt-outs"

    monkeypatch.setenv({"zoho": "ZOHO_API_URL", "ghl": "GHL_BASE_URL"}[vendor], "http://127.0.0.1:1")
    code, out, _ = leadflow("doctor")

    assert code == 2
    assert [line for line in out.splitlines() if line.startswith("vendors") and vendor in line]


def test_a_live_run_waits_and_its_last_line_is_one_object(live: House, leadflow: Callable[..., Answer]) -> None:
    code, out, _ = leadflow("run", "--json")

    told = json.loads(out.splitlines()[-1])
    assert code == 4
    assert told["status"] == "waiting"
    assert set(told) >= {"status", "run_id", "as_of", "assets", "checks", "writes", "spend", "plans"}
    assert set(told["assets"]["crm/zoho__plan"]) == {"rows", "seconds"}
    assert set(told["writes"]["zoho"]) == {"planned", "confirmed", "rejected", "in_doubt"}
    assert told["checks"]["failed"] == []
    shown = leadflow("plan", "zoho", "--json")
    assert json.loads(shown[1].splitlines()[-1])["plan"] == told["plans"]["zoho"]
    assert leadflow("plan", "zoho")[0] == 0
    assert live.requests("write") == []


def test_dropped_files_are_imported_also_while_no_vendor_can_be_reached(
    live: House, leadflow: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ZOHO_REFRESH_TOKEN", "GHL_TOKEN", "APOLLO_API_KEY"):
        monkeypatch.delenv(name)
    code, out, _ = leadflow("run", "--select", "files", "--json")
    assert (code, json.loads(out.splitlines()[-1])["status"]) == (0, "done")
    assert live.requests() == []
