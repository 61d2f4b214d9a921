"""Tables that follow the ledger: brought up to date, they are what they would be if they were filled anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runs.conftest import houses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.runs.conftest import House

TABLES = (
    *("crm.zoho__writes", "crm.zoho__readback", "outreach.ghl__writes", "outreach.ghl__readback"),
    "reports.changes",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house after two days: each table was filled once and brought up to date twice."""
    with houses(tmp_path_factory.mktemp("tracking")) as build:
        built = build()
        built.run()
        built.ask("advance", {"days": 1})
        built.run()
        built.run()
        yield built


@pytest.mark.parametrize("table", TABLES)
def test_what_was_brought_up_to_date_is_what_would_be_filled_anew(house: House, table: str) -> None:
    query = f"SELECT * FROM {table} ORDER BY ALL"
    followed = house.rows(query)
    with house.workspace() as workspace, workspace.warehouse.open() as session:
        session.execute("DELETE FROM raw.cursors WHERE feed = ?", [table])
    layer = "reports" if table.startswith("reports") else f"apply_{table.split('.')[1].partition('__')[0]}"
    house.run(select=layer)
    assert len(followed) > 50
    assert house.rows(query) == followed
