"""Where everything stands, as JSON values: from ledger and files alone, so that it is told offline too."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from resources.alerting.outbox import Outbox
from resources.allowances import read_allowances
from resources.ledger.overview import Overview

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from resources.ledger.overview import PlanState
    from resources.workspace import Workspace

VENDORS = ("zoho", "ghl")
RUNS = 5
LONG_WINDOW_SECONDS = 600.0
"""Windows shorter than this (before time scaling) refill while one reads about them."""


def standing(workspace: Workspace) -> dict[str, Any]:
    """Return intents, plans, pauses, quotas, tokens, money and runs; moments as ISO texts, UTC."""
    ledger, overview, now = workspace.ledger, Overview(workspace.ledger.store), workspace.now()
    scale = workspace.settings.time_scale
    allowances = read_allowances(workspace.settings.data_dir / "state" / "limits.db", now)
    unknown = ledger.unknown_enrolments("ghl")
    return {
        "enrolments_unknown": [{"contact": contact, "workflow": name} for contact, name in unknown],
        "vendors": {vendor: _vendor(overview, vendor, now) | {"paused": ledger.paused(vendor)} for vendor in VENDORS},
        "apollo_in_doubt": _unanswered(overview.intent_counts("apollo")),
        "pauses": [{**pause, "since": pause["since"].isoformat()} for pause in overview.pauses()],
        "quotas": [
            {
                "vendor": each.vendor,
                "window": each.window,
                "limit": _finite(each.limit),
                "used": each.used,
                "left": _finite(each.left),
                "usable": _finite(each.usable),
                "resumes_at": _iso(each.resumes_at),
                "resets_at": _iso(each.resets_at),
            }
            for each in allowances
            if each.seconds * scale >= LONG_WINDOW_SECONDS or each.resumes_at
        ],
        "tokens": [_token(workspace, now)],
        "spent": overview.spent_since(),
        "alerts_waiting": Outbox(workspace.settings.data_dir / "state" / "alerts.json").waiting(),
        "runs": [_run(row) for row in ledger.runs(RUNS)],
    }


def figures(told: Mapping[str, Any]) -> dict[str, int | float | str]:
    """Return the standing as metadata: numbers that Dagster plots over runs, and what a plan waits for in words."""
    found: dict[str, int | float | str] = {}
    for vendor, facts in told["vendors"].items():
        found |= {f"{vendor}_{state}": number for state, number in facts["writes"].items()}
        if facts["oldest_unanswered"]:
            found[f"{vendor}_oldest_unanswered"] = facts["oldest_unanswered"]
        if facts["plan_facts"] and facts["plan_facts"]["is_waiting"]:
            found[f"{vendor}_waits_for_approval"] = facts["plan_facts"]["hash"]
    found["enrolments_unknown"] = len(told["enrolments_unknown"])
    found["apollo_in_doubt"] = told["apollo_in_doubt"]
    found |= {
        f"{quota['vendor']}_{quota['window']}_left".replace(" ", "_"): quota["usable"]
        for quota in told["quotas"]
        if quota["usable"] is not None
    }
    return found


def _vendor(overview: Overview, vendor: str, now: datetime) -> dict[str, Any]:
    counts = {
        state: sum(number for operation, number in found.items() if operation != "enrich")
        for state, found in overview.intent_counts(vendor).items()
    }
    plan = overview.plan_state(vendor)
    return {
        "vendor": vendor,
        "writes": {
            "planned": counts.get("planned", 0),
            "confirmed": counts.get("confirmed", 0),
            "rejected": counts.get("rejected", 0),
            "in_doubt": counts.get("claimed", 0) + counts.get("sent", 0),
            "held": counts.get("superseded", 0),
        },
        "oldest_unanswered": _iso(overview.oldest_unanswered(vendor)),
        "plan": plan.plan_hash if plan else None,
        "plan_applied_at": _iso(plan.applied_at) if plan else None,
        "plan_facts": _plan(plan, now) if plan else None,
    }


def _plan(plan: PlanState, now: datetime) -> dict[str, Any]:
    return {
        "hash": plan.plan_hash,
        "saved_at": plan.saved_at.isoformat(),
        "age": in_words(now - plan.saved_at),
        "records": sum(plan.summary.get("records", {}).values()),
        "undoes": plan.summary.get("undoes"),
        "approved_by": plan.approved_by,
        "approved_at": _iso(plan.approved_at),
        "applied_at": _iso(plan.applied_at),
        "is_waiting": plan.applied_at is None and plan.approved_at is None and bool(plan.summary.get("records")),
        "refused": dict(plan.refused),
    }


def _token(workspace: Workspace, now: datetime) -> dict[str, Any]:
    """Return whether the stored access token is fresh, None when there is none; never the token itself."""
    path = workspace.settings.data_dir / "state" / "zoho_token.json"
    try:
        renew_at = datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["renew_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return {"vendor": "zoho", "is_fresh": None, "renew_at": None}
    return {"vendor": "zoho", "is_fresh": now < renew_at, "renew_at": renew_at.isoformat()}


def _run(row: Mapping[str, Any]) -> dict[str, Any]:
    summary = row["summary"] or {}
    return {
        "run_id": row["run_id"],
        "as_of": str(row["as_of"]),
        "kind": row["kind"],
        "status": row["status"],
        "started_at": str(row["started_at"]),
        "ended_at": _iso(row["ended_at"]),
        "resumes_at": summary.get("resumes_at"),
        "messages": list(summary.get("messages", ())),
    }


def in_words(age: timedelta) -> str:
    """Return an age as its largest unit: 5 s, 12 min, 3 h, 2 days."""
    seconds = max(0, int(age.total_seconds()))
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size * (2 if unit == "days" else 1):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _unanswered(counts: Mapping[str, Mapping[str, int]]) -> int:
    return sum(sum(counts.get(state, {}).values()) for state in ("claimed", "sent"))


def _finite(number: float) -> float | None:
    """Return a number that JSON has; a limit that no vendor told yet is none of them."""
    return number if math.isfinite(number) else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
