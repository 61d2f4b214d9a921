"""Publishing at a size: the first time, unchanged, and a day on which one in a hundred changed; one JSON line.

A small world is run once and its published tables are multiplied to `--people N` (default 100,000), with keys and
values of their own: the pipeline itself is not run at that size. `peak_mb` is that of this process, in which tables
are multiplied, too; the sandbox and the run of the small world are not part of it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.play import SAMPLES, ask, beside
from pipeline import catalogue
from pipeline.dictionary import published_tables
from resources.publishing import publish
from resources.session import quoted
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from resources.session import Session

WORLD = 1000
KEYS = ("_key", "_id", "hash")
ALONE = {
    *("reports.publication", "reports.dictionary", "reports.funnel_daily", "reports.campaigns", "reports.costs"),
    *("reports.quality", "identity.match_rates", "identity.accuracy"),
}
"""Tables that do not grow with the people."""
SHARED = {"plan_hash", "run_id"}
FEW = 200
CHANGED = {
    "reports.people": "full_name",
    "identity.people": "full_name",
    "identity.features": "name_norm",
    "identity.provenance": "value",
}
GROWN = {
    "crm.zoho__writes": "intent_id",
    "crm.zoho__readback": "intent_id",
    "outreach.ghl__writes": "intent_id",
    "outreach.ghl__readback": "intent_id",
    "reports.changes": "person_key",
}
"""Table → column by whose hash one row in a hundred is chosen."""


def small_world(folder: Path) -> Path:
    """Run a small world once; return its warehouse."""
    os.environ["LEADFLOW_DATA_DIR"] = str(folder / "data")
    os.environ["DAGSTER_HOME"] = str(folder / "dagster")
    (folder / "dagster").mkdir()
    inbox = folder / "data" / "inbox"
    inbox.mkdir(parents=True)
    for sample in SAMPLES.glob("*.csv"):
        shutil.copy(sample, inbox)
    with beside(people=WORLD, seed=7) as environment:
        day = ask(f"{environment['LEADFLOW_SANDBOX_URL']}/_sandbox/clock")["now"][:10]
        command = [sys.executable, "-m", "assets", "run", "--as-of", day, "--json"]
        subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
    return next((folder / "data").rglob("warehouse.duckdb"))


def multiply(session: Session, copies: int) -> None:
    """Fill the published tables from those of the attached warehouse `small`, as often as told."""
    for name in published_tables():
        times = 1 if name in ALONE else copies
        columns = ", ".join(_column(session, name, column) for column in catalogue.table(name).columns)
        chosen = f"SELECT {columns} FROM small.{quoted(name)}, range({times}) AS copy(i) ORDER BY i"
        session.execute(f"INSERT INTO {quoted(name)} BY NAME {chosen}")


def _column(session: Session, table: str, column: catalogue.Column) -> str:
    name = f'"{column.name}"'
    if column.type == "JSON":
        return f"""CASE i WHEN 0 THEN {name} ELSE replace({name}::VARCHAR, '":"', '":"' || i)::JSON END AS {name}"""
    if column.type != "VARCHAR" or column.name in SHARED:
        return name
    values = session.value(f"SELECT count(DISTINCT {name}) FROM small.{quoted(table)}")
    if values < FEW and not column.name.endswith(KEYS):
        return name
    other = f"substr(md5({name} || i), 1, 24)" if column.name.endswith(KEYS) else f"i || {name}"
    return f"CASE i WHEN 0 THEN {name} ELSE {other} END AS {name}"


def a_day(session: Session) -> None:
    """Change what a day changes on which one person in a hundred did something; everybody is scored again."""
    session.execute('UPDATE "qualify".scores SET as_of = as_of + 1')
    for table, column in CHANGED.items():
        key = "person_key" if column == "value" else column
        session.execute(f"UPDATE {quoted(table)} SET {column} = {column} || 'x' WHERE hash({key}) % 100 = 0")
    for table in ("crm.zoho__plan", "outreach.ghl__plan"):
        session.execute(f"DELETE FROM {quoted(table)} WHERE hash(person_key) % 100 <> 0")
        session.execute(f"UPDATE {quoted(table)} SET plan_hash = md5(plan_hash)")
    for table, column in GROWN.items():
        more = f"SELECT * REPLACE (md5(plan_hash) AS plan_hash) FROM {quoted(table)} WHERE hash({column}) % 100 = 0"
        session.execute(f"INSERT INTO {quoted(table)} {more}")


def published(warehouse: Warehouse, folder: Path) -> dict[str, Any]:
    """Publish once; return what it took."""
    with warehouse.open() as session:
        session.execute("UPDATE reports.publication SET built_at = built_at + INTERVAL 1 SECOND")
        wall, cpu = time.perf_counter(), time.process_time()
        found = publish(session, database=folder / "leadflow.duckdb", folder=folder / "published")
        told = {
            "wall_s": round(time.perf_counter() - wall, 1),
            "cpu_s": round(time.process_time() - cpu, 1),
            "rows": sum(found.rows.values()),
        }
    warehouse.release()
    return told


def main() -> None:
    """Publish three times and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        small = small_world(folder)
        warehouse = Warehouse(folder / "warehouse.duckdb")
        with warehouse.open() as session:
            session.execute(f"ATTACH '{small}' AS small (READ_ONLY)")
            multiply(session, max(1, round(people / session.value("SELECT count(*) FROM small.identity.people"))))
            people = session.count("identity.people")
            session.execute("DETACH small")
        warehouse.release()
        told: dict[str, Any] = {"benchmark": "publishing", "people": people}
        told["first"] = published(warehouse, folder)
        told["unchanged"] = published(warehouse, folder)
        with warehouse.open() as session:
            a_day(session)
        warehouse.release()
        told["one_percent"] = published(warehouse, folder)
        told["database_mb"] = round((folder / "leadflow.duckdb").stat().st_size / 2**20)
        told["parquet_mb"] = round(sum(file.stat().st_size for file in (folder / "published").iterdir()) / 2**20)
    told["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
