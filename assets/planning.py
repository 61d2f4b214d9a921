"""A plan toward a vendor: what we want, what is there, the difference as a table, and the gates' word on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assets.applying import applier
from assets.judging import judged, sources_now_and_before
from pipeline.errors import QuotaExhausted
from pipeline.mapping import VendorMapping, desired_values
from pipeline.planning import cost, gates
from pipeline.planning.desired import Desired
from pipeline.planning.diff import plan_people
from pipeline.planning.owners import Owners, owner_of
from pipeline.planning.plans import digest
from pipeline.planning.undone import respected
from pipeline.rules import parse
from pipeline.sql import statement

if TYPE_CHECKING:
    from assets.boundary import Counts, Stage
    from assets.targets import Target
    from pipeline.models import Json
    from resources.settler import Settled

CHANNELS = frozenset({"email", "sms", "call"})


def make_plan(stage: Stage, target: Target) -> Counts:
    """Settle what is in doubt, compare what we want with what is there, keep the plan under its hash."""
    from resources.ledger.undoings import Undoings

    settled = settle(stage, target)
    mapping = target.mapping(stage)
    capabilities = target.capabilities(stage)
    theirs = mirror(stage, target)
    desired = [*wanted(stage, target, mapping), *target.seconds(stage)]
    rows = plan_people(
        desired,
        theirs,
        stage.ledger.bases(target.vendor),
        mapping,
        capabilities,
        locked=stage.ledger.locked(target.vendor),
    )
    rows = respected(rows, Undoings(stage.ledger.store).taken_back(target.vendor), mapping)
    forecast = cost.forecast(rows, parse(cost.Prices, "prices", stage.rules), vendor=target.vendor)
    sources = sources_now_and_before(stage, target)
    verdicts = judged(
        stage,
        target,
        rows,
        suppressed={entry.person_key: entry.hold for entry in desired if entry.hold},
        records=len(theirs),
        sources=sources,
    )
    actions: dict[str, int] = {}
    for action in {(row.action, row.object, row.person_key) for row in rows}:
        actions[action[0]] = actions.get(action[0], 0) + 1
    left_out = [f"{kind}.{name}" for kind, name in gates.missing_fields(mapping, capabilities)]
    plan_hash = stage.ledger.save_plan(
        target.vendor,
        rows,
        as_of=stage.as_of,
        rules_version=stage.opened.rules_version,
        summary={
            **forecast.summary(),
            "records_by_action": actions,
            "fields_left_out": left_out,
            "sources": {name: now for name, (now, _) in sources.items() if now},
        },
        metadata_version=digest(sorted((kind, name) for kind, facts in capabilities.fields.items() for name in facts)),
    )
    for verdict in verdicts:
        stage.ledger.record_verdict(plan_hash, verdict.check, verdict.is_passed, verdict.detail)
    # Of a large plan, the rows decided and the rows written down do not have to be in memory together.
    del rows, desired, theirs
    with stage.warehouse.open() as session, session.transaction():
        session.execute(f"DELETE FROM {target.table('plan')}")
        for part in stage.ledger.plan_row_batches(plan_hash):
            session.insert(target.table("plan"), part)
    return {
        "plan": plan_hash,
        "forecast": json.dumps(forecast.summary()),
        "gates": "; ".join(f"{item.check}: {item.detail}" for item in verdicts if not item.is_passed) or "open",
        "settled": settled.confirmed + settled.retried + settled.gone,
        "waiting_for_an_answer": settled.waiting,
        "fields_left_out": ", ".join(left_out) or "none",
        "automations": ", ".join(mapping.automations) or "none",
        **{f"records_to_{action}": number for action, number in sorted(actions.items())},
    }


def settle(stage: Stage, target: Target) -> Settled:
    """Settle what is in doubt; without credits to ask it stays so, and whoever it is about is left alone."""
    from resources.settler import Settled

    try:
        return applier(stage, target).settle()
    except QuotaExhausted:
        return Settled(waiting=len(stage.ledger.in_doubt(target.vendor)))


def wanted(stage: Stage, target: Target, mapping: VendorMapping) -> list[Desired]:
    """Return what we want each record to be."""
    with stage.warehouse.open() as session:
        found = session.rows(statement(f"{target.layer}/{target.vendor}__plan"))
    owners = parse(Owners, "owners", stage.rules)
    users = target.users(stage)
    known = stage.ledger.id_map(target.vendor)
    desired: list[Desired] = []
    for row in found:
        kind, record_id = target.place(row)
        if record_id is None and row["person_key"] in known:
            # Written, but not in the mirror yet: never created twice.
            kind, record_id = known[row["person_key"]]
        values = desired_values({**row, "owner_id": owner_of(row, owners, users)}, mapping, kind=kind or mapping.people)
        optouts = frozenset(CHANNELS if "all" in row["optouts"] else row["optouts"])
        desired.append(
            Desired(
                person_key=row["person_key"],
                object=kind,
                record_id=record_id,
                values=values,
                tags=frozenset(row["tags"]),
                opted_out_channels=optouts,
                hold=row["hold_reason"],
                **target.told(row),
            )
        )
    return desired


def mirror(stage: Stage, target: Target) -> dict[tuple[str, str], dict[str, Json]]:
    """Return the vendor's living records: (object, record id) → fields as stored."""
    with stage.warehouse.open() as session:
        rows = session.rows(
            "SELECT object, record_id, payload FROM staging.crm_people "
            "WHERE vendor = ? AND NOT coalesce(is_deleted, FALSE)",
            [target.vendor],
        )
    return {(row["object"], row["record_id"]): json.loads(row["payload"]) for row in rows}
