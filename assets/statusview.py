"""`leadflow status`: where everything stands, in words, without asking a vendor."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from assets.standing import standing
from assets.surroundings import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TARGETS = {"zoho": "Zoho", "ghl": "GoHighLevel", "apollo": "Apollo"}

MOST_UNKNOWN = 10


def status(*, as_json: bool) -> int:
    """Print what waits, what is in doubt, what is left, what was spent, and the last runs."""
    with opened() as workspace:
        told = standing(workspace)
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines(told)))
    return 0


def lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield the standing line by line."""
    for vendor, facts in told["vendors"].items():
        yield from _writes(TARGETS[vendor], facts)
    if told["apollo_in_doubt"]:
        yield f"Apollo: {told['apollo_in_doubt']} people paid for, answer lost: not bought again without your word"
    yield from _enrolments(told["enrolments_unknown"])
    for pause in told["pauses"]:
        where = "all writing" if pause["scope"] == "all" else f"writing to {TARGETS[pause['scope']]}"
        yield f"paused: {where}, since {short(pause['since'])}: {pause['reason']} (leadflow resume {pause['scope']})"
    for quota in told["quotas"]:
        yield _quota(quota)
    for token in told["tokens"]:
        yield f"token {TARGETS[token['vendor']]}: {_life(token)}"
    for unit, money in told["spent"].items():
        usd = f", ${money['usd']:,.2f}" if money["usd"] else ""
        yield f"spent: {money['quantity']:,.0f} {unit.replace('_', ' ')}s{usd}"
    for alert in told["alerts_waiting"]:
        yield f"alert not delivered by {alert['channel']}, tried again after the next run: {alert['title']}"
        yield f"    {alert['problem']}"
    for run in told["runs"]:
        ended = run["status"] if run["status"] != "running" else "running, or its process is gone"
        resumes = f", resumes {short(run['resumes_at'])}" if run["resumes_at"] else ""
        why = f": {run['messages'][0]}" if run["messages"] else ""
        yield f"run {run['run_id'][:8]}  {run['as_of']}  {ended}{resumes}  {run['started_at'][:19]}{why}"


def short(moment: str) -> str:
    """Return a moment in ISO form as people read it, UTC."""
    return f"{moment[:10]} {moment[11:16]} UTC"


def _writes(name: str, facts: Mapping[str, Any]) -> Iterator[str]:
    counts = facts["writes"]
    yield (
        f"{name}: {counts['confirmed']:,} written and confirmed, {counts['rejected']:,} refused, "
        f"{counts['planned']:,} waiting to be sent, {counts['held']:,} set aside"
    )
    if counts["in_doubt"]:
        since = short(facts["oldest_unanswered"])
        yield f"  {counts['in_doubt']:,} sent, answer lost: asking {name}; the oldest since {since}"
    plan = facts["plan_facts"]
    if plan is None:
        yield "  no plan yet: `leadflow run` makes one"
        return
    what = f"undo of run {plan['undoes'][:8]}" if plan["undoes"] else "plan"
    head = f"  {what} {plan['hash'][:8]}, {plan['age']} old, {plan['records']:,} writes"
    if plan["applied_at"]:
        yield f"{head}: carried out {short(plan['applied_at'])}"
    elif plan["refused"]:
        yield f"{head}: stopped (leadflow plan {facts['vendor']})"
    elif not plan["records"]:
        yield f"{head}: nothing to do"
    elif plan["approved_by"]:
        yield f"{head}: approved by {plan['approved_by']}, not carried out yet: leadflow apply {plan['hash'][:8]}"
    else:
        yield f"{head}: waits for you: leadflow apply {plan['hash'][:8]}"
    for check, detail in plan["refused"].items():
        yield f"    {check}: {detail}"


def _enrolments(unknown: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in unknown[:MOST_UNKNOWN]:
        yield f"GoHighLevel: enrolment in {each['workflow']!r} unknown, not repeated; look in GHL at {each['contact']}"
    if len(unknown) > MOST_UNKNOWN:
        yield f"GoHighLevel: {len(unknown) - MOST_UNKNOWN:,} more like this: see outreach.ghl__enrolments"


def _quota(quota: Mapping[str, Any]) -> str:
    told = f"quota {TARGETS.get(quota['vendor'], quota['vendor'])} {quota['window']}: {quota['used']:,.0f}"
    if quota["limit"] is None:
        told += " used, no limit told"
    else:
        told += f" of {quota['limit']:,.0f} used, {quota['usable']:,.0f} to use now"
    if quota["resumes_at"]:
        return f"{told}; used up, continues at {short(quota['resumes_at'])}"
    return f"{told}; all back by {short(quota['resets_at'])}" if quota["resets_at"] else told


def _life(token: Mapping[str, Any]) -> str:
    if token["is_fresh"] is None:
        return "none yet"
    moment = short(token["renew_at"])
    return f"alive, renewed by itself after {moment}" if token["is_fresh"] else f"due to be renewed since {moment}"
