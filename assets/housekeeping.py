"""Once a day: a copy of the ledger, and values of people that are old enough are masked."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.retention import retention

if TYPE_CHECKING:
    from assets.stage import Counts, Stage

FOLDER = "backups"
PATTERN = "ledger-????-??-??.db"


def keep_house(stage: Stage) -> Counts:
    """Copy the ledger and mask what is old, unless that was done today; return what was done.

    A copy that cannot be made (a full disk) fails nothing: the run is done and the words say so. It is tried again
    by the next run.
    """
    rule = retention(stage.rules)
    folder = stage.data_dir / FOLDER
    today = folder / f"ledger-{stage.now():%Y-%m-%d}.db"
    done = stage.data_dir / "state" / "house_kept"
    day = f"{stage.now():%Y-%m-%d}"
    if done.exists() and done.read_text(encoding="utf-8") == day:
        return {}
    told: dict[str, int | float | str] = {
        "values_masked": stage.ledger.prune(stage.now() - timedelta(rule.values_days))
    }
    try:
        if rule.ledger_backups:
            stage.ledger.backup(today)
        kept = sorted(folder.glob(PATTERN))
        for old in kept[: max(0, len(kept) - rule.ledger_backups)]:
            old.unlink()
        done.parent.mkdir(parents=True, exist_ok=True)
        done.write_text(day, encoding="utf-8")
    except (OSError, sqlite3.Error) as error:
        return {**told, "ledger_backup": f"not made: {error}"}
    return {**told, "ledger_backups": min(len(kept), rule.ledger_backups)}
