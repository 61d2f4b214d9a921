"""Records of one module, with the indexes that make a batch of a hundred cheap."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from resources.sandbox.zoho.fields import Module


@dataclass(slots=True)
class Record:
    """One record; times are seconds since 1970, empty fields are absent from `values`."""

    id: str
    owner: str
    created: float
    modified: float
    created_by: str
    modified_by: str
    values: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    converted: dict[str, Any] | None = None


@dataclass(slots=True)
class Deleted:
    """One entry of the recycle bin."""

    id: str
    title: str
    at: float
    deleted_by: str
    created_by: str
    key: str


def folded(value: Any) -> str:
    """Give the form in which Zoho compares text: no case, no outer blanks."""
    return str(value).strip().casefold()


class Table:
    """The living and converted records of a module, and its recycle bin; ids only grow."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.records: dict[str, Record] = {}
        self.deleted: list[Deleted] = []
        self.revision = 0
        self._ids: list[str] = []
        indexed = {name for name in (module.dedupe, "Email", *module.unique) if name in module.fields}
        self._index: dict[str, dict[str, list[str]]] = {name: {} for name in sorted(indexed)}

    def is_indexed(self, name: str) -> bool:
        """Whether `matches` answers for this field without looking at every record."""
        return name in self._index

    def add(self, record: Record) -> None:
        """Take a new record."""
        self.revision += 1
        self.records[record.id] = record
        insort(self._ids, record.id)
        for name in self._index:
            self._enter(name, record)

    def change(self, record: Record, values: Mapping[str, Any], *, at: float, by: str) -> None:
        """Write values (None clears) and move the modification stamp."""
        touched = [name for name in self._index if name in values]
        for name in touched:
            self._leave(name, record)
        for name, value in values.items():
            if value is None:
                record.values.pop(name, None)
            else:
                record.values[name] = value
        for name in touched:
            self._enter(name, record)
        self.touch(record, at=at, by=by)

    def touch(self, record: Record, *, at: float, by: str) -> None:
        """Move the modification stamp; it never goes back."""
        self.revision += 1
        record.modified = max(record.modified, at)
        record.modified_by = by

    def remove(self, record: Record, *, at: float, by: str, key: str) -> None:
        """Move a record to the recycle bin."""
        self.revision += 1
        del self.records[record.id]
        del self._ids[bisect_left(self._ids, record.id)]
        for name in self._index:
            self._leave(name, record)
        title = self.title(record)
        self.deleted.append(Deleted(record.id, title, at, by, record.created_by, key))

    def title(self, record: Record) -> str:
        """Give the display name of a record."""
        if self.module.title == "Full_Name":
            return full_name(record)
        return str(record.values.get(self.module.title) or "")

    def living(self, ident: str) -> Record | None:
        """Find a record that is neither deleted nor converted."""
        record = self.records.get(ident)
        return record if record is not None and record.converted is None else None

    def matches(self, name: str, value: Any, *, with_converted: bool = False) -> list[Record]:
        """Find records whose indexed field equals `value`, lowest id first."""
        found = [self.records[ident] for ident in self._index[name].get(folded(value), ())]
        return [record for record in found if with_converted or record.converted is None]

    def ordered(self, *, after: str = "") -> Iterator[Record]:
        """Go through all records by id, from the first one not below `after`."""
        for place in range(bisect_left(self._ids, after), len(self._ids)):
            yield self.records[self._ids[place]]

    def _enter(self, name: str, record: Record) -> None:
        value = record.values.get(name)
        if value is not None:
            insort(self._index[name].setdefault(folded(value), []), record.id)

    def _leave(self, name: str, record: Record) -> None:
        value = record.values.get(name)
        if value is not None:
            entries = self._index[name][folded(value)]
            entries.remove(record.id)
            if not entries:
                del self._index[name][folded(value)]

    def dump(self) -> dict[str, Any]:
        """Give the table as JSON values."""
        return {
            "records": [asdict(record) for record in self.records.values()],
            "deleted": [asdict(entry) for entry in self.deleted],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self.records, self._ids = {}, []
        self._index = {name: {} for name in self._index}
        for entry in state["records"]:
            self.add(Record(**entry))
        self.deleted = [Deleted(**entry) for entry in state["deleted"]]


def full_name(record: Record) -> str:
    """Join first and last name as Zoho shows them."""
    names = (record.values.get("First_Name"), record.values.get("Last_Name"))
    return " ".join(str(name) for name in names if name)
