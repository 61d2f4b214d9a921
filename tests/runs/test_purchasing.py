"""Buying people: what a stop leaves behind."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from pipeline.errors import QuotaExhausted
from resources.landing import Landing
from resources.ledger import Ledger
from resources.purchasing import Price, Purchaser

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class SpentApollo:
    """Apollo with nothing left: no call is executed."""

    def match_people(self, _ids: list[str]) -> Any:
        raise QuotaExhausted("the budget is used up", resumes_at=NOON)


def test_people_whose_purchase_met_a_used_up_budget_are_free_to_be_bought_later(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", clock=lambda: NOON)
    purchaser = Purchaser(
        ledger=ledger,
        apollo=cast("Any", SpentApollo()),
        landing=Landing(tmp_path / "landing"),
        run_id="r",
        day=date(2026, 11, 22),
        now=lambda: NOON,
        time_scale=1.0,
        price=Price(usd=None, as_of=None),
    )
    with pytest.raises(QuotaExhausted):
        purchaser.buy(["a", "b"], search="s")
    assert ledger.in_doubt("apollo") == []
    assert ledger.purchased("apollo") == {}
    ledger.close()
