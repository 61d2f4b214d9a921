"""Saved people searches (rules/searches.yaml): what is looked for, and how many people one may buy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from pipeline import rules


class Search(rules.Rule):
    """One search: filters under Apollo's own names (Apollo fact sheet §5), without the trailing `[]`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    filters: Mapping[str, JsonValue]
    max_people: Annotated[int, Field(ge=0, le=50_000)]


class Searches(rules.Rule):
    """rules/searches.yaml."""

    searches: tuple[Search, ...]

    @model_validator(mode="after")
    def _have_different_names(self) -> Self:
        names = [search.name for search in self.searches]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"searches defined twice: {', '.join(twice)}")
        return self


def saved_searches(texts: Mapping[str, str]) -> tuple[Search, ...]:
    """Return the saved searches in order; ConfigurationError when the file is wrong."""
    return rules.parse(Searches, "searches", texts).searches
