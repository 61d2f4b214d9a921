"""Everything that is known of one person, as one JSON object: what `leadflow why --json` prints."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from pipeline.whyview import evidence
from pipeline.whyview.changes import changes, kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.whyview.asked import Asked

    Rows = Sequence[Mapping[str, Any]]

SCORES = ("account_fit", "persona_influence", "engagement")
EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read about a person: rows of `sql/why/*.sql` by name, and what the ledger told.

    `moments`: plan hash → when it was made; `old_keys`: key merged away → when.
    """

    key: str
    tables: Mapping[str, Rows]
    writes: Rows = ()
    decisions: Rows = ()
    moments: Mapping[str, Any] = field(default_factory=dict)
    old_keys: Mapping[str, Any] = field(default_factory=dict)

    def first(self, name: str) -> Mapping[str, Any]:
        """Return the single row of a table, or nothing."""
        rows = self.tables[name]
        return rows[0] if rows else EMPTY


def story(asked: Asked, found: Found) -> dict[str, Any]:
    """Return the facts in the order in which people ask for them; moments stay moments."""
    tables = found.tables
    records = list(tables["records"])
    return {
        "status": "found",
        "asked": asked.text,
        "read_as": asked.read_as,
        "key": found.key,
        "is_old_key": asked.key in found.old_keys,
        "old_keys": [{"key": key, "merged_at": at} for key, at in found.old_keys.items()],
        "person": dict(found.first("people")),
        "absences": absences(found.first("people"), has_segment=bool(tables["tags"])),
        "records": [_record(row) for row in records],
        "edges": evidence.pairs(tables["edges"], records),
        "decisions": [dict(row) for row in found.decisions],
        "reviews": [_review(row, found.key) for row in tables["reviews"]],
        "accounts": [dict(row) for row in tables["account_matches"]],
        "values": [_value(row) for row in tables["values"]],
        "scores": scores(found.first("scores")),
        "score_history": [_period(row) for row in tables["score_history"]],
        "segments": [dict(row) for row in tables["tags"]],
        "holds": [dict(row) for row in tables["holds"]],
        "left_alone": kept(tables["planned"], tables["held"], found.moments),
        "changes": changes(found.writes, tables["planned"], found.moments),
        "conversions": [dict(row) for row in tables["conversions"]],
        "touches": [dict(row) for row in tables["touches"]],
        "money": {
            "usd": sum(row["usd"] or 0.0 for row in tables["money"]),
            "charges": [dict(row) for row in tables["money"]],
        },
    }


def absences(person: Mapping[str, Any], *, has_segment: bool) -> list[str]:
    """Return why a person has no record at a vendor, in words, where no hold, skip or plan says so.

    The rules are those of `sql/crm/zoho__plan.sql` and `sql/outreach/ghl__plan.sql`.
    """
    told = []
    if person.get("was_deleted_in_zoho"):
        told.append("deleted in Zoho by a person: not made again until somebody releases it")
    elif not person.get("zoho_id"):
        unsought = "" if person.get("has_lead_source") else ": no source of ours found this person, a platform had it"
        told.append(f"not in Zoho{unsought}")
    if not person.get("ghl_contact_id"):
        unplaced = "" if has_segment else ": in no segment, and only people of a segment are written there"
        told.append(f"not in GoHighLevel{unplaced}")
    return told


def scores(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scores with their reasons; `is_explained` when the points of every score sum to it."""
    if not row:
        return {}
    parts = explained(row)
    told = {name: row[name] for name in ("score", "grade", "as_of", "rules_version")}
    return told | {
        "has_human_signal": row.get("has_human_signal"),
        "last_human_signal_at": row.get("last_human_signal_at"),
        "parts": parts,
        "is_explained": all(part["points"] == part["total"] for part in parts),
    }


def explained(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each of the three scores with the rules that made it; `points` is what they sum to."""
    reasons = json.loads(row["reasons"] or "[]")
    parts = []
    for name in SCORES:
        mine = [{"rule": each["rule"], "points": each["points"]} for each in reasons if each["score"] == name]
        points = sum(each["points"] for each in mine)
        parts.append({"name": name, "total": row[name], "points": points, "reasons": mine})
    return parts


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("source", "source_id", "full_name", "title", "company_name", "email", "search", "landing_ref", "position")
    told = {name: row[name] for name in (*names, "is_gone", "first_seen_at", "seen_at")}
    return {"record": evidence.name_of(row)} | told


def _value(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("field", "value", "rule", "seen_at", "landing_ref", "position")
    lost = [
        {
            "value": item["value"],
            "record": evidence.name_of(item),
            "seen_at": item["seen_at"] and item["seen_at"].replace(tzinfo=UTC),
            "reason": item["reason"],
        }
        for item in row["losing_values"] or ()
    ]
    return {name: row[name] for name in names} | {"record": evidence.name_of(row), "losing_values": lost}


def _review(row: Mapping[str, Any], key: str) -> dict[str, Any]:
    other = row["right_key"] if row["left_key"] == key else row["left_key"]
    return {"other_key": other, "reason": row["reason"], "bits": row["bits"]}


def _period(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("valid_from", "valid_to", *SCORES, "score", "grade", "changed_because", "rules_version")
    return {name: row[name] for name in names} | {"parts": explained(row)}
