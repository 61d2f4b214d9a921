"""The audit of a CRM and an outreach platform: read into a warehouse of its own, judged, written as CSV and page.

The pipeline's warehouse, cursors, landing and ledger are neither read nor written: an audit works before the first
run, and beside one. What it shares is the token and the limits' file, so that both keep to one budget.
"""

from __future__ import annotations

import csv
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from assets.spellings import register_spellings
from pipeline.audit.cells import cell
from pipeline.audit.findings import BOOKKEEPING, FINDINGS, Result, answerable, wholes
from pipeline.audit.judging import judged
from pipeline.audit.people import people
from pipeline.identity.features import id_map, living_keys
from pipeline.identity.keys import KnownKeys
from pipeline.identity.matching import meanings
from pipeline.limits import Limits
from pipeline.rules import parse
from pipeline.sql import statement
from resources.auditing.connecting import Readers, configured
from resources.auditing.reading import Reading, Seen
from resources.rules import check_rules, rule_texts
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from resources.session import Session
    from resources.settings import Settings

IN_SEQUENCE = timedelta(days=30)
"""Whoever was sent something automatic within this is taken to be in a sequence: no vendor tells who is."""
SHOWN_FIELDS = 400
FIRST = 5
"""Cases of a finding that are shown on the page itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit found: results in the order of `FINDINGS`, counts, fill rates, what was left out."""

    began_at: datetime
    results: tuple[Result, ...]
    counts: Mapping[str, int]
    fields: tuple[Mapping[str, Any], ...]
    seen: Seen
    calls: Mapping[str, int]
    units: Mapping[str, int]


def look(
    settings: Settings,
    *,
    folder: Path,
    stale_days: int,
    show: bool,
    told: Callable[[str], None] = lambda _: None,
) -> Audit:
    """Read whatever is configured, judge it, and write one CSV per finding into `folder`.

    Raises:
        ConfigurationError: nothing is configured, or one vendor in part.
        LeadflowError: no vendor could be read.
    """
    vendors = configured(settings)
    began_at = datetime.now(UTC)
    texts = rule_texts(settings.rules_dir)
    check_rules(texts)
    limits = parse(Limits, "limits", texts)
    with TemporaryDirectory(prefix="leadflow-audit-") as place, closing(Readers(settings, limits)) as readers:
        warehouse = Warehouse(Path(place) / "audit.duckdb")
        try:
            reading = Reading(readers, warehouse, now=began_at, since=began_at - IN_SEQUENCE, told=told)
            seen = reading.read(vendors)
            told("comparing records")
            with warehouse.open() as session:
                prepare(session, settings.external_key, pages=seen.pages, show=show)
                values = {
                    "now": began_at,
                    "since": began_at - IN_SEQUENCE,
                    "stale_before": began_at - timedelta(days=stale_days),
                    "bookkeeping": list(BOOKKEEPING),
                }
                counts = session.rows(statement("audit/counts"))[0]
                results = tuple(findings(session, seen, values, wholes(counts), folder))
                fields = tuple(session.rows(statement("audit/fields"), {"bookkeeping": list(BOOKKEEPING)}))
        finally:
            warehouse.release()
    return Audit(
        began_at=began_at,
        results=results,
        counts=counts,
        fields=fields[:SHOWN_FIELDS],
        seen=seen,
        calls=dict(readers.calls.made),
        units=dict(readers.calls.units),
    )


def prepare(session: Session, external_key: str, *, pages: Mapping[str, str], show: bool) -> None:
    """Make `audit_records`, `audit_given` and `audit_judged` of the raw tables, as staging and identity do."""
    session.replace("staging.records", statement("staging/records"), {"external_key": external_key})
    for table in ("crm_people", "crm_companies"):
        register_spellings(session, f"staging.{table}")
        session.replace(f"staging.{table}", statement(f"staging/{table}"))
    nothing = KnownKeys()
    session.register("id_map", id_map({}))
    session.register("living_keys", living_keys(nothing))
    session.replace("identity.features", statement("identity/features"))
    owners, found = people(session.arrow(statement("identity/leads")))
    session.register("audit_people", owners)
    session.register("weighed", found)
    session.register("meanings", meanings())
    session.execute(f"CREATE OR REPLACE TABLE audit_evidence AS {statement('identity/evidence')}")
    roots = {"zoho_root": pages.get("zoho", ""), "ghl_root": pages.get("ghl", "")}
    session.execute(f"CREATE OR REPLACE TABLE audit_records AS {statement('audit/records')}", roots)
    session.execute(f"CREATE OR REPLACE TABLE audit_given AS {statement('audit/given')}")
    given = session.rows("SELECT DISTINCT kind, value, country FROM audit_given")
    session.register("audit_judged", judged(((r["kind"], r["value"], r["country"]) for r in given), show=show))


def findings(
    session: Session, seen: Seen, values: Mapping[str, object], of: Mapping[str, int], folder: Path
) -> list[Result]:
    """Answer every finding that can be answered and write its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for finding in FINDINGS:
        path = folder / f"{finding.name}.csv"
        path.unlink(missing_ok=True)
        if not answerable(finding, seen.rows):
            found.append(Result(finding=finding, rows=None))
            continue
        select = statement(f"audit/{finding.name}")
        asked = {name: value for name, value in values.items() if f"${name}" in select}
        table = session.arrow(select, asked or None)
        write(table, path)
        first = tuple(table.slice(0, FIRST).to_pylist()) if "link" in table.column_names else ()
        found.append(Result(finding=finding, rows=table.num_rows, of=of[finding.of], csv=path.name, first=first))
    return found


def write(table: pa.Table, path: Path) -> None:
    """Write rows as CSV, part by part, and replace the file at once."""
    aside = path.with_suffix(".part")
    with aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=10_000):
            writer.writerows([cell(value) for value in row.values()] for row in batch.to_pylist())
    aside.replace(path)
