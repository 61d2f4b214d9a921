"""The end of a day's first run: a copy of the ledger that opens, old values masked, where things stand as metadata."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from resources.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.conftest import House


@pytest.fixture
def small(house_of: Callable[..., House]) -> House:
    return house_of(people=12, samples=False)


def metadata(house: House, name: str) -> dict[str, object]:
    """Return the metadata of the latest materialization of a table."""
    event = house.instance.get_latest_materialization_event(dg.AssetKey(name.split(".")))
    assert event is not None
    assert event.asset_materialization is not None
    return {key: value.value for key, value in event.asset_materialization.metadata.items()}


def test_the_first_run_of_a_day_copies_the_ledger_and_the_second_does_not(small: House) -> None:
    small.run()
    copies = list((small.folder / "backups").glob("*.db"))
    assert len(copies) == 1
    with closing(Ledger.open(f"sqlite:///{copies[0]}", clock=lambda: datetime.now(UTC))) as copy:
        assert copy.latest_plan("zoho") is not None
    before = copies[0].stat().st_mtime_ns

    small.run()

    assert copies[0].stat().st_mtime_ns == before


def test_only_as_many_copies_are_kept_as_the_rule_says(small: House) -> None:
    folder = small.folder / "backups"
    folder.mkdir()
    for day in range(1, 10):
        (folder / f"ledger-2026-01-0{day}.db").write_bytes(b"old")

    small.run()

    kept = sorted(path.name for path in folder.iterdir())
    assert len(kept) == 7
    assert kept[0] == "ledger-2026-01-04.db"


def test_a_copy_that_cannot_be_made_fails_nothing_and_is_told(small: House) -> None:
    (small.folder / "backups").write_text("in the way", encoding="utf-8")

    report = small.run()

    assert report.status == "done"
    assert str(metadata(small, "reports.publication")["ledger_backup"]).startswith("not made: ")


def test_where_things_stand_is_metadata_of_the_changes(small: House) -> None:
    small.run()
    told = metadata(small, "reports.changes")
    assert told["zoho_confirmed"] == len(small.rows("SELECT 1 FROM crm.zoho__writes WHERE state = 'confirmed'"))
    assert told["zoho_in_doubt"] == 0
    assert told["zoho_planned"] == 0
    assert any(name.endswith("_left") for name in told)
