"""Sending a plan: opt-outs always, the rest when every verdict holds and nobody has to be asked; then reading back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from assets.applying import applier
from assets.lookout import Lookout
from assets.meanwhile import Meanwhile
from assets.refusals import untaken
from assets.rejections import rejections
from assets.tracking import following, last_followed
from pipeline.errors import ApprovalNeeded, GateClosed, QuotaExhausted, VendorUnavailable
from pipeline.planning import cost, gates
from pipeline.planview.standing import LEFT_OUT
from pipeline.rules import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from assets.boundary import Counts, Stage
    from assets.targets import Row, Target
    from resources.applied import Applied


GOES_ON = "{}; the next run goes on with it"
UNKNOWN = "enrolments whose answer was lost: {}, not repeated; `leadflow status` says where to look"


class Follow(Protocol):
    """Reads rows of the ledger that changed since a moment; all of them when that is None."""

    def __call__(self, vendor: str, *, since: datetime | None) -> Iterator[Sequence[Row]]:
        """Yield the rows, each with its `intent_id`, in batches."""
        ...


def send(stage: Stage, target: Target) -> Counts:
    """Apply the latest plan: opt-outs always, the rest when every verdict holds and nobody has to be asked first."""
    plan = stage.ledger.latest_plan(target.vendor)
    counts: dict[str, int | float | str] = {}
    actions = stage.ledger.planned_actions(plan.plan_hash) if plan is not None else {}
    if plan is not None and has_work(actions):
        # Asked under the applier's lock: what another run wrote a moment ago is seen.
        lookout = Lookout(stage, target, plan)
        meanwhile = Meanwhile(stage, target, lookout)
        worker = applier(
            stage,
            target,
            guard=lookout.guard,
            freshness=lookout.moved,
            meanwhile=meanwhile,
            # Taking back is never automatic.
            needs_approval="undoes" in plan.summary or needs_approval(stage, target, plan.plan_hash, actions),
        )
        stage.opened.lookouts[target.vendor] = lookout
        try:
            done = worker.apply(plan.plan_hash)
        except ApprovalNeeded as error:
            counts |= {"waiting": str(error), "plan": plan.plan_hash, **untold(stage, error.plan_hash)}
        except GateClosed as error:
            raise explained(stage, target, plan.plan_hash, error) from error
        else:
            counts |= came_to(target, done)
            if done.stopped and done.stopped.startswith("paused: "):
                counts["held_by_pause"] = f"writing to {target.vendor} is {done.stopped}"
            elif done.stopped:
                raise VendorUnavailable(
                    f"sending to {target.vendor} stopped: {done.stopped}; run again to continue",
                    vendor=target.vendor,
                )
        problems = [str(counts.get("problems", "")), untaken(stage, target, plan.plan_hash) or ""]
        counts |= {"problems": "; ".join(filter(None, problems))} if any(problems) else {}
        counts |= {f"optouts_told_meanwhile_{vendor}": number for vendor, number in meanwhile.told.items() if number}
    left_out = plan.summary.get(LEFT_OUT, 0) if plan is not None else 0
    if left_out:
        reason = stage.ledger.paused(target.vendor)
        paused = f"is paused: {reason}" if reason else "was paused when it was planned"
        told = f"{left_out:,} people are compared with it by the first run after that"
        counts["held_by_pause"] = f"writing to {target.vendor} {paused}; {told}"
    follow(stage, target, "writes", stage.ledger.intent_batches)
    return counts


def untold(stage: Stage, plan_hash: str) -> Counts:
    """Return in words which opt-outs of a plan the vendor did not take; they do not wait for anybody's approval."""
    left = len(stage.ledger.planned_intents(plan_hash, lane="optout", has_payload=False))
    told = f"{left:,} {'opt-out' if left == 1 else 'opt-outs'} did not get through"
    return {"problems": GOES_ON.format(told)} if left else {}


def came_to(target: Target, done: Applied) -> Counts:
    """Return what an apply came to, and in words what of it is unfinished."""
    counts: dict[str, int | float | str] = {
        "planned": done.planned,
        "confirmed": done.confirmed,
        "rejected": done.rejected,
        "in_doubt": done.in_doubt,
        "held": done.held,
    }
    if done.unknown:
        counts |= {"unknown": done.unknown, "told": UNKNOWN.format(done.unknown)}
    if done.waiting:
        counts["problems"] = GOES_ON.format(done.waiting)
    if done.unanswered:
        counts["unanswered"] = GOES_ON.format(f"{target.vendor}: {done.unanswered}")
    return counts


def explained(stage: Stage, target: Target, plan_hash: str, error: GateClosed) -> GateClosed | QuotaExhausted:
    """Return a refusal with the gates' own sentences; one for want of credits alone ends when they are back."""
    from resources.allowances import allowance_of
    from resources.ledger.overview import Overview

    refused = Overview(stage.ledger.store).refusals(plan_hash)
    if not refused:
        return error
    told = "; ".join(f"{check}: {detail}" for check, detail in refused.items())
    if set(refused) != {"gate__quota"}:
        return GateClosed(f"{error} ({told}). Look at it: leadflow plan {target.vendor}")
    allowed = allowance_of(target.vendor, stage.data_dir / "state" / "limits.db", stage.now())
    reasons = stage.opened.interrupted.values()
    if not all(isinstance(reason, QuotaExhausted) for reason in reasons):
        return GateClosed(f"plan {plan_hash[:8]} was not sent: {told}")
    moments = [reason.resumes_at for reason in reasons if isinstance(reason, QuotaExhausted)]
    if not moments and allowed is not None:
        moments = [moment for moment in (allowed.resumes_at or allowed.resets_at,) if moment is not None]
    resumes_at = max(moments, default=stage.now() + timedelta(minutes=15))
    return QuotaExhausted(
        f"plan {plan_hash[:8]} was not sent: {told}; it continues at {resumes_at:%Y-%m-%d %H:%M:%S} UTC",
        resumes_at=resumes_at,
    )


def read_back(stage: Stage, target: Target) -> Counts:
    """Read back everything confirmed, compare it field by field, keep it as the base of later merges."""
    lookout = stage.opened.lookouts.get(target.vendor)
    # Reading back a large plan takes as long as sending it: who says no meanwhile does not wait for the end of it.
    meanwhile = Meanwhile(stage, target, lookout) if lookout is not None else lambda: ()
    found = applier(stage, target, meanwhile=meanwhile).read_back()
    follow(stage, target, "readback", stage.ledger.readback_batches)
    counts: dict[str, int | float | str] = {
        f"landed_{landed}": number for landed, number in sorted(found.counts.items())
    }
    if found.unanswered:
        # Also of a run that had nothing to send: no run is green while somebody's write has no outcome.
        counts["unanswered"] = GOES_ON.format(f"{target.vendor}: {found.unanswered}")
    refused = rejections(stage, target)
    if refused is not None:
        counts["refused"] = refused
    unread = stage.ledger.unread_count(target.vendor)
    if unread:
        counts["problems"] = (
            f"{target.vendor} gave no usable answer about {unread} writes: the next run reads them back"
        )
    return counts


def follow(stage: Stage, target: Target, what: str, read: Follow) -> None:
    """Bring one of the vendor's tables up to date with the ledger."""
    name = target.table(what)
    began, since = stage.now(), last_followed(stage, name)
    with following(stage, name, since=since, began=began) as table:
        table.merge("intent_id", read(target.vendor, since=since))


def refresh(stage: Stage, target: Target, what: str, rows: Sequence[Row]) -> None:
    """Replace one of the vendor's tables by rows of the ledger."""
    name = target.table(what)
    with stage.warehouse.open() as session, session.transaction():
        session.execute(f"DELETE FROM {name}")
        session.insert(name, rows)


def has_work(actions: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a plan of these (lane, action) holds anything to send."""
    return any(action not in {"skip", "hold"} for _, action in actions)


def needs_approval(stage: Stage, target: Target, plan_hash: str, actions: Iterable[tuple[str, str]]) -> bool:
    """Tell whether the normal lane of a plan of these (lane, action) waits for a person."""
    mode = stage.opened.settings.apply
    if mode == "auto" or not any(action in gates.WRITES and lane == "normal" for lane, action in actions):
        return False
    if mode == "review":
        return True
    bill = cost.Bill()
    for rows in stage.ledger.row_parts(plan_hash):
        bill.add(row for row in rows if row.lane == "normal")
    forecast = bill.forecast(parse(cost.Prices, "prices", stage.rules), vendor=target.vendor)
    return not gates.is_within_limits(forecast, parse(gates.Gates, "gates", stage.rules))
