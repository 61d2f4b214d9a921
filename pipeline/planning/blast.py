"""Blast radius: how much one plan may change before a person has to look. Every limit is told with its number.

Opt-outs are exempt. Fields that are ours alone (scores) may change everywhere at once: a new score rule touches
every record, and takes nothing from anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from pipeline.planning.equivalence import is_blank
from pipeline.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pipeline.models import Json, PlanRow

Sources = Mapping[str, tuple[int, int]]
"""Source → (records it has now, records it had when we wrote last)."""


class BlastRadius(Rule):
    """How much one plan may change. Shares are of the records that the vendor has, unless said otherwise.

    A limit with an `_at_least` closes the gate only above that number as well: few records are never too many.
    `max_enrolments`: people who enter one workflow on one day. `stages`: object → field → its values in the order
    in which they are passed through.
    """

    max_inserts: int = Field(ge=0)
    max_conversions: int = Field(ge=0)
    changed_share: float = Field(1.0, ge=0, le=1)
    changed_at_least: int = Field(50, ge=0)
    overwritten_share: float = Field(ge=0, le=1)
    overwritten_at_least: int = Field(ge=0)
    max_cleared: int = Field(ge=0)
    cleared_share: float = Field(1.0, ge=0, le=1)
    cleared_at_least: int = Field(10, ge=0)
    max_backwards: int = Field(0, ge=0)
    stages: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    max_enrolments: int = Field(200, ge=0)
    source_share: float = Field(0.5, ge=0, le=1)
    source_at_least: int = Field(20, ge=0)
    smaller_sources: tuple[str, ...] = ()

    @field_validator("stages")
    @classmethod
    def _each_once(
        cls, stages: Mapping[str, Mapping[str, tuple[str, ...]]]
    ) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        for kind, fields in stages.items():
            for name, order in fields.items():
                twice = [value for value, count in Counter(_folded(value) for value in order).items() if count > 1]
                if twice:
                    raise ValueError(f"{kind}.{name} names {', '.join(twice)} twice")
        return stages


class Impact:
    """What a plan changes, counted part by part: a large plan never is in memory as a whole."""

    def __init__(self, limits: BlastRadius) -> None:
        self._limits = limits
        self._inserts: dict[str, set[str | None]] = {}
        self._conversions = 0
        self._changed: dict[str, set[str | None]] = {}
        self._overwritten: dict[str, set[str | None]] = {}
        self._emptied = 0
        self._bare: dict[str, set[str | None]] = {}
        self._back: Counter[str] = Counter()
        self._enrolled: Counter[str] = Counter()

    def add(self, rows: Iterable[PlanRow]) -> None:
        """Count writes of the normal lane."""
        for row in rows:
            if row.action == "insert":
                self._inserts.setdefault(row.object, set()).add(row.person_key)
            elif row.action == "convert":
                self._conversions += 1
            elif row.action == "enrol":
                self._enrolled[str(row.new_value["name"])] += 1
            elif row.action == "update":
                self._update(row)

    def problems(self, *, records: int, sources: Sources) -> list[str]:
        """Return what is too much, each as a sentence with the number and its limit."""
        limits = self._limits
        return [*self._new(), *self._changes(records), *self._backwards(), *_shrunk(sources, limits)]

    def _update(self, row: PlanRow) -> None:
        if row.policy != "ours":
            self._changed.setdefault(row.object, set()).add(row.record_id)
        if _replaces(row):
            self._overwritten.setdefault(row.object, set()).add(row.record_id)
        if is_blank(row.new_value) and not is_blank(row.old_value):
            self._emptied += 1
            self._bare.setdefault(row.object, set()).add(row.record_id)
        order = [_folded(value) for value in self._limits.stages.get(row.object, {}).get(row.field or "", ())]
        if order:
            old, new = _folded(row.old_value), _folded(row.new_value)
            if old in order and (not new or new in order):
                # A stage that is emptied goes back to before the first.
                self._back[f"{row.object}.{row.field}"] += (order.index(new) if new else -1) < order.index(old)

    def _new(self) -> Iterator[str]:
        limits, inserts = self._limits, _size(self._inserts)
        if inserts > limits.max_inserts:
            yield f"{inserts:,} records would be created, the limit is {limits.max_inserts:,}"
        if self._conversions > limits.max_conversions:
            yield f"{self._conversions:,} leads would be converted, the limit is {limits.max_conversions:,}"
        for name, number in sorted(self._enrolled.items()):
            if number > limits.max_enrolments:
                yield f"{number:,} people would enter workflow {name!r}, the limit is {limits.max_enrolments:,}"

    def _changes(self, records: int) -> Iterator[str]:
        limits = self._limits
        changed, overwritten, bare = _size(self._changed), _size(self._overwritten), _size(self._bare)
        of = f"of the {records:,} records"
        if _is_beyond(changed, records, limits.changed_share, limits.changed_at_least):
            yield f"{_part(changed, records)} {of} would be changed, the limit is {limits.changed_share:.0%}"
        if _is_beyond(overwritten, records, limits.overwritten_share, limits.overwritten_at_least):
            told = f"{_part(overwritten, records)} {of} would have values of people replaced"
            yield f"{told}, the limit is {limits.overwritten_share:.0%}"
        if self._emptied > limits.max_cleared:
            yield f"{self._emptied:,} fields would be emptied, the limit is {limits.max_cleared:,}"
        if _is_beyond(bare, records, limits.cleared_share, limits.cleared_at_least):
            yield f"{_part(bare, records)} {of} would have fields emptied, the limit is {limits.cleared_share:.0%}"

    def _backwards(self) -> Iterator[str]:
        back, limits = self._back, self._limits
        if back.total() > limits.max_backwards:
            where = ", ".join(f"{count:,} in {name}" for name, count in sorted(back.items()) if count)
            yield f"{back.total():,} stages would move backwards ({where}), the limit is {limits.max_backwards:,}"


def problems(rows: Iterable[PlanRow], limits: BlastRadius, *, records: int, sources: Sources) -> list[str]:
    """Return what is too much about a plan, each as a sentence with the number and its limit.

    Args:
        rows: the writes of the normal lane.
        limits: how much is allowed.
        records: living records that the vendor has.
        sources: what each source has now and had before.
    """
    impact = Impact(limits)
    impact.add(rows)
    return impact.problems(records=records, sources=sources)


def _shrunk(sources: Sources, limits: BlastRadius) -> Iterator[str]:
    for name, (now, before) in sorted(sources.items()):
        if name in limits.smaller_sources or before < max(limits.source_at_least, 1):
            continue
        if not now:
            yield f"the source {name} is empty, it had {before:,} records when we wrote last"
        elif now < before * limits.source_share:
            told = f"the source {name} shrank from {before:,} to {now:,} records"
            yield f"{told}: {now / before:.0%} are left, the limit is {limits.source_share:.0%}"


def _replaces(row: PlanRow) -> bool:
    return row.policy != "ours" and not is_blank(row.old_value)


def _is_beyond(count: int, records: int, share: float, at_least: int) -> bool:
    return count > at_least and count > share * records


def _part(count: int, records: int) -> str:
    return f"{count:,}" if not records else f"{count:,} ({count / records:.1%})"


def _size(places: Mapping[str, Collection[str | None]]) -> int:
    return sum(map(len, places.values()))


def _folded(value: Json) -> str:
    return "" if value is None else str(value).strip().casefold()
