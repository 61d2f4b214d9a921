"""The opt-out lane: what passes for a suppressed person, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.planning.equivalence import tag_set
from pipeline.planning.settle import tags_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.mapping import ObjectMapping, OptOut, TagRule
    from pipeline.models import Json
    from pipeline.planning.desired import Desired


def missing_optouts(
    desired: Desired, theirs: Mapping[str, Json], target: ObjectMapping
) -> list[tuple[str, Json, Json, str]]:
    """Return (field, there now, to send, channel) of every opt-out the vendor does not show yet.

    A field that holds several channels is sent whole, with what is there already: a vendor that replaces it
    must not lose another channel's opt-out. Two channels of one field are one entry.
    """
    found: dict[str, tuple[Json, Json, str]] = {}
    for channel, rule in sorted(target.optout.items()):
        if channel in _channels(desired, target) and not is_shown(theirs, rule):
            for name, value in rule.set.items():
                now = theirs.get(name)
                _, sent, told = found.get(name, (now, now, ""))
                found[name] = (now, _laid_over(sent, value), f"{told}, {channel}" if told else channel)
    return [(name, now, sent, told) for name, (now, sent, told) in found.items()]


def is_shown(theirs: Mapping[str, Json], rule: OptOut) -> bool:
    """Return whether a record shows an opt-out."""
    return any(_at(theirs, path) in values for path, values in rule.shown_by.items())


def our_tags(desired: Desired, theirs: Mapping[str, Json], rule: TagRule) -> frozenset[str]:
    """Return the tags on a record that are ours: those with our prefix. Only these are ever removed."""
    there = tags_in(theirs) if desired.theirs_tags is None else tag_set(sorted(desired.theirs_tags))
    return frozenset(tag for tag in there if tag.startswith(rule.prefix))


def _channels(desired: Desired, target: ObjectMapping) -> frozenset[str]:
    told = desired.opted_out_channels
    return frozenset(target.optout) if "all" in told else told


def _at(record: Mapping[str, Json], path: str) -> Json:
    if path in record:
        return record[path]
    value: Json = record
    for step in path.split("."):
        if not isinstance(value, dict):
            value = dict(value) if hasattr(value, "keys") else {}
        value = value.get(step)
    return value


def _laid_over(under: Json, over: Json) -> Json:
    if isinstance(under, dict) and isinstance(over, dict):
        return under | {name: _laid_over(under.get(name), value) for name, value in over.items()}
    return over
