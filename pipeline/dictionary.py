"""The dictionary of the published tables: every column has a meaning, from the catalogue or from its name."""

from __future__ import annotations

from pipeline import catalogue

PUBLISHED_LAYERS = ("reports", "identity", "qualify", "crm", "outreach")
"""Layers that leave the pipeline; `raw` and `staging` hold what vendors said and stay inside."""


def published_tables() -> list[str]:
    """Return the full names of the tables that leave the pipeline, in layer order."""
    return [name for name, table in catalogue.tables().items() if table.layer in PUBLISHED_LAYERS]


MOMENT = "TIMESTAMPTZ"

GLOSSARY = {
    "person_key": "key of the person (Leadflow_ID)",
    "company_key": "key of the company",
    "vendor": "platform: zoho or ghl",
    "object": "object of the platform, in its own words",
    "record_id": "record at the platform",
    "plan_hash": "plan it belongs to",
    "row_no": "place in the plan",
    "intent_id": "write it belongs to",
    "run_id": "run that did it",
    "state": "planned, claimed, sent, confirmed, rejected, superseded or lost",
    "operation": "insert, update, add_tags, remove_tags, set_optout, convert, delete, add_task, add_note, enrol, "
    "unenrol or enrich",
    "policy": "merge policy of the field",
    "reason": "in words",
    "payload": "what was sent, as JSON",
    "vendor_code": "the platform's own code",
    "vendor_message": "the platform's own words",
    "field": "field of the record",
    "value": "the surviving value, as text",
    "source": "where it was found: apollo, salesnav, apollo_export, zoho:<module> or ghl:contact",
    "source_id": "id of the record at its source",
    "landing_ref": "landing file it came from",
    "position": "place inside the landing file",
    "seen_at": "when it was received last",
    "first_seen_at": "when it was received first",
    "bits": "weight of the evidence in bits",
    "email": "address as given",
    "email_norm": "canonical address for matching",
    "linkedin_slug": "public profile slug",
    "linkedin_member_id": "Sales Navigator member id",
    "name_norm": "folded name for matching",
    "employees": "number of employees",
    "annual_revenue_usd": "revenue a year in US dollars",
    "survivor_object": "object of the record that is kept",
    "survivor_id": "record that is kept",
}


def meaning_of(table: str, column: str) -> str:
    """Return what a column of a table holds; never empty. KeyError when there is no such column."""
    found = {each.name: each for each in catalogue.table(table).columns}[column]
    meaning = found.meaning or GLOSSARY.get(column) or _words(column)
    return f"{meaning} (UTC)" if found.type == MOMENT and "UTC" not in meaning else meaning


def published_type(kind: str) -> str:
    """Return the type of a catalogue column in the published files.

    Moments lose their zone and are UTC: DuckDB 1.x clients cannot fetch zoned ones without further packages.
    """
    return "TIMESTAMP" if kind == MOMENT else kind


def published_columns() -> list[dict[str, str]]:
    """Return the columns of every published table as rows of `reports.dictionary`."""
    return [
        {
            "table_name": name,
            "column_name": column.name,
            "type": published_type(column.type),
            "meaning": meaning_of(name, column.name),
        }
        for name, table in catalogue.tables().items()
        if table.layer in PUBLISHED_LAYERS
        for column in table.columns
    ]


def _words(column: str) -> str:
    for suffix, told in (("_at", "when {}"), ("_id", "id of the {}"), ("_no", "number of the {}")):
        if column.endswith(suffix):
            return told.format(column.removesuffix(suffix).replace("_", " "))
    if column.startswith(("is_", "has_", "was_")):
        return f"whether it {column.replace('_', ' ')}"
    return column.replace("_", " ")
