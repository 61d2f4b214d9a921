"""Great Expectations at the two boundaries where rows leave, as blocking checks of the scheduled day and the UI.

Importing Great Expectations takes seconds, more than a small day does. So the suites are steps of their own: the job
`morning`, which the schedule starts, and "materialize all" in the UI have them; the jobs that `leadflow run` starts
do not. There the SQL checks and the gates guard the same boundaries. What a suite finds in a plan is kept in the
ledger for the plan's hash: a plan that it refused is not sent by any job or command, until it is made anew.
"""

# No postponed annotations here: Dagster reads those of a check's context as they are.
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import dagster as dg

from assets.absent import let_pandas_in
from assets.boundary import Stage, WorkspaceResource, failures, key_of
from assets.crm import ZOHO
from assets.outreach import GHL
from assets.targets import Target
from assets.verdicts import offending
from pipeline import contracts
from pipeline.errors import LeadflowError
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from pipeline.contracts import Expectation
    from resources.expectations import Broken

NAMED_BY = "person_key"
NAMED_AT_MOST = 50
PEOPLE_AT_ONCE, ROWS_AT_ONCE = 20_000, 200_000
"""Rows that are judged together: a large plan does not fit in memory twice, and each part costs its own start."""


def suite_check(
    table: str, name: str, *, meaning: str, judge: Callable[[Stage], "Sequence[Broken]"], target: Target | None = None
) -> dg.AssetChecksDefinition:
    """Make the blocking check that judges one contract after `table`; `target`: whose plan it is a verdict on."""

    def record(stage: Stage, is_passed: bool, detail: str) -> None:
        plan = stage.ledger.latest_plan(target.vendor) if target is not None else None
        if plan is not None:
            stage.ledger.record_verdict(plan.plan_hash, f"suite__{name}", is_passed, detail)

    @dg.asset_check(asset=key_of(table), name=name, blocking=True, description=meaning)
    def check(context: dg.AssetCheckExecutionContext, workspace: WorkspaceResource) -> dg.AssetCheckResult:
        with failures():
            stage = workspace.stage(context)
            try:
                broken = judge(stage)
            except LeadflowError as error:
                # Not judged is not passed: no other run may send it either.
                record(stage, False, str(error))
                raise
            told = "; ".join(f"{one.meaning}: not so for {one.rows:,}" for one in broken)
            record(stage, not broken, told or "as agreed")
        rows = [{NAMED_BY: key, "expected": one.meaning} for one in broken for key in one.names or ("(all)",)]
        count = sum(one.rows for one in broken)
        return dg.AssetCheckResult(
            passed=not broken,
            severity=dg.AssetCheckSeverity.ERROR,
            description=told or None,
            metadata={"offending_rows": count, **({"first_rows": offending(rows)} if rows else {})},
        )

    return check


def judged(rows: "Sequence[Mapping[str, Any]]", suite: "Sequence[Expectation]") -> "list[Broken]":
    """Judge rows by a suite; the import of Great Expectations comes here."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    let_pandas_in()
    from resources.expectations import judge

    return judge(rows, suite, named_by=NAMED_BY)


def judge_people(stage: Stage) -> "list[Broken]":
    """Judge people as the plans toward both vendors see them."""
    found = []
    for target in (ZOHO, GHL):
        with stage.warehouse.open() as session:
            rows = session.batches(statement(f"{target.layer}/{target.vendor}__plan"), size=PEOPLE_AT_ONCE)
            for part in whole(rows):
                found += judged(contracts.people_rows(part), contracts.people())
        stage.warehouse.release()
    return joined(found)


def judge_payloads(stage: Stage, target: Target) -> "list[Broken]":
    """Judge the payloads of the latest plan toward a vendor, object by object."""
    mapping, live = target.mapping(stage), target.capabilities(stage)
    columns = "object, lane, action, record_id, person_key, field, new_value"
    query = f"SELECT {columns} FROM {target.table('plan')} WHERE lane = 'normal' ORDER BY person_key"
    found = []
    with stage.warehouse.open() as session:
        for part in whole(session.batches(query, size=ROWS_AT_ONCE)):
            for kind in mapping.objects:
                payloads = contracts.payload_rows(part, kind, mapping)
                found += judged(payloads, contracts.payloads(kind, mapping, live))
    stage.warehouse.release()
    return joined(found)


def whole(batches: "Iterable[Sequence[Mapping[str, Any]]]") -> "Iterator[list[Mapping[str, Any]]]":
    """Yield rows in parts, all of one person together; they come ordered by person."""
    rest: list[Mapping[str, Any]] = []
    for rows in batches:
        rest += rows
        cut = len(rest)
        while cut and rest[cut - 1][NAMED_BY] == rest[-1][NAMED_BY]:
            cut -= 1
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
    if rest:
        yield rest


def joined(found: "Iterable[Broken]") -> "list[Broken]":
    """Return one entry per expectation of what several parts of the rows broke."""
    alike: dict[str, list[Broken]] = {}
    for one in found:
        alike.setdefault(one.meaning, []).append(one)
    return [
        replace(
            same[0],
            rows=sum(one.rows for one in same),
            names=tuple(name for one in same for name in one.names)[:NAMED_AT_MOST],
        )
        for same in alike.values()
    ]


def payloads_check(target: Target) -> dg.AssetChecksDefinition:
    """Make the check of the payloads toward a vendor."""
    return suite_check(
        target.table("plan"),
        f"{target.vendor}_payloads",
        meaning=f"Fails when a payload toward {target.vendor} is not as the vendor takes it (Great Expectations).",
        judge=lambda stage: judge_payloads(stage, target),
        target=target,
    )


SUITES = [
    # After the segments: the last table before the plans, so that both of them wait for it.
    suite_check(
        "qualify.tags",
        "people",
        meaning="Fails when people, as the plans see them, break their contract (Great Expectations).",
        judge=judge_people,
    ),
    payloads_check(ZOHO),
    payloads_check(GHL),
]
