"""Who may import whom, what things are called, and that SQL reads only what its asset declares."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions

import assets
import pipeline
import resources
from assets.definitions import defs
from pipeline import catalogue, quality, sql

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {
    "pipeline": {"pipeline"},
    "resources": {"pipeline", "resources"},
    "assets": {"pipeline", "resources", "assets"},
}
OURS = set(ALLOWED)
IMPURE = {
    "httpx",
    "requests",
    "socket",
    "urllib.request",
    "duckdb",
    "sqlalchemy",
    "dagster",
    "time",
    "random",
    "os",
    "subprocess",
}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", sorted(OURS))
def test_packages_import_only_along_the_arrows(package: str) -> None:
    for path in modules(package):
        for name in imported(path):
            top = name.split(".")[0]
            assert top not in OURS or top in ALLOWED[package], f"{path.relative_to(ROOT)} imports {name}"


def test_pipeline_imports_nothing_that_talks() -> None:
    for path in modules("pipeline"):
        wrong = {name for name in imported(path) if name in IMPURE or name.split(".")[0] in IMPURE}
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def test_pipeline_never_reads_the_clock_or_the_environment() -> None:
    forbidden = re.compile(r"\b(datetime\.now|date\.today|utcnow|os\.environ|getenv|uuid4)\b")
    for path in modules("pipeline"):
        found = forbidden.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{path.relative_to(ROOT)} uses {found.group() if found else ''}"


def test_only_the_door_knows_httpx_and_tenacity() -> None:
    for package in OURS:
        for path in modules(package):
            users = {name.split(".")[0] for name in imported(path)} & {"httpx", "tenacity"}
            assert not users or path == ROOT / "resources" / "http.py", f"{path.relative_to(ROOT)} imports {users}"


def test_the_simulators_share_no_code_with_the_clients() -> None:
    for path in modules("resources/sandbox"):
        shared = {n for n in imported(path) if n.split(".")[0] in OURS and not n.startswith("resources.sandbox")}
        assert not shared, f"{path.relative_to(ROOT)} imports {sorted(shared)}"
    for package in OURS:
        for path in modules(package):
            if "sandbox" not in path.parts:
                wrong = {name for name in imported(path) if name.startswith("resources.sandbox")}
                assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


@pytest.mark.parametrize("module", [assets, pipeline, resources], ids=lambda module: module.__name__)
def test_packages_come_from_this_checkout(module: object) -> None:
    assert Path(str(module.__file__)).resolve().is_relative_to(ROOT)  # type: ignore[attr-defined]


def test_no_module_has_a_name_that_says_nothing() -> None:
    silent = {"utils", "util", "helpers", "helper", "misc", "common", "base", "manager"}
    assert not [path for package in OURS for path in modules(package) if path.stem in silent]


def test_every_table_and_column_follows_the_naming_contract() -> None:
    for name, table in catalogue.tables().items():
        assert re.fullmatch(
            r"(raw|staging|identity|qualify|crm|outreach|reports)\.[a-z]+(_[a-z]+)*(__[a-z]+(_[a-z]+)*)?",
            name,
        )
        assert table.row, f"{name} says what one row is"
        for column in table.columns:
            assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", column.name), f"{name}.{column.name}"
            if column.type == "TIMESTAMPTZ":
                assert column.name.endswith("_at") or column.name in {
                    "valid_from",
                    "valid_to",
                    "since",
                    "until",
                }, f"{name}.{column.name}"
            if column.type == "BOOLEAN":
                assert column.name.startswith(("is_", "has_", "was_")), f"{name}.{column.name}"


def test_every_asset_has_the_name_of_its_table_and_layer() -> None:
    for key in defs.resolve_asset_graph().get_all_asset_keys():
        layer, table = key.path
        assert f"{layer}.{table}" in catalogue.tables()
        assert defs.resolve_asset_graph().get(key).group_name == layer


def statements() -> list[str]:
    return [f"{layer}/{name}" for layer in catalogue.LAYERS for name in sql.names(layer)]


@pytest.mark.parametrize("name", statements())
def test_a_statement_is_one_select_that_says_what_a_row_is(name: str) -> None:
    text = sql.statement(name)
    assert text.startswith("-- One row per "), name
    assert len(sqlglot.parse(text, dialect="duckdb")) == 1


def tables_read(text: str) -> set[str]:
    found = set()
    for parsed in sqlglot.parse(text, dialect="duckdb"):
        assert parsed is not None
        for table in parsed.find_all(expressions.Table):
            if table.db:
                found.add(f"{table.db}.{table.name}")
    return found


BESIDES = {
    # Read by short queries of their own: metadata, merged keys, whom people took apart; and the statement on accounts.
    "crm.zoho__plan": {
        *("crm.zoho__duplicates", "raw.zoho__metadata", "raw.zoho__deals"),
        *("staging.crm_companies", "staging.engagements"),
        *("identity.redirects", "identity.decisions"),
    },
    "staging.rejects": {"staging.engagements"},  # its check compares them
    "outreach.ghl__plan": {"raw.ghl__metadata", "identity.redirects", "identity.decisions"},
    "identity.provenance": {"identity.decisions"},
    "reports.redirects": {"identity.people"},  # its check looks at both
    "identity.match_rates": {"identity.members"},  # measured while records are given to people
    "identity.redirects": {"identity.members"},  # the ledger's keys, after they were given out
    "reports.changes": {  # the ledger's plans and intents, after they were sent and read back
        f"{layer}__{what}" for layer in ("crm.zoho", "outreach.ghl") for what in ("plan", "writes", "readback")
    },
    "reports.spend": {  # the ledger's charges, and the zone of the workspace
        *("raw.apollo__people", "raw.ghl__metadata", "crm.zoho__writes", "outreach.ghl__writes")
    },
    **{name: {"raw.ghl__metadata"} for name in ("reports.touches", "reports.funnel_daily", "reports.quality")},
}


def test_declared_dependencies_are_the_tables_that_are_read() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        name = ".".join(key.path)
        layer, table = key.path
        if table not in sql.names(layer) or name == "reports.publication":  # publishes all of them
            continue
        declared = {".".join(parent.path) for parent in graph.get(key).parent_keys}
        read = tables_read(sql.statement(f"{layer}/{table}")) - {name}
        assert declared - BESIDES.get(name, set()) == read - BESIDES.get(name, set()), name
        assert BESIDES.get(name, set()) <= declared, name


def test_checks_read_tables_of_the_catalogue() -> None:
    for check in quality.checks():
        assert check.table in catalogue.tables(), check.name
        assert check.meaning.startswith("Fails when "), check.name
        assert tables_read(check.select) <= set(catalogue.tables()), check.name


def test_importing_the_definitions_imports_neither_great_expectations_nor_pandas_nor_the_sandbox() -> None:
    program = (
        "import sys, assets.definitions;"
        "heavy = ('great_expectations', 'pandas', 'resources.sandbox', 'httpx', 'duckdb');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
