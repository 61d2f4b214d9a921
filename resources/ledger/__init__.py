"""The ledger: what was decided, sent, confirmed and spent. Always committed before a vendor is called."""

from __future__ import annotations

from resources.ledger.ledger import Ledger
from resources.ledger.plans import Plan

__all__ = ["Ledger", "Plan"]
