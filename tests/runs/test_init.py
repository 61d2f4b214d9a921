"""`leadflow init` and `leadflow auth zoho`: questions, live choices, files; nothing is written to a vendor."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from dotenv import dotenv_values

from assets.__main__ import main
from resources.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.conftest import House

SECRETS = ("ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN", "GHL_TOKEN", "APOLLO_API_KEY")


class Newcomer:
    """Somebody in an empty folder, with the addresses of a sandbox and nothing else set."""

    def __init__(self, house: House, folder: Path, patch: pytest.MonkeyPatch, capture: Any) -> None:
        self.house, self.folder, self._patch, self._capture = house, folder, patch, capture
        self.known = {name: os.environ[name] for name in (*SECRETS, "ZOHO_CLIENT_ID", "GHL_LOCATION_ID")}
        for name in self.known:
            patch.delenv(name)
        patch.delenv("LEADFLOW_DATA_DIR")
        patch.chdir(folder)

    @property
    def accounts(self) -> Any:
        """Zoho's accounts server."""
        return self.house.running.sandbox.vendors["zoho"].accounts  # type: ignore[attr-defined]

    def answers(self, **changed: Any) -> Path:
        """Write a file of good answers, some of them changed."""
        known = self.known
        told = {
            "workspace": "acme",
            "zoho": {
                "client_id": known["ZOHO_CLIENT_ID"],
                "client_secret": known["ZOHO_CLIENT_SECRET"],
                "refresh_token": known["ZOHO_REFRESH_TOKEN"],
            },
            "ghl": {"location_id": known["GHL_LOCATION_ID"], "token": known["GHL_TOKEN"]},
            "apollo": {"api_key": known["APOLLO_API_KEY"]},
            **changed,
        }
        path = self.folder / "answers.yaml"
        path.write_text(yaml.safe_dump(told), encoding="utf-8")
        return path

    def lines(self, **changed: str) -> str:
        """Return what somebody types, with Enter for every default."""
        known = self.known | changed
        zoho = ["", known["ZOHO_CLIENT_ID"], known["ZOHO_CLIENT_SECRET"], "", known["ZOHO_REFRESH_TOKEN"]]
        rest = [known["GHL_LOCATION_ID"], known["GHL_TOKEN"], known["APOLLO_API_KEY"]]
        return "\n".join(
            ["acme", *zoho, *rest, "", "", "", "", "1", "core=1", "", "Germany, Austria", "250", "yes", ""]
        )

    def leadflow(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """Run a command; return exit code, output and error output."""
        self._patch.setattr(sys, "argv", ["leadflow", *words])
        self._patch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capture.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0, printed.out, printed.err)

    def env(self) -> dict[str, str | None]:
        """Return the lines of the `.env` that was written."""
        return dotenv_values(self.folder / ".env")


@pytest.fixture
def newcomer(
    house_of: Callable[..., House],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Newcomer:
    folder = tmp_path / "checkout"
    folder.mkdir()
    return Newcomer(house_of(people=10, samples=False), folder, monkeypatch, capsys)


def test_answers_of_a_file_become_settings_and_rules_that_plan_only(newcomer: Newcomer) -> None:
    code, out, _ = newcomer.leadflow("init", "--answers", str(newcomer.answers(search={"max_people": 50})))

    assert code == 0
    told = newcomer.env()
    assert told["LEADFLOW_ENV"] == "live"
    assert told["LEADFLOW_APPLY"] == "review"
    assert told["LEADFLOW_WORKSPACE"] == "acme"
    assert told["LEADFLOW_EXTERNAL_KEY"] == "Leadflow_ID"
    assert {name: told[name] for name in newcomer.known} == newcomer.known
    folder = newcomer.folder / "rules" / "acme"
    assert told["LEADFLOW_RULES"] == str(folder)
    assert yaml.safe_load((folder / "searches.yaml").read_text())["searches"][0]["max_people"] == 50
    assert load_settings(env_file=newcomer.folder / ".env").apply == "review"
    assert not any(newcomer.known[name] in out for name in SECRETS)


def test_nothing_is_written_to_a_vendor_or_spent(newcomer: Newcomer) -> None:
    newcomer.leadflow("init", "--answers", str(newcomer.answers()))
    asked = newcomer.house.requests()
    assert {line["vendor"] for line in asked} == {"zoho", "ghl", "apollo"}
    assert newcomer.house.requests("write", "spend") == []


def test_secrets_are_readable_by_their_owner_alone(newcomer: Newcomer) -> None:
    newcomer.leadflow("init", "--answers", str(newcomer.answers()))
    assert (newcomer.folder / ".env").stat().st_mode & 0o777 == 0o600


def test_typed_answers_choose_from_live_lists(newcomer: Newcomer) -> None:
    code, out, _ = newcomer.leadflow("init", typed=newcomer.lines())

    assert code == 0
    rules = newcomer.folder / "rules" / "acme"
    owner = yaml.safe_load((rules / "owners.yaml").read_text())["otherwise"]
    assert len(owner) == 1
    assert f"  1  {owner[0]}" in out
    search = yaml.safe_load((rules / "searches.yaml").read_text())["searches"][0]
    assert search["filters"]["person_locations"] == ["Germany", "Austria"]
    assert search["max_people"] == 250
    assert "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL" in out
    assert "contacts.readonly contacts.write" in out


def test_typed_answers_choose_which_segment_starts_which_live_workflow(newcomer: Newcomer) -> None:
    code, out, _ = newcomer.leadflow("init", typed=newcomer.lines())

    assert code == 0
    written = (newcomer.folder / "rules" / "acme" / "enrolments.yaml").read_text()
    assert yaml.safe_load(written) == {"starts": [{"segment": "core", "workflow": "Outbound sequence"}]}
    assert "    1  Outbound sequence\n    2  Reply follow-up\n" in out
    assert "Old welcome" not in out


def test_a_file_may_say_which_segment_starts_which_workflow_and_otherwise_none_does(newcomer: Newcomer) -> None:
    newcomer.leadflow("init", "--answers", str(newcomer.answers()))
    path = newcomer.folder / "rules" / "acme" / "enrolments.yaml"
    assert not path.exists()
    newcomer.leadflow("init", "--answers", str(newcomer.answers(workflows={"nurture": "reply follow-up"})))
    assert yaml.safe_load(path.read_text())["starts"] == [{"segment": "nurture", "workflow": "Reply follow-up"}]
    newcomer.leadflow("init", "--answers", str(newcomer.answers()))
    assert yaml.safe_load(path.read_text())["starts"] == [{"segment": "nurture", "workflow": "Reply follow-up"}]
    newcomer.leadflow("init", "--answers", str(newcomer.answers(workflows="none")))
    assert yaml.safe_load(path.read_text())["starts"] == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("vip=1", "there is no segment 'vip'; allowed: in-dialogue, priority, core, nurture"),
        ("core=Old welcome", "'Old welcome' is none of the workflows: Outbound sequence, Reply follow-up"),
        ("core", "'core' is no pair, such as in-dialogue=1"),
        ("core=1, core=2", "segment 'core' is named twice"),
    ],
)
def test_a_wrong_pair_names_what_is_allowed_and_nothing_is_written(newcomer: Newcomer, answer: str, told: str) -> None:
    code, _, err = newcomer.leadflow("init", "--answers", str(newcomer.answers(workflows=answer)))
    assert code == 2
    assert f"workflows: {told}" in " ".join(err.split())
    assert not (newcomer.folder / ".env").exists()


@pytest.mark.parametrize(
    ("vendor", "name", "told"),
    [
        ("zoho", "client_secret", "ZOHO_CLIENT_SECRET is wrong"),
        ("zoho", "refresh_token", "ZOHO_REFRESH_TOKEN was revoked, or belongs to another data centre"),
        ("ghl", "token", "check GHL_TOKEN"),
        ("apollo", "api_key", "Check APOLLO_API_KEY"),
    ],
)
def test_a_wrong_credential_is_one_sentence_and_nothing_is_written(
    newcomer: Newcomer, vendor: str, name: str, told: str
) -> None:
    good = yaml.safe_load(newcomer.answers().read_text())
    good[vendor][name] = "wrong-secret-value"

    code, out, error = newcomer.leadflow("init", "--answers", str(newcomer.answers(**good)))

    assert code == 2
    assert told in error
    assert len(error.splitlines()) == 1
    assert "wrong-secret-value" not in out + error
    assert not (newcomer.folder / ".env").exists()


def test_a_wrong_credential_is_asked_for_again(newcomer: Newcomer) -> None:
    lines = newcomer.lines().splitlines()
    wrong = [*lines[:6], lines[6], "pit-wrong", *lines[6:], ""]

    code, out, _ = newcomer.leadflow("init", typed="\n".join(wrong))

    assert code == 0
    assert "check GHL_TOKEN" in out
    assert newcomer.env()["GHL_TOKEN"] == newcomer.known["GHL_TOKEN"]


def test_a_grant_code_becomes_a_refresh_token(newcomer: Newcomer) -> None:
    accounts = newcomer.accounts
    code = accounts.issue_code()
    zoho = yaml.safe_load(newcomer.answers().read_text())["zoho"]
    del zoho["refresh_token"]

    ended, _, _ = newcomer.leadflow("init", "--answers", str(newcomer.answers(zoho={**zoho, "code": code})))

    assert ended == 0
    granted = newcomer.env()["ZOHO_REFRESH_TOKEN"]
    assert granted in accounts.refresh_tokens
    assert granted != newcomer.known["ZOHO_REFRESH_TOKEN"]


def test_a_grant_code_that_was_used_is_told_in_a_sentence(newcomer: Newcomer) -> None:
    zoho = {**yaml.safe_load(newcomer.answers().read_text())["zoho"], "code": "1000.used.before"}
    code, _, error = newcomer.leadflow("init", "--answers", str(newcomer.answers(zoho=zoho)))
    assert code == 2
    assert "it was used before, is older than its minutes, or belongs to another data centre" in error


def test_input_that_ends_writes_nothing(newcomer: Newcomer) -> None:
    code, _, error = newcomer.leadflow("init", typed="acme\n")
    assert code == 2
    assert "the input ended" in error
    assert list(newcomer.folder.iterdir()) == []


def test_a_no_at_the_end_writes_nothing(newcomer: Newcomer) -> None:
    code, _, error = newcomer.leadflow("init", typed=newcomer.lines().replace("\nyes\n", "\nno\n"))
    assert code == 2
    assert "nothing was written" in error
    assert list(newcomer.folder.iterdir()) == []


def test_a_question_that_does_not_exist_is_named_with_those_that_do(newcomer: Newcomer) -> None:
    code, _, error = newcomer.leadflow("init", "--answers", str(newcomer.answers(zohoo={"client": "x"})))
    assert code == 2
    assert "no question is called zohoo.client; allowed: workspace, zoho.data_center" in error


def test_an_owner_who_is_no_user_is_named_with_the_users(newcomer: Newcomer) -> None:
    code, _, error = newcomer.leadflow("init", "--answers", str(newcomer.answers(owners=["nobody@nowhere.example"])))
    assert code == 2
    assert "owners: 'nobody@nowhere.example' is none of the choices: " in error


def test_a_score_without_a_field_is_not_sent(newcomer: Newcomer) -> None:
    newcomer.leadflow("init", "--answers", str(newcomer.answers(fields={"engagement": "none"})))
    mapping = yaml.safe_load((newcomer.folder / "rules" / "acme" / "mappings" / "zoho.yaml").read_text())
    assert "Engagement" not in mapping["objects"]["Leads"]["fields"]
    assert "Account_Fit" in mapping["objects"]["Leads"]["fields"]


def test_what_was_there_stays_beside(newcomer: Newcomer) -> None:
    (newcomer.folder / ".env").write_text("# mine\nOTHER='a b'\nGHL_TOKEN=old\n", encoding="utf-8")
    newcomer.leadflow("init", "--answers", str(newcomer.answers()))
    assert newcomer.env()["OTHER"] == "a b"
    assert newcomer.env()["GHL_TOKEN"] == newcomer.known["GHL_TOKEN"]
    assert "GHL_TOKEN=old" in (newcomer.folder / ".env.before").read_text(encoding="utf-8")


def test_auth_zoho_writes_the_lines_of_zoho_alone(newcomer: Newcomer) -> None:
    code = newcomer.accounts.issue_code()
    typed = ["", newcomer.known["ZOHO_CLIENT_ID"], newcomer.known["ZOHO_CLIENT_SECRET"], code, ""]
    ended, _, _ = newcomer.leadflow("auth", "zoho", typed="\n".join(typed))
    assert ended == 0
    told = newcomer.env()
    assert told["ZOHO_REFRESH_TOKEN"]
    assert told["LEADFLOW_ENV"] == "sandbox"
    assert "GHL_TOKEN" not in told
