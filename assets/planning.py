"""A plan toward a vendor: what we want, what is there, the difference as a table, and the gates' word on it."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

from assets.activities import Answers
from assets.applying import applier
from assets.enrolling import Offer, enrolling
from assets.judging import Docket, sources_now_and_before
from assets.mirror import holding, mirror, mirrored
from assets.seconds import Seconds
from assets.wanted import REFUSED, wanted_parts
from assets.watermarks import WATERMARKS, read_to
from pipeline.errors import AWAY
from pipeline.planning import gates
from pipeline.planning.diff import plan_people
from pipeline.planning.plans import digest
from pipeline.planning.rivals import unique_fields
from pipeline.planning.turns import Turns
from pipeline.planning.undone import respected
from pipeline.planview.standing import LEFT_OUT
from pipeline.sql import statement

if TYPE_CHECKING:
    from assets.boundary import Counts, Stage
    from assets.targets import Target
    from resources.settler import Settled


def make_plan(stage: Stage, target: Target) -> Counts:
    """Settle what is in doubt, compare what we want with what is there, keep the plan under its hash."""
    from resources.ledger.undoings import Undoings

    settled = settle(stage, target)
    is_paused = pauses(stage, target)
    mapping = target.mapping(stage)
    capabilities = target.capabilities(stage)
    docket = Docket(stage, target, held_back(stage, target))
    draft = stage.ledger.draft(target.vendor)
    taken = Undoings(stage.ledger.store).taken_back(target.vendor)
    locked = stage.ledger.locked(target.vendor)
    with stage.warehouse.open() as session:
        heirs = {row["old_key"]: row["new_key"] for row in session.rows("SELECT * FROM identity.redirects")}
    unique = unique_fields(mapping, capabilities)
    turns = Turns(mapping, standing=lambda addresses: holding(stage, target, mapping, addresses), unique=unique)
    answers = Answers.read(stage, target)
    offer = Offer.read(stage, target)
    metadata = [(kind, name) for kind, facts in capabilities.fields.items() for name in facts]
    version = digest(sorted(metadata), *([offer.versions] if offer.bounds else []))
    enrolments = enrolling(stage, target, mapping, offer, heirs=heirs, version=version)
    # Part by part: a hundred thousand people with what is there and what was sent do not fit in memory together.
    seconds = target.seconds(stage, target)
    merging = Seconds(stage, target, seconds)
    companies = [] if is_paused else target.companies(stage, target, mapping)
    parts = wanted_parts(stage, target, mapping, only_refused=is_paused)
    for desired in chain(parts, [seconds, companies]):
        places = [entry.record_id for entry in desired if entry.record_id is not None]
        theirs = mirror(stage, target, places)
        bases = stage.ledger.bases(target.vendor, places)
        rows = plan_people(desired, theirs, bases, mapping, capabilities, locked=locked, heirs=heirs)
        rows = turns.admitted(respected(rows, taken, mapping))
        rows = merging.admitted([*rows, *answers.rows(rows, desired, theirs), *enrolments.add(rows, desired, theirs)])
        docket.add(rows)
        draft.add(rows)
    rows = merging.admitted(turns.rest())
    rows += respected(merging.rest(mapping, capabilities), taken, mapping)
    entering, tomorrow = enrolments.rest()
    rows += entering
    docket.add(rows)
    draft.add(rows)
    forecast = docket.forecast()
    sources = sources_now_and_before(stage, target)
    verdicts = docket.verdicts(records=mirrored(stage, target), sources=sources)
    left_out = [f"{kind}.{name}" for kind, name in gates.missing_fields(mapping, capabilities)]
    actions = docket.records_by_action()
    plan_hash = stage.ledger.keep_plan(
        draft,
        as_of=stage.as_of,
        rules_version=stage.opened.rules_version,
        summary={
            **forecast.summary(),
            "records_by_action": actions,
            "fields_left_out": left_out,
            WATERMARKS: read_to(stage),
            **({LEFT_OUT: left_out_by_pause(stage, target)} if is_paused else {}),
            "sources": {name: now for name, (now, _) in sources.items() if now},
        },
        metadata_version=version,
    )
    for verdict in verdicts:
        stage.ledger.record_verdict(plan_hash, verdict.check, verdict.is_passed, verdict.detail)
    del draft, docket
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
        **({"enrolments_for_another_day": tomorrow} if tomorrow else {}),
        **({"problems": "; ".join(offer.problems)} if offer.problems else {}),
        **{f"records_to_{action}": number for action, number in sorted(actions.items())},
    }


def settle(stage: Stage, target: Target) -> Settled:
    """Settle what is in doubt; where the vendor cannot be asked it stays so, and whoever it is about is left alone."""
    from resources.settler import Settled

    try:
        return applier(stage, target).settle()
    except AWAY:
        return Settled(waiting=len(stage.ledger.in_doubt(target.vendor)))


def pauses(stage: Stage, target: Target) -> bool:
    """Tell whether nothing but opt-outs has to be planned: writing is paused, and nothing is under way."""
    return stage.ledger.paused(target.vendor) is not None and not stage.ledger.people_under_way(target.vendor)


def left_out_by_pause(stage: Stage, target: Target) -> int:
    """Return how many people are not compared while writing is paused."""
    people = statement(f"{target.layer}/{target.vendor}__plan")
    with stage.warehouse.open() as session:
        return int(session.value(f"SELECT count(*) FROM ({people}) WHERE NOT coalesce({REFUSED}, FALSE)"))


def held_back(stage: Stage, target: Target) -> dict[str, str]:
    """Return person key → why the person must not be written to."""
    people = statement(f"{target.layer}/{target.vendor}__plan")
    with stage.warehouse.open() as session:
        rows = session.rows(f"SELECT person_key, hold_reason FROM ({people}) WHERE hold_reason IS NOT NULL")
    return {row["person_key"]: row["hold_reason"] for row in rows if row["hold_reason"]}
