"""docs/analyst.md: every statement on it runs on the published file and gives the columns that are shown."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipeline import catalogue
from resources.publishing import publish
from resources.warehouse import Warehouse
from tests.runs.small_world import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("answers", ROOT / ".ci" / "answers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["answers"] = module
    spec.loader.exec_module(module)
    return module


ANSWERS = loaded()
TEXT = ANSWERS.PAGE.read_text(encoding="utf-8")
QUESTIONS = ANSWERS.questions(TEXT)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("analyst")
    build(folder)
    warehouse = Warehouse(folder / "warehouse.duckdb")
    with warehouse.open() as session:
        yield publish(session, database=folder / "leadflow.duckdb", folder=folder / "published").database
    warehouse.release()


def test_there_are_ten_questions_each_with_an_answer() -> None:
    assert len(QUESTIONS) == 10
    assert all(columns for _, _, columns in QUESTIONS)


@pytest.mark.parametrize(
    ("statement", "columns"), [each[1:] for each in QUESTIONS], ids=[each[0] for each in QUESTIONS]
)
def test_a_statement_runs_and_gives_the_columns_that_are_shown(
    database: Path, statement: str, columns: list[str]
) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        assert ANSWERS.ask(connection, statement)[0] == columns


def test_asking_again_changes_answers_and_nothing_else(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        again = ANSWERS.answered(TEXT, connection)
        assert ANSWERS.answered(again, connection) == again
    without = [ANSWERS.QUESTION.sub(lambda found: found[1], text) for text in (TEXT, again)]
    assert without[0] == without[1]
    assert ANSWERS.questions(again) == QUESTIONS


def test_every_table_and_column_of_the_join_rules_is_there() -> None:
    named = set(re.findall(r"`(reports\.[a-z_]+)`", TEXT))
    assert named
    assert {name for name in named if name.count(".") == 1} <= set(catalogue.tables()) | {"reports"}


def test_a_missing_column_is_told(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "analyst.md"
    page.write_text(TEXT.replace("count(*) AS people, count(zoho_id) AS in_zoho", "count(*) AS persons"))
    monkeypatch.setattr(ANSWERS, "PAGE", page)
    assert ANSWERS.main(["--check", str(database)]) == 1
