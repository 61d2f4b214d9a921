"""What must hold of who is who: the numbers of `rules/identity.yaml`, as the checks bind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pipeline.rules import Rule, parse

if TYPE_CHECKING:
    from collections.abc import Mapping


class MatchRate(Rule):
    """How far the share of joined records may move in some days, and how many records are worth judging."""

    drift: float = Field(gt=0, le=1)
    days: int = Field(ge=1)
    at_least: int = Field(ge=1)


class Sample(Rule):
    """The least that the engine must reach on the labelled sample, over pairs."""

    precision: float = Field(ge=0, le=1)
    recall: float = Field(ge=0, le=1)


class Guards(Rule):
    """`rules/identity.yaml`."""

    largest_person: int = Field(ge=2)
    match_rate: MatchRate
    sample: Sample


def bound(texts: Mapping[str, str]) -> dict[str, int | float]:
    """Return the numbers under the names that checks use: `$largest_person`, `$match_rate_drift`, ...

    Raises:
        ConfigurationError: the rule file is missing or wrong.
    """
    found: dict[str, int | float] = {}
    for name, value in parse(Guards, "identity", texts).model_dump().items():
        if isinstance(value, dict):
            found.update({f"{name}_{part}": number for part, number in value.items()})
        else:
            found[name] = value
    return found
