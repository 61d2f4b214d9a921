"""The answer that says which segment starts which workflow: `core=1, nurture=Newsletter`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NEXT = re.compile(r",\s*(?=[a-z][a-z0-9-]*\s*=)")


def pairs(text: str, segments: Sequence[str], workflows: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return segment → workflow, by name where one has it and by id where several do; empty for none.

    Args:
        text: pairs separated by commas; a workflow by its number in the list (from 1), its name or its id.
        segments: names of the segments, in order.
        workflows: (id, name) of those that may be started.

    Raises:
        ConfigurationError: it is no pair, or names a segment or workflow that there is not.
    """
    words = text.strip()
    if words.casefold() in {"", "none"}:
        return {}
    known = _known(workflows)
    found: dict[str, str] = {}
    for pair in _NEXT.split(words):
        segment, sign, workflow = (part.strip() for part in pair.partition("="))
        if not sign or not workflow:
            raise ConfigurationError(f"{pair.strip()!r} is no pair, such as {segments[0] if segments else 'core'}=1")
        if segment not in segments:
            raise ConfigurationError(f"there is no segment {segment!r}; allowed: {', '.join(segments) or 'none'}")
        if segment in found:
            raise ConfigurationError(f"segment {segment!r} is named twice")
        if workflow.casefold() not in known:
            allowed = ", ".join(name for _, name in workflows) or "(nothing is published)"
            raise ConfigurationError(f"{workflow!r} is none of the workflows: {allowed}")
        found[segment] = known[workflow.casefold()]
    return {segment: found[segment] for segment in segments if segment in found}


def _known(workflows: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    names = [name.casefold() for _, name in workflows]
    told = {ident: name if names.count(name.casefold()) == 1 else ident for ident, name in workflows}
    by_name = {name.casefold(): told[ident] for ident, name in workflows if told[ident] == name}
    by_number = {str(number): told[ident] for number, (ident, _) in enumerate(workflows, 1)}
    return by_number | by_name | {ident.casefold(): shown for ident, shown in told.items()}
