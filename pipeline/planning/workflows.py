"""Which segment starts which workflow: the rules, and the workflows that they mean. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.errors import ConfigurationError
from pipeline.rules import Rule, parse
from pipeline.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Channel = Literal["email", "sms", "call"]


class Start(Rule):
    """A segment starts a workflow. See `rules/enrolments.yaml`."""

    segment: str
    workflow: Annotated[str, Field(min_length=1)]
    again_after_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = ("email", "sms", "call")


class Enrolments(Rule):
    """`rules/enrolments.yaml`."""

    starts: tuple[Start, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        twice = [
            pair for pair, count in Counter((one.segment, one.workflow) for one in self.starts).items() if count > 1
        ]
        if twice:
            raise ValueError(f"segment {twice[0][0]!r} starts workflow {twice[0][1]!r} twice")
        return self


def starts_of(texts: Mapping[str, str]) -> tuple[Start, ...]:
    """Return what is configured, in order.

    Raises:
        ConfigurationError: the file is wrong, or names a segment that `rules/segments.yaml` lacks.
    """
    found = parse(Enrolments, "enrolments", texts).starts
    if found:
        known = [segment.name for segment in parse(Segments, "segments", texts).segments]
        for number, start in enumerate(found):
            if start.segment not in known:
                raise ConfigurationError(
                    f"rules/enrolments.yaml: starts.{number}.segment = {start.segment!r}: there is no such segment; "
                    f"rules/segments.yaml has {', '.join(known) or 'none'}"
                )
    return found


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow as the vendor lists it. `version` changes when somebody edits it."""

    workflow_id: str
    name: str
    status: str
    version: str = ""

    @property
    def is_published(self) -> bool:
        """Return whether it takes people."""
        return self.status == "published"


@dataclass(frozen=True, slots=True)
class Bound:
    """A configured start and the workflow that it means."""

    start: Start
    workflow: Workflow


def bound(starts: Sequence[Start], workflows: Sequence[Workflow]) -> tuple[list[Bound], list[str]]:
    """Return the starts with their workflows, and what cannot be started, in words."""
    found: list[Bound] = []
    problems: list[str] = []
    for start in starts:
        named = [one for one in workflows if start.workflow == one.workflow_id]
        named = named or [one for one in workflows if one.name.casefold() == start.workflow.casefold()]
        open_ones = [one for one in named if one.is_published] or named
        told = f"rules/enrolments.yaml: workflow {start.workflow!r} of segment {start.segment!r}"
        if not named:
            names = ", ".join(sorted(repr(one.name) for one in workflows if one.is_published))
            problems.append(f"{told} is not in GoHighLevel; published there: {names or 'none'}")
        elif len(open_ones) > 1:
            ids = ", ".join(one.workflow_id for one in open_ones)
            problems.append(f"{told} is the name of {len(open_ones)} workflows: give one of the ids {ids}")
        elif not open_ones[0].is_published:
            problems.append(f"{told} is a {open_ones[0].status}: publish it first")
        else:
            found.append(Bound(start, open_ones[0]))
    return found, problems
