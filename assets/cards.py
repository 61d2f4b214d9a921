"""What Dagster shows of a table: its key, description, columns, days, and when it counts as stale."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from pipeline import catalogue, quality, rules, sql
from pipeline.dictionary import meaning_of

DAYS = dg.DailyPartitionsDefinition(start_date="2025-01-01", timezone="UTC", end_offset=1)
"""Ingest days: the only partition definition, used by `raw.*` alone."""

DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))
"""What a day without a run makes stale: mirrors, plans and the publication."""

KEPT_FRESH = frozenset(
    {
        *(f"raw.zoho__{what}" for what in ("leads", "contacts", "accounts", "deals", "deleted", "metadata")),
        *(f"raw.ghl__{what}" for what in ("contacts", "opportunities", "messages", "appointments", "metadata")),
        "raw.apollo__people",
        "identity.people",
        "qualify.holds",
        "crm.zoho__plan",
        "outreach.ghl__plan",
        "reports.publication",
    }
)
"""Tables that a day without a run makes stale. CSV files come when people drop them."""


def described(name: str, text: str | None) -> str:
    """Return the description of an asset in markdown: what a row is, what is special, its statement and checks."""
    table = catalogue.table(name)
    layer, _, short = name.partition(".")
    parts = [f"**One row per {table.row}.**", (text or "").strip()]
    if short in sql.names(layer):
        parts.append(f"Statement: `pipeline/sql/{layer}/{short}.sql`")
    if checks := [f"* `{check.what}` {check.meaning[0].lower()}{check.meaning[1:]}" for check in checks_of(name)]:
        parts.append("\n".join(["Checks that stop a run:", "", *checks]))
    return "\n\n".join(part for part in parts if part)


def key_of(name: str) -> dg.AssetKey:
    """Return the asset key of a catalogue table: `layer/table`."""
    return dg.AssetKey(name.split("."))


def column_schema(name: str) -> dg.TableSchema:
    """Return the columns of a catalogue table in Dagster's terms."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=column.name, type=column.type, description=meaning_of(name, column.name))
            for column in catalogue.table(name).columns
        ]
    )


def checks_of(name: str) -> list[quality.Check]:
    """Return the checks of a table."""
    return [check for check in quality.checks() if check.table == name]


def _code_version() -> str:
    texts = dict(rules.packaged())
    for layer in (*catalogue.LAYERS, "checks"):
        texts |= {f"sql/{layer}/{name}": sql.statement(f"{layer}/{name}") for name in sql.names(layer)}
    return rules.fingerprint(texts)


CODE_VERSION = _code_version()
