"""The workspace's fingerprint, and the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from pipeline.errors import WorkspaceMismatch
from resources.ledger.part import Part
from resources.ledger.schema import runs, workspace
from resources.ledger.store import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime


class Runs(Part):
    """Who this ledger belongs to, and what was run."""

    def stamp(self, fingerprint: Mapping[str, str]) -> None:
        """Tie this ledger to an environment, organisation and location; the first call decides.

        A name that was never stamped (a vendor connected later) is added.

        Raises:
            WorkspaceMismatch: a name has another value than the one stamped; nothing was changed.
        """
        with self.store.write() as connection:
            known = {row.name: row.value for row in connection.execute(select(workspace))}
            differing = sorted(name for name, value in fingerprint.items() if known.get(name, value) != value)
            if differing:
                told = "; ".join(f"{name}: {known[name]!r} here, {fingerprint[name]!r} now" for name in differing)
                raise WorkspaceMismatch(
                    f"this data folder belongs to another workspace ({told}); nothing was written. "
                    "Set LEADFLOW_WORKSPACE or LEADFLOW_DATA_DIR to the folder of the connected accounts"
                )
            fresh = [
                {"name": name, "value": value, "stamped_at": self.now()}
                for name, value in fingerprint.items()
                if name not in known
            ]
            if fresh:
                connection.execute(workspace.insert(), fresh)

    def fingerprint(self) -> dict[str, str]:
        """Return what this ledger is tied to; empty before the first run."""
        with self.store.read() as connection:
            return {row.name: row.value for row in connection.execute(select(workspace))}

    def begin_run(self, run_id: str, *, as_of: date, kind: str) -> None:
        """Record that a run started; a run that is begun again keeps its first start."""
        self.store.run_id = run_id
        with self.store.write() as connection:
            known = connection.execute(select(runs.c.run_id).where(runs.c.run_id == run_id)).first()
            if known is None:
                values = {"run_id": run_id, "as_of": as_of, "kind": kind, "status": "running"}
                connection.execute(runs.insert().values(**values, started_at=self.now()))

    def began(self, run_id: str) -> datetime:
        """Return when a run started that `begin_run` recorded."""
        with self.store.read() as connection:
            found: datetime = connection.execute(select(runs.c.started_at).where(runs.c.run_id == run_id)).scalar_one()
        return found

    def end_run(self, run_id: str, status: str, summary: Mapping[str, Any]) -> None:
        """Record how a run ended: done, failed, stopped, waiting or incomplete."""
        change = update(runs).where(runs.c.run_id == run_id)
        with self.store.write() as connection:
            connection.execute(change.values(status=status, ended_at=self.now(), summary=dumps(dict(summary))))

    def runs(self, limit: int = 20) -> list[dict[str, Any]]:
        """Return the latest runs, newest first."""
        query = select(runs).order_by(runs.c.started_at.desc(), runs.c.run_id.desc()).limit(limit)
        with self.store.read() as connection:
            found = [dict(row) for row in connection.execute(query).mappings()]
        return [row | {"summary": loads(row["summary"])} for row in found]

    def last_as_of(self) -> date | None:
        """Return the latest business day that any run ended for; None before the first."""
        with self.store.read() as connection:
            found: date | None = connection.execute(
                select(func.max(runs.c.as_of)).where(runs.c.ended_at.is_not(None))
            ).scalar()
        return found
