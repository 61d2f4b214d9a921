"""All rule files at once: every one is read as those read it who use it, so that a run meets no wrong one midway."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipeline import scoring, segments
from pipeline.alerts.settings import AlertRules
from pipeline.errors import ConfigurationError
from pipeline.identity.guards import Guards
from pipeline.identity.survivorship import Survivorship
from pipeline.limits import Limits
from pipeline.mapping import columns, load
from pipeline.planning.activities import FeedbackRules
from pipeline.planning.gates import Gates
from pipeline.planning.owners import Owners
from pipeline.planning.prices import Prices
from pipeline.planning.workflows import starts_of
from pipeline.retention import Retention
from pipeline.rules import parse
from pipeline.searches import Searches
from pipeline.suppression import Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline.rules import Rule

    Texts = Mapping[str, str]

MODELS: Mapping[str, type[Rule]] = {
    "alerts": AlertRules,
    "feedback": FeedbackRules,
    "gates": Gates,
    "identity": Guards,
    "limits": Limits,
    "owners": Owners,
    "prices": Prices,
    "retention": Retention,
    "searches": Searches,
    "suppression": Suppression,
    "survivorship": Survivorship,
}
"""Rule files that are right when they fit their model."""


def _owners(texts: Texts) -> None:
    """Refuse a territory by a column that nobody has: nobody would ever belong to it."""
    for number, territory in enumerate(parse(Owners, "owners", texts).territories):
        if territory.column not in columns():
            raise ConfigurationError(
                f"rules/owners.yaml: territories.{number}.column = {territory.column!r}: there is no such column; "
                f"allowed: {', '.join(sorted(columns()))}"
            )


MEANINGS: Mapping[str, Callable[[Texts], object]] = {
    "enrolments": starts_of,
    "mappings/ghl": lambda texts: load("ghl", texts),
    "mappings/zoho": lambda texts: load("zoho", texts),
    "owners": _owners,
    "scoring": lambda texts: scoring.compiled(texts, as_of=date.min),
    "segments": segments.compiled,
}
"""Rule files whose words must mean something: expressions over known columns, names that another file has."""


def verify(texts: Texts) -> None:
    """Read every rule file.

    Raises:
        ConfigurationError: some are wrong; the message tells of each its file, key, value and what is allowed.
    """
    problems: dict[str, None] = {}
    for name in sorted({*MODELS, *MEANINGS}):
        try:
            if name in MODELS:
                parse(MODELS[name], name, texts)
            if name in MEANINGS:
                MEANINGS[name](texts)
        except ConfigurationError as error:
            problems.setdefault(str(error))
    if problems:
        raise ConfigurationError(" | ".join(problems))
