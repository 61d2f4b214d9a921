"""Intents: every write, committed before it is sent, moved only along the table of transitions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, select, update

from pipeline.models import Intent
from pipeline.planning.plans import REFERENCED, intent_of, named, order
from resources.ledger import beside, plans, settling
from resources.ledger.guards import refused_inserts, unused
from resources.ledger.moves import as_intent, move, read
from resources.ledger.part import Part
from resources.ledger.rows import new_values, unlinked
from resources.ledger.store import chunks, dumps, many
from resources.ledger.writes import intents, plan_records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

    from pipeline.models import Outcome
    from pipeline.planning.states import Event


@dataclass(frozen=True, slots=True)
class Claimed:
    """Intents that are ours to send now, and those that must not be (id → why); the latter stay planned."""

    intents: list[Intent]
    refused: Mapping[str, str]


class Intents(Part):
    """The intents of every vendor."""

    def plan_intents(self, plan_hash: str) -> list[Intent]:
        """Create the intents of a plan where they do not exist yet; return all, in the order of writing.

        Planned intents of the vendor's other plans are superseded. A refused intent is planned again (attempt
        n+1) only when the vendor's metadata changed since; a changed payload is another intent anyway.
        """
        self.link_plan(plan_hash)
        known = self.plan(plan_hash).plan_hash  # type: ignore[attr-defined]  # a part of the same ledger
        linked = select(plan_records.c.intent_id).where(plan_records.c.plan_hash == known)
        query = select(intents).where(intents.c.intent_id.in_(linked))
        with self.store.read() as connection:
            found = [as_intent(row) for row in connection.execute(query)]
        return sorted(found, key=lambda intent: (*order(intent), intent.intent_id))

    def link_plan(self, plan_hash: str) -> None:
        """Create the intents of a plan where they do not exist yet, and supersede those of other plans."""
        plan = self.plan(plan_hash)  # type: ignore[attr-defined]  # a part of the same ledger
        with self.store.write() as connection:
            plans.unlink(connection, plan.plan_hash, with_superseded=False)
            for part in unlinked(connection, plan.plan_hash):
                self._link(connection, plan, part)
            self._supersede_others(connection, plan)

    def _link(self, connection: Connection, plan: plans.Plan, records: Sequence[Row[Any]]) -> None:
        wanted = unused(connection, [_intent(record, plan.plan_hash) for record in records])
        known = read(connection, [intent.intent_id for intent in wanted])
        created = {intent.intent_id: intent for intent in wanted if intent.intent_id not in known}
        for intent in wanted:
            if intent.intent_id in known:
                self._adopt(connection, intent, known[intent.intent_id], plan.metadata_version)
        if created:
            many(connection, intents.insert(), [self._row(item, plan.metadata_version) for item in created.values()])
        pairs = zip(records, wanted, strict=True)
        links = [{"number": record.record_no, "name": intent.intent_id} for record, intent in pairs]
        mine = (plan_records.c.plan_hash == plan.plan_hash) & (plan_records.c.record_no == bindparam("number"))
        many(connection, update(plan_records).where(mine).values(intent_id=bindparam("name")), links)

    def linked_to(self, plan_hash: str, names: Sequence[str]) -> set[str]:
        """Return those of some intents that a plan wants."""
        found: set[str] = set()
        mine = plan_records.c.plan_hash == plan_hash
        with self.store.read() as connection:
            for part in chunks(names):
                query = select(plan_records.c.intent_id).where(mine, plan_records.c.intent_id.in_(part))
                found.update(connection.execute(query).scalars())
        return found

    def add_intents(self, fresh: Sequence[Intent], *, reason: str | None = None) -> list[Intent]:
        """Create planned intents that no plan row asked for (a follow-up, an enrichment), unless they exist.

        One that was set aside before is created anew, an attempt later. With a reason they become rows of the plan
        that they name: updates of fields that were blank. Returns them as they stand.
        """
        with self.store.write() as connection:
            wanted = unused(connection, [named(intent, state="planned") for intent in fresh])
            known = read(connection, [intent.intent_id for intent in wanted])
            absent = {intent.intent_id: intent for intent in wanted if intent.intent_id not in known}
            if absent:
                connection.execute(intents.insert(), [self._row(intent, "") for intent in absent.values()])
                if reason is not None:
                    beside.append(connection, list(absent.values()), reason)
            found = read(connection, [intent.intent_id for intent in wanted])
        return [as_intent(found[intent.intent_id]) for intent in wanted]

    def claim(self, wanted: Sequence[Intent], *, owner: str, run_id: str | None = None) -> Claimed:
        """Claim planned intents for one process, in one committed transaction, before anything is sent.

        `record_id` of each is kept as given. An insert is refused when another insert of the same key is in
        doubt, or when the key has a record already: nobody is ever created twice.

        Raises:
            IllegalTransition: one of them is not planned (any more); nothing was claimed.
        """
        with self.store.write() as connection:
            refused = refused_inserts(connection, [item for item in wanted if item.operation == "insert"])
            mine = [intent for intent in wanted if intent.intent_id not in refused]
            fixed = {"owner": owner, "claimed_at": self.now(), "run_id": run_id or self.store.run_id}
            names = [intent.intent_id for intent in mine]
            move(connection, names, "claim", sent_at=None, job_no=None, job_position=None, **fixed)
            details = [
                {"name": item.intent_id, "record": item.record_id, "kind": item.object}
                for item in mine
                # An insert has no record yet; the others may have got theirs since they were planned.
                if item.operation != "insert"
            ]
            change = update(intents).where(intents.c.intent_id == bindparam("name"))
            if details:
                connection.execute(change.values(record_id=bindparam("record"), object=bindparam("kind")), details)
        return Claimed([replace(intent, state="claimed") for intent in mine], refused)

    def mark_sent(self, claimed: Sequence[Intent]) -> list[Intent]:
        """Commit that the call of these claimed intents starts now."""
        self._move([intent.intent_id for intent in claimed], "send", sent_at=self.now())
        return [replace(intent, state="sent") for intent in claimed]

    def settle(self, results: Sequence[tuple[Intent, Outcome]], *, converts_to: str = "Contacts") -> int:
        """Record what the vendor said, in one transaction; return how many refused inserts were recognised.

        `in_doubt` outcomes stay sent; `not_sent` ones are planned again. `converts_to` is the object that a
        conversion makes.
        """
        with self.store.write() as connection:
            return settling.settle(connection, results, converts_to, self)

    def release(self, doubted: Sequence[Intent], reason: str, *, is_attempt: bool = False) -> None:
        """Plan intents again that certainly were not executed; `is_attempt` counts the call that was lost."""
        bump: dict[str, Any] = {"attempt": intents.c.attempt + 1} if is_attempt else {}
        self._move([intent.intent_id for intent in doubted], "release", vendor_message=reason, **bump)

    def lose(self, doubted: Sequence[Intent], reason: str) -> None:
        """Close intents that may have been executed and that nobody can ask about: they are never sent again."""
        self._move([intent.intent_id for intent in doubted], "lose", vendor_message=reason, settled_at=self.now())

    def supersede(self, unwanted: Sequence[Intent], reason: str) -> None:
        """Set planned intents aside: a newer plan, a closed gate, or a record that moved."""
        names = [intent.intent_id for intent in unwanted]
        self._move(names, "supersede", vendor_message=reason, settled_at=self.now())

    def intent(self, intent_id: str) -> Intent | None:
        """Return one intent as it stands, None when there is none."""
        with self.store.read() as connection:
            row = read(connection, [intent_id]).get(intent_id)
        return as_intent(row) if row is not None else None

    def _move(self, names: Sequence[str], event: Event, **values: object) -> None:
        with self.store.write() as connection:
            move(connection, names, event, **values)

    def _adopt(self, connection: Connection, intent: Intent, row: Row[Any], metadata_version: str) -> None:
        here = update(intents).where(intents.c.intent_id == intent.intent_id)
        # The same name is the same content, but for events: those go as the latest plan has them.
        payload = dumps(dict(intent.payload))
        told = {"object": intent.object, "record_id": intent.record_id, "payload": payload}
        fresh = told | {"plan_hash": intent.plan_hash, "metadata_version": metadata_version}
        is_other = row.metadata_version != metadata_version
        is_other |= intent.operation in REFERENCED and row.payload != payload
        if row.state == "rejected" and is_other:
            move(connection, [intent.intent_id], "retry", attempt=row.attempt + 1)
            connection.execute(here.values(fresh))
        elif row.state == "planned":
            connection.execute(here.values(fresh))

    def _row(self, intent: Intent, metadata_version: str) -> dict[str, Any]:
        told = {name: getattr(intent, name) for name in Intent.__slots__}
        extra = {"payload": dumps(dict(intent.payload)), "metadata_version": metadata_version}
        return told | extra | {"planned_at": self.now(), "run_id": self.store.run_id}

    def _supersede_others(self, connection: Connection, plan: plans.Plan) -> None:
        others = (intents.c.vendor == plan.vendor) & (intents.c.state == "planned") & (intents.c.plan_hash != "")
        query = select(intents.c.intent_id).where(others, intents.c.plan_hash != plan.plan_hash)
        stale = list(connection.execute(query).scalars())
        move(connection, stale, "supersede", vendor_message="a newer plan", settled_at=self.now())


def _intent(record: Row[Any], plan_hash: str) -> Intent:
    return intent_of(record, new_values(record), base_revision=record.base_revision, plan_hash=plan_hash)
