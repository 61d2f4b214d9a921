"""Plans: immutable rows under a hash, the verdicts on it, and who approved it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from sys import intern
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select, update

from pipeline.errors import LeadflowError
from pipeline.planning.plans import digest
from resources.ledger.drafts import Draft
from resources.ledger.part import Part
from resources.ledger.rows import BATCH, read_rows
from resources.ledger.store import batched, dumps, loads, many
from resources.ledger.writes import intents, plan_records, plans, revisions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Row

    from pipeline.models import PlanRow


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A saved plan: `plan_hash` is what a person approves, `content_hash` names what its normal lane does.

    `rows` are read when they are first asked for: most questions about a plan need none of its million fields.
    """

    plan_hash: str
    vendor: str
    as_of: date
    rules_version: str
    metadata_version: str
    content_hash: str
    revision: int
    summary: Mapping[str, Any]
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    applied_at: datetime | None
    saved_at: datetime
    read_rows: Callable[[], tuple[PlanRow, ...]] = field(compare=False, repr=False)

    @cached_property
    def rows(self) -> tuple[PlanRow, ...]:
        """Return everything that was decided, in order; holds and skips included."""
        return self.read_rows()


class UnknownPlan(LeadflowError):
    """No plan has this hash."""

    exit_code = 2


class Plans(Part):
    """The plans of every vendor."""

    def save_plan(
        self,
        vendor: str,
        rows: Sequence[PlanRow],
        *,
        as_of: date,
        rules_version: str,
        summary: Mapping[str, Any] | None = None,
        metadata_version: str = "",
    ) -> str:
        """Keep a plan and return its hash; an equal plan that was not applied yet keeps its hash.

        Args:
            vendor: whose plan it is.
            rows: everything that was decided, holds and skips included.
            as_of: business day; not part of the hash.
            rules_version: fingerprint of the rules it was made with.
            summary: counts and costs for people.
            metadata_version: fingerprint of the vendor's live field metadata. A refused write is tried again
                only when this, or its payload, has changed.
        """
        draft = self.draft(vendor)
        draft.add(rows)
        return self.keep_plan(
            draft, as_of=as_of, rules_version=rules_version, summary=summary, metadata_version=metadata_version
        )

    def draft(self, vendor: str) -> Draft:
        """Return an empty plan, to be filled part by part and then kept by `keep_plan`."""
        with self.store.read() as connection:
            told = select(revisions.c.object, revisions.c.person_key, revisions.c.revision)
            found = connection.execute(told.where(revisions.c.vendor == vendor), execution_options={"yield_per": BATCH})
            return Draft(vendor, {(intern(kind), key): revision for kind, key, revision in found})

    def keep_plan(
        self,
        draft: Draft,
        *,
        as_of: date,
        rules_version: str,
        summary: Mapping[str, Any] | None = None,
        metadata_version: str = "",
    ) -> str:
        """Keep a finished plan and return its hash; the arguments are those of `save_plan`."""
        whole = draft.whole_hash(f"{rules_version}/{metadata_version}")
        content = draft.normal_hash(rules_version)
        with self.store.write() as connection:
            saved_no = (connection.execute(select(func.max(plans.c.saved_no))).scalar() or 0) + 1
            revision = 1
            while True:
                plan_hash = digest(whole, revision)
                found = connection.execute(select(plans).where(plans.c.plan_hash == plan_hash)).first()
                if found is None or found.applied_at is None:
                    break
                revision += 1
            fresh = {
                "as_of": as_of,
                "saved_at": self.now(),
                "saved_no": saved_no,
                "summary": dumps(dict(summary or {})),
            }
            if found is not None:
                connection.execute(update(plans).where(plans.c.plan_hash == plan_hash).values(**fresh))
                # The plan is wanted again.
                unlink(connection, plan_hash, with_superseded=True)
                return plan_hash
            fixed = {
                "plan_hash": plan_hash,
                "vendor": draft.vendor,
                "run_id": self.store.run_id,
                "revision": revision,
            }
            versions = {
                "rules_version": rules_version,
                "metadata_version": metadata_version,
                "content_hash": content,
            }
            connection.execute(plans.insert().values(**fixed, **versions, **fresh, created_at=self.now()))
            for part in batched(draft.records(plan_hash), BATCH):
                many(connection, plan_records.insert(), part)
        return plan_hash

    def plan(self, plan_hash: str) -> Plan:
        """Return a plan by its hash, or by the first (at least four) digits of it.

        Raises:
            UnknownPlan: there is none, or several start with these digits.
        """
        with self.store.read() as connection:
            query = select(plans).where(plans.c.plan_hash.startswith(plan_hash, autoescape=True))
            found = connection.execute(query.limit(2)).all() if len(plan_hash) >= 4 else []
            if len(found) != 1:
                what = "several plans start with" if found else "no plan has the hash"
                raise UnknownPlan(f"{what} {plan_hash!r}; `leadflow status` lists the plans")
            return self._plan(found[0])

    def latest_plan(self, vendor: str) -> Plan | None:
        """Return the plan of a vendor that was saved last, None before the first."""
        query = select(plans).where(plans.c.vendor == vendor).order_by(plans.c.saved_no.desc()).limit(1)
        with self.store.read() as connection:
            found = connection.execute(query).first()
            return self._plan(found) if found else None

    def _plan(self, row: Row[Any]) -> Plan:
        kept = {name: getattr(row, name) for name in Plan.__dataclass_fields__ if name in row._fields}
        return Plan(**kept | {"summary": loads(row.summary)}, read_rows=lambda: self._rows(row.plan_hash))

    def _rows(self, plan_hash: str) -> tuple[PlanRow, ...]:
        with self.store.read() as connection:
            return tuple(row for _, row in read_rows(connection, plan_hash))

    def approve(self, plan_hash: str, by: str) -> None:
        """Record that a person approved a plan.

        Raises:
            UnknownPlan: no plan has this hash.
        """
        known = self.plan(plan_hash)
        change = update(plans).where(plans.c.plan_hash == known.plan_hash)
        with self.store.write() as connection:
            connection.execute(change.values(approved_by=by, approved_at=self.now()))

    def mark_applied(self, plan_hash: str) -> None:
        """Record that every row of a plan was handled: an equal plan later is a new revision."""
        with self.store.write() as connection:
            connection.execute(update(plans).where(plans.c.plan_hash == plan_hash).values(applied_at=self.now()))


def unlink(connection: Connection, plan_hash: str, *, with_superseded: bool) -> None:
    """Let go of intents that another plan took over meanwhile, so that they come back when this one is linked.

    With `with_superseded` also of those that were set aside: they get a new attempt.
    """
    gone = (intents.c.state == "planned") & (intents.c.plan_hash != plan_hash)
    if with_superseded:
        gone |= intents.c.state == "superseded"
    mine = (plan_records.c.plan_hash == plan_hash) & plan_records.c.intent_id.in_(
        select(intents.c.intent_id).where(gone)
    )
    connection.execute(update(plan_records).where(mine).values(intent_id=None))
