"""CSV lines as sightings: canonical names of every exporter, or the reason why a line names nobody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipeline import salesnav
from pipeline.spelling import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TEXTS = (
    "title",
    "departments",
    "email",
    "email_status",
    "profile",
    "linkedin_member_id",
    "company_name",
    "company_source_id",
    "website",
    "page",
    "industry",
    "company_city",
    "company_state",
    "company_country",
    "city",
    "state",
    "country",
)
SCHEMA = pa.schema(
    [
        ("line_ref", pa.string()),
        ("line_position", pa.int64()),
        ("source", pa.string()),
        ("source_id", pa.string()),
        ("seen_at", pa.timestamp("us", tz="UTC")),
        ("search", pa.string()),
        ("name_parts", pa.string()),
        ("seniority_parts", pa.string()),
        ("phone_parts", pa.string()),
        ("company_phone_parts", pa.string()),
        ("employees", pa.int64()),
        ("annual_revenue_usd", pa.float64()),
        ("founded_year", pa.int64()),
        ("is_matching", pa.bool_()),
        ("is_do_not_call", pa.bool_()),
        ("reject_reason", pa.string()),
        *((name, pa.string()) for name in _TEXTS),
    ]
)
"""Columns of the view `csv_lines`: those of staging.sightings, and where the line stands."""


def csv_lines(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return one row per raw CSV line.

    `rows` are rows of raw.salesnav__people: `landing_ref`, `position`, `fetched_at`, `context` (JSON text
    with `format` and `file`) and `payload` (JSON text: the cells under their original headers, alone or as
    `{"line", "cells"}`).
    A line that the reader could not split carries its reason under `reject`.
    """
    return pa.Table.from_pylist([_line(row) for row in rows], schema=SCHEMA)


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    context = json.loads(row["context"] or "{}")
    payload = json.loads(row["payload"] or "{}")
    form = str(context.get("format") or "generic")
    nested = payload.get("cells")
    cells = nested if isinstance(nested, dict) else payload
    line: dict[str, Any] = {
        "line_ref": row["landing_ref"],
        "line_position": row["position"],
        "source": "apollo_export" if form == "apollo_export" else "salesnav",
        "seen_at": row["fetched_at"],
        "search": context.get("file"),
    }
    unread = payload.get("reject") or context.get("reject")
    if isinstance(unread, str) and unread:
        return {**line, "reject_reason": unread}
    try:
        found = salesnav.canonical(form, cells)
    except KeyError:
        return {**line, "reject_reason": f"the file's format {form!r} is not known"}
    if isinstance(found, salesnav.Reject):
        return {**line, "reject_reason": found.reason}
    return {**line, **_sighting(form, found)}


def _sighting(form: str, found: Mapping[str, str | None]) -> dict[str, Any]:
    phone, company_phone = found["phone"], found["company_phone"]
    revenue = found["annual_revenue_usd"]
    same = {name: found[name] for name in SCHEMA.names if name in found and name not in _TYPED}
    return {
        **same,
        "source_id": found["source_row_id"] if form == "apollo_export" and found["source_row_id"] else found["row_key"],
        "name_parts": _parts(found["first_name"], found["last_name"], found["full_name"]),
        "seniority_parts": _parts(found["seniority"], found["title"]),
        "phone_parts": _parts(phone, found["country"]) if phone else None,
        "company_phone_parts": _parts(company_phone, found["company_country"]) if company_phone else None,
        "profile": found["linkedin_url"],
        "website": found["company_domain"],
        "page": found["company_linkedin"],
        "industry": (found["industry"] or "").lower() or None,
        "employees": _whole(found["employees"]),
        "founded_year": _whole(found["founded_year"]),
        "annual_revenue_usd": float(revenue) if revenue else None,
        "is_matching": found["matches_filters"] != "no",
        "is_do_not_call": found["do_not_call"] == "yes",
    }


_TYPED = frozenset({"employees", "founded_year", "annual_revenue_usd", "is_matching", "is_do_not_call", "seen_at"})


def _parts(*parts: str | None) -> str:
    return SEPARATOR.join(part or "" for part in parts)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
