"""A plan while it is made: taken in part by part, kept small, and named by its content at the end."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from pipeline.planning.plans import by_record, content_hash, told
from resources.ledger.store import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.models import Json, Lane, PlanRow

AT_ONCE = 1000
"""Records whose fields are packed together: much alike, so that they shrink to a tenth."""

_HEAD = ("object", "record_id", "person_key", "action", "base_revision")


class Draft:
    """The rows of a plan that is being made. Opt-outs come first, else the order is kept.

    Args:
        vendor: whose plan it is.
        revisions: (object, person key) → base revision, as it was when the comparison began.
    """

    def __init__(self, vendor: str, revisions: Mapping[tuple[str, str], int]) -> None:
        self.vendor = vendor
        self._revisions = revisions
        self._lanes: dict[Lane, _Stack] = {"optout": _Stack(), "normal": _Stack()}

    def add(self, rows: Sequence[PlanRow]) -> None:
        """Take rows; all rows of one record and action come together."""
        numbers = [self._lanes[row.lane].number() for row in rows]
        for members in by_record(rows):
            first = rows[members[0]]
            base = self._revisions.get((first.object, first.person_key), 0)
            head = (first.object, first.record_id, first.person_key, first.action, base)
            fields = [_field(numbers[place], rows[place]) for place in members]
            self._lanes[first.lane].push(head, told(rows, members, base), dumps(fields))

    def whole_hash(self, version: str) -> str:
        """Return the name of what the plan does."""
        return content_hash(self.vendor, [name for stack in self._lanes.values() for name in stack.names], version)

    def normal_hash(self, version: str) -> str:
        """Return the name of what its normal lane does."""
        return content_hash(self.vendor, self._lanes["normal"].names, version)

    def records(self, plan_hash: str) -> Iterator[dict[str, Any]]:
        """Yield the records as they are stored, each with the rows it is made of."""
        before = self._lanes["optout"].rows
        record_no = 0
        for lane, stack in self._lanes.items():
            for head, fields in stack.pop(before if lane == "normal" else 0):
                told = dict(zip(_HEAD, head, strict=True))
                fixed = {"plan_hash": plan_hash, "record_no": record_no, "lane": lane, "vendor": self.vendor}
                yield {**fixed, **told, "intent_id": None, "fields": fields}
                record_no += 1


class _Stack:
    """The records of one lane; their fields are packed."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.rows = 0
        self._heads: list[tuple[Json, ...]] = []
        self._packed: list[bytes] = []
        self._open: list[str] = []

    def number(self) -> int:
        """Return the number of the next row."""
        self.rows += 1
        return self.rows - 1

    def push(self, head: tuple[Json, ...], name: str, fields: str) -> None:
        """Add a record."""
        self._heads.append(head)
        self.names.append(name)
        self._open.append(fields)
        if len(self._open) == AT_ONCE:
            self._pack()

    def pop(self, before: int) -> Iterator[tuple[tuple[Json, ...], str]]:
        """Yield each record and its fields, whose rows are counted on from those `before` this lane."""
        self._pack()
        heads = iter(self._heads)
        for packed in self._packed:
            for fields in zlib.decompress(packed).decode().split("\n"):
                yield next(heads), _moved(fields, before)

    def _pack(self) -> None:
        if self._open:
            # JSON text holds no line break of its own.
            self._packed.append(zlib.compress("\n".join(self._open).encode(), 1))
            self._open = []


def _field(number: int, row: PlanRow) -> list[Json]:
    return [number, row.field, row.old_value, row.new_value, row.policy, row.reason]


def _moved(fields: str, before: int) -> str:
    return dumps([[number + before, *rest] for number, *rest in loads(fields)]) if before else fields
