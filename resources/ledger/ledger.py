"""The ledger as one object; each of its parts is a module beside this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.ledger.activities import Activities
from resources.ledger.bases import Bases
from resources.ledger.changes import Changes
from resources.ledger.enrichments import Enrichments
from resources.ledger.enrolments import Enrolled
from resources.ledger.intents import Intents
from resources.ledger.jobs import Jobs
from resources.ledger.keys import Keys
from resources.ledger.listings import Listings
from resources.ledger.meters import Meters
from resources.ledger.money import Money
from resources.ledger.pauses import Pauses
from resources.ledger.planrows import PlanRows
from resources.ledger.plans import Plans
from resources.ledger.pruning import Pruning
from resources.ledger.questions import Questions
from resources.ledger.readbacks import Readbacks
from resources.ledger.records import Records
from resources.ledger.runs import Runs
from resources.ledger.store import Store
from resources.ledger.verdicts import Verdicts
from resources.ledger.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path


class Ledger(
    Runs,
    Keys,
    Records,
    Plans,
    PlanRows,
    Verdicts,
    Intents,
    Waiting,
    Jobs,
    Enrichments,
    Readbacks,
    Bases,
    Money,
    Meters,
    Pauses,
    Pruning,
    Questions,
    Listings,
    Changes,
    Activities,
    Enrolled,
):
    """The ledger of one workspace. Open it with `Ledger.open`, one per process."""

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], datetime]) -> Ledger:
        """Open the ledger at an SQLAlchemy URL; create or migrate it where needed (backed up before).

        Args:
            url: `sqlite:///path/ledger.db`, or `postgresql+psycopg2://...` where several machines run.
            clock: gives the moment, aware UTC.
        """
        return cls(Store.open(url, clock=clock))

    def backup(self, target: Path) -> None:
        """Copy a SQLite ledger to `target` while it is in use. Nothing is done for PostgreSQL."""
        self.store.backup(target)

    def close(self) -> None:
        """Close the ledger."""
        self.store.close()
