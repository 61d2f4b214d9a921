"""Whether a figure is far from its own history: robust, so that one odd day does not hide the next."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.alerts.settings import History

NORMAL = 1.4826
"""The median deviation of a normal distribution times this is its standard deviation."""

MEASURED = ("staging/leads", "staging/crm_people", "staging/engagements", "identity/people")
RECORDS, PEOPLE = "identity/members", "identity/people"


def far_volume(value: float, earlier: Sequence[float], rules: History) -> float | None:
    """Return the usual value (median) where `value` rows are far from it; None where they are not."""
    if len(earlier) < rules.at_least:
        return None
    usual = float(median(earlier))
    enough = max(rules.spreads * _spread(earlier, usual), rules.volume_share * usual, rules.volume_rows)
    return usual if abs(value - usual) > enough else None


def far_share(value: float, earlier: Sequence[float], rules: History) -> float | None:
    """Return the usual share (median) where a share between 0 and 1 is far from it; None where it is not."""
    if len(earlier) < rules.at_least:
        return None
    usual = float(median(earlier))
    enough = max(rules.spreads * _spread(earlier, usual), rules.match_share)
    return usual if abs(value - usual) > enough else None


def match_rate(volumes: Mapping[str, int]) -> float | None:
    """Return the share of records that belong to a person with another one; None where nothing was matched.

    0: every record is a person of its own; near 1: everything was taken for one person.
    """
    records, people = volumes.get(RECORDS), volumes.get(PEOPLE)
    if not records or people is None:
        return None
    return max(0.0, 1 - people / records)


def _spread(values: Sequence[float], middle: float) -> float:
    return NORMAL * float(median([abs(value - middle) for value in values]))
