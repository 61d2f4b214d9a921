"""A mistake in a rule file is told before the first call: by commands, by jobs and by apply alike."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from assets.__main__ import main
from pipeline.rules import packaged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.runs.conftest import House


@pytest.fixture
def overrides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "rules"
    (folder / "mappings").mkdir(parents=True)
    monkeypatch.setenv("LEADFLOW_RULES", str(folder))
    return folder


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    """Run a command in this process; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["leadflow", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_a_run_with_a_mistake_in_any_rule_file_asks_no_vendor_anything(
    house: House, overrides: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in packaged().items():
        wrong = overrides / f"{name}.yaml"
        wrong.write_text(f"{text}\nnobody_knows_me: 1\n", encoding="utf-8")
        for words in (("run",), ("plan", "zoho"), ("apply", "0" * 12)):
            assert called(monkeypatch, *words) == 2, (name, words)
            assert f"rules/{name}.yaml: nobody_knows_me = 1" in capsys.readouterr().err
        wrong.unlink()
    assert house.requests() == []


@pytest.mark.parametrize("job", [None, "raw", "watch", "identity", "apply_zoho"])
def test_a_job_with_a_mistake_in_a_rule_file_ends_at_its_first_steps(
    house: House, overrides: Path, job: str | None
) -> None:
    (overrides / "survivorship.yaml").write_text("tiers: [[salesnaf]]\n", encoding="utf-8")
    report = house.run(select=job)
    assert (report.exit_code, len(report.messages)) == (2, 1)
    assert "rules/survivorship.yaml: tiers.0.0 = 'salesnaf'" in report.messages[0]
    assert report.assets == {}
    assert house.requests() == []
