"""Every check of the Definitions can fail: each has a case of rows that offend it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.definitions import defs
from assets.suites import SUITES
from pipeline import quality, rules
from resources.warehouse import Warehouse

CASES = Path(__file__).parent / "check_cases"
CHECKS = {check.name: check for check in quality.checks()}


def found(check: quality.Check, warehouse: Warehouse, *, case: str | None) -> int:
    with warehouse.open() as session:
        if case:
            session.execute(case)
        return len(session.rows(check.select, quality.values(check, as_of=date(2026, 1, 1), texts=rules.packaged())))


def test_all_checks_of_the_definitions_come_from_check_files_and_all_files_are_wired() -> None:
    keys = {f"{'.'.join(key.asset_key.path)}__{key.name}" for key in defs.resolve_asset_graph().asset_check_keys}
    suites = {f"{'.'.join(key.asset_key.path)}__{key.name}" for suite in SUITES for key in suite.check_keys}
    assert keys - suites == set(CHECKS)


def test_every_check_has_a_case_in_which_it_fails() -> None:
    assert {path.stem for path in CASES.glob("*.sql")} == set(CHECKS)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_the_check_finds_the_rows_of_its_case_and_nothing_in_empty_tables(name: str, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    case = (CASES / f"{name}.sql").read_text(encoding="utf-8")
    assert found(CHECKS[name], warehouse, case=None) == 0
    assert found(CHECKS[name], warehouse, case=case) >= 1
