"""Moving intents along the table of transitions, guarded by the database."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, select, update

from pipeline.models import Intent, Lane, Operation, State
from pipeline.planning.states import TRANSITIONS, Event, IllegalTransition, after
from resources.ledger.store import chunks, loads
from resources.ledger.writes import intents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row


def move(connection: Connection, names: Sequence[str], event: Event, **values: object) -> None:
    """Move intents along one event; the database checks the state again in the UPDATE itself.

    Raises:
        IllegalTransition: one of them may not; nothing was changed (the transaction is the caller's).
    """
    for part in chunks(sorted(names)):
        rows = connection.execute(select(intents.c.intent_id, intents.c.state).where(intents.c.intent_id.in_(part)))
        states: dict[State, list[str]] = {}
        for row in rows:
            states.setdefault(cast("State", row.state), []).append(row.intent_id)
        if sum(map(len, states.values())) != len(set(part)):
            raise IllegalTransition(f"an intent that is not in the ledger cannot {event}")
        for state, members in states.items():
            guarded = intents.c.intent_id.in_(members) & (intents.c.state == state)
            change = update(intents).where(guarded).values(state=after(state, event), **values)
            if connection.execute(change).rowcount != len(members):
                raise IllegalTransition(f"an intent was moved by another process while it should {event}")


def moves(connection: Connection, names: Sequence[str], event: Event) -> dict[str, tuple[State, State]]:
    """Return id → (state now, state after) of intents that one event moves; the caller writes it with the rest.

    Raises:
        IllegalTransition: one of them may not, or does not exist.
    """
    found: dict[str, tuple[State, State]] = {}
    for part in chunks(names):
        query = select(intents.c.intent_id, intents.c.state).where(intents.c.intent_id.in_(part)).with_for_update()
        for name, state in connection.execute(query):
            found[name] = (state, after(state, event))
    if len(found) != len(set(names)):
        raise IllegalTransition(f"an intent that is not in the ledger cannot {event}")
    return found


def move_job(connection: Connection, job_no: int, states: Sequence[State], event: Event, **values: object) -> None:
    """Move every intent of a bulk job that is in one of some states along one event."""
    for state in states:
        if (state, event) in TRANSITIONS:
            mine = (intents.c.job_no == job_no) & (intents.c.state == state)
            connection.execute(update(intents).where(mine).values(state=after(state, event), **values))


def as_intent(row: Row[Any]) -> Intent:
    """Return a stored intent."""
    return Intent(
        intent_id=row.intent_id,
        vendor=row.vendor,
        object=row.object,
        person_key=row.person_key,
        record_id=row.record_id,
        operation=cast("Operation", row.operation),
        # The same few names in every intent: kept once, however many intents are in memory.
        payload={intern(name): value for name, value in loads(row.payload).items()},
        lane=cast("Lane", row.lane),
        base_revision=row.base_revision,
        plan_hash=row.plan_hash,
        attempt=row.attempt,
        state=cast("State", row.state),
    )


def read(connection: Connection, names: Sequence[str]) -> dict[str, Row[Any]]:
    """Return stored intents by id; those that do not exist are absent."""
    found: dict[str, Row[Any]] = {}
    for part in chunks(names):
        rows = connection.execute(select(intents).where(intents.c.intent_id.in_(part)))
        found.update({row.intent_id: row for row in rows})
    return found
