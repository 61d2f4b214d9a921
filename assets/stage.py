"""What the body of an asset is given: the open workspace, the run, the business day and the day of ingest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from resources.landing import Landing
    from resources.ledger import Ledger
    from resources.vendors import Vendors
    from resources.warehouse import Warehouse
    from resources.workspace import Workspace

Counts = Mapping[str, int | float | str]

WATCH = "leadflow/watch"
"""Tag of the runs that read replies, bookings and opt-outs between two days, and send nothing but opt-outs."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that the body of an asset may use."""

    run_id: str
    as_of: date
    day: date
    log: Any
    opened: Workspace
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_watch(self) -> bool:
        """Tell whether this run only looks for replies, bookings and opt-outs."""
        return WATCH in self.tags

    @property
    def warehouse(self) -> Warehouse:
        """Return the warehouse; open it late and close it before a vendor is asked."""
        return self.opened.warehouse

    @property
    def ledger(self) -> Ledger:
        """Return the ledger of intents, plans, keys and money."""
        return self.opened.ledger

    @property
    def landing(self) -> Landing:
        """Return the landing folder."""
        return self.opened.landing

    @property
    def vendors(self) -> Vendors:
        """Return the vendor clients, verified to be those of this workspace."""
        return self.opened.vendors

    @property
    def rules(self) -> Mapping[str, str]:
        """Return the rule texts in force."""
        return self.opened.rules

    @property
    def workspace(self) -> str:
        """Return the name of the workspace."""
        return self.opened.settings.workspace

    @property
    def data_dir(self) -> Path:
        """Return the folder of the workspace."""
        return self.opened.settings.data_dir

    def now(self) -> datetime:
        """Return the present, aware UTC."""
        return self.opened.now()
