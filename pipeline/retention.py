"""How long values of people stay readable, and how many copies of the ledger are kept (rules/retention.yaml)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from pipeline import rules

if TYPE_CHECKING:
    from collections.abc import Mapping


class Retention(rules.Rule):
    """Days after which values are masked; copies kept, 0 for none."""

    values_days: Annotated[int, Field(ge=1)]
    ledger_backups: Annotated[int, Field(ge=0)]


def retention(texts: Mapping[str, str]) -> Retention:
    """Return the rule; ConfigurationError when the file is wrong."""
    return rules.parse(Retention, "retention", texts)
