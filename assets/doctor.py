"""What a run needs, tried step by step; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.alerting import configured
from assets.console import say
from assets.surroundings import opened, sandbox_if_needed
from pipeline.errors import LeadflowError
from resources.settings import load_settings, require_vendors

if TYPE_CHECKING:
    from resources.workspace import Workspace


def doctor() -> int:
    """Check what a run needs, and say what to mend; return 0 when all is well."""
    problems = 0
    with sandbox_if_needed(None):
        settings = load_settings()
        for name, step in (
            ("settings", lambda _w: require_vendors(settings)),
            ("rules", lambda w: w.require_rules()),
            ("warehouse", warehouse_opens),
            ("ledger", lambda w: w.ledger.runs(1)),
            ("vendors", vendors_answer),
            ("alerts", alerts_readable),
        ):
            try:
                with opened(settings) as workspace:
                    step(workspace)
            except LeadflowError as error:
                problems += 1
                say(f"{name:10} {error}")
            else:
                say(f"{name:10} ok")
    return 2 if problems else 0


def alerts_readable(workspace: Workspace) -> None:
    """Read the rules of alerts and make their channels; nothing is sent."""
    for channel in configured(workspace)[1]:
        channel.close()


def vendors_answer(workspace: Workspace) -> None:
    """Ask the vendors whose they are.

    Raises:
        LeadflowError: one cannot be asked; a run would go on without it.
    """
    _ = workspace.vendors
    for reason in workspace.interrupted.values():
        raise reason


def warehouse_opens(workspace: Workspace) -> None:
    """Open the warehouse once."""
    with workspace.warehouse.open() as session:
        session.value("SELECT 1")
