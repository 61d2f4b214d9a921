"""`leadflow plan`: the latest plan of a vendor, shown from the ledger alone. No vendor is called."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from assets.surroundings import opened
from pipeline import quality
from pipeline.errors import ConfigurationError, LeadflowError
from pipeline.mapping import load
from pipeline.planning.cost import forecast
from pipeline.planning.gates import GATE_CHECKS
from pipeline.planning.prices import Prices
from pipeline.planview import markdown, purchases, text
from pipeline.planview.facts import Budget, facts
from pipeline.planview.standing import LEFT_OUT, Judged, Saved, Surroundings
from pipeline.planview.words import VENDORS
from pipeline.rules import parse
from pipeline.searches import saved_searches
from resources.workspace import PLAN_TABLES

if TYPE_CHECKING:
    from resources.ledger import Plan
    from resources.workspace import Workspace

OUTPUTS = ("text", "json", "markdown")
LISTED = {"text": 20, "markdown": 1000}
"""Records that are looked at when nobody says how many: a comment shows those of them that fit."""

CHANGES_WAIT = 4
DAY = timedelta(hours=24)
MAX_AGE_HOURS = 24.0
"""How old a plan may be when it is applied."""


def show_plan(vendor: str, *, output: str, limit: int | None, show_pii: bool, detailed_exitcode: bool) -> int:
    """Print the latest plan of a vendor, or what would be bought; return the exit code.

    Args:
        vendor: zoho, ghl or apollo.
        output: text, json or markdown.
        limit: records to list; 0 lists all, None is 20 for text, and all for JSON.
        show_pii: values instead of masks.
        detailed_exitcode: 4 when changes wait, 0 when there are none.
    """
    if output not in OUTPUTS:
        raise ConfigurationError(f"--output is {output!r}; allowed: {', '.join(OUTPUTS)}")
    listed = LISTED.get(output) if limit is None else limit or None
    with opened() as workspace:
        workspace.require_rules()
        if vendor == "apollo":
            found = _purchases(workspace)
            shown = (purchases.lines, purchases.comment)
        else:
            found = _plan(workspace, vendor, limit=listed, show_pii=show_pii)
            shown = (text.lines, markdown.comment)
    as_lines, as_comment = shown
    if output == "json":
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    elif output == "markdown":
        sys.stdout.write(as_comment(found))
    else:
        sys.stdout.writelines(f"{line}\n" for line in as_lines(found))
    return CHANGES_WAIT if detailed_exitcode and found["has_changes"] else 0


def _plan(workspace: Workspace, vendor: str, *, limit: int | None, show_pii: bool) -> dict[str, Any]:
    ledger = workspace.ledger
    plan = ledger.latest_plan(vendor)
    if plan is None:
        raise LeadflowError(f"there is no plan toward {VENDORS[vendor]} yet: `leadflow run` makes one")
    settings = workspace.settings
    prices = parse(Prices, "prices", workspace.rules)
    return facts(
        saved(plan),
        plan.rows,
        mapping=load(vendor, workspace.rules, key_field=settings.external_key if vendor == "zoho" else None),
        verdicts=_verdicts(workspace, plan),
        forecast=forecast(plan.rows, prices, vendor=vendor),
        budget=_budget(workspace, vendor, prices.vendors[vendor].unit),
        around=Surroundings(
            now=workspace.now(),
            mode=settings.apply,
            paused=ledger.paused(vendor),
            max_age=timedelta(hours=MAX_AGE_HOURS),
        ),
        limit=limit,
        show_pii=show_pii,
    )


def saved(plan: Plan) -> Saved:
    """Return a plan of the ledger as the pure part knows it; its age counts from its latest comparison."""
    return Saved(
        plan_hash=plan.plan_hash,
        vendor=plan.vendor,
        as_of=plan.as_of,
        made_at=plan.saved_at,
        approved_by=plan.approved_by,
        approved_at=plan.approved_at,
        applied_at=plan.applied_at,
        left_out=plan.summary.get(LEFT_OUT, 0),
    )


def _verdicts(workspace: Workspace, plan: Plan) -> list[Judged]:
    told = [Judged(*found) for found in workspace.ledger.judgements(plan.plan_hash)]
    names = {item.check for item in told}
    table = next(table for table, vendor in PLAN_TABLES.items() if vendor == plan.vendor)
    required = [*(check.name for check in quality.checks() if check.table == table), *GATE_CHECKS]
    return told + [Judged(name, None, "") for name in required if name not in names]


def _budget(workspace: Workspace, vendor: str, unit: str) -> Budget:
    per_day = workspace.limits.vendors[vendor].units_per_day
    since = workspace.now() - DAY / workspace.settings.time_scale
    used, _ = workspace.ledger.charged(unit, since)
    return Budget(per_day=None if per_day == float("inf") else per_day, used=used)


def _purchases(workspace: Workspace) -> dict[str, Any]:
    price = parse(Prices, "prices", workspace.rules).vendors["apollo"]
    return purchases.purchases(
        saved_searches(workspace.rules),
        seen=_seen(workspace),
        bought=workspace.ledger.purchased("apollo"),
        spent=workspace.ledger.charged(price.unit),
        price=price,
    )


def _seen(workspace: Workspace) -> dict[str, purchases.Seen]:
    """Return the people of each search on the last day on which any search ran, from what was landed."""
    days = sorted(path.name for path in (workspace.landing.root / "apollo" / "teasers").glob("*"))
    pages: dict[tuple[str, int], tuple[Any, list[str]]] = {}
    for name in days[-1:]:
        for landed in workspace.landing.read("apollo", "teasers", date.fromisoformat(name)):
            told = json.loads(landed.content)
            # A contact that was saved at Apollo carries the person's id apart from its own.
            ids = [person.get("id") for person in told.get("people") or ()]
            ids += [contact.get("person_id") for contact in told.get("contacts") or ()]
            key = (str(landed.context.get("search")), int(landed.context.get("page", 1)))
            pages[key] = (landed.fetched_at, [str(each) for each in ids if each])
    found: dict[str, purchases.Seen] = {}
    for (search, _), (at, ids) in sorted(pages.items()):
        before = found.get(search, purchases.Seen(at, ()))
        found[search] = purchases.Seen(max(before.at, at), tuple(dict.fromkeys([*before.ids, *ids])))
    return found
