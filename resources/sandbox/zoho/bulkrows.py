"""One row of a bulk write: found, checked, written or skipped (Zoho fact sheet §4.3, §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from resources.sandbox.zoho.values import UnfitError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from resources.sandbox.zoho.bulkasking import Plan
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.store import Record

Fault = tuple[str, str]


class Outcome(NamedTuple):
    """What became of a row: STATUS in capitals, the record's id and ERRORS."""

    status: str
    ident: str
    errors: str


class SkipError(Exception):
    """A row that is not written, with the code and header of its one fault."""

    def __init__(self, code: str, header: str) -> None:
        super().__init__(f"{code}-{header}")
        self.fault: Fault = (code, header)


class RowWriter:
    """Writes the rows of one job; `dropped` fields are lost, `overwrites` are what a workflow sets afterwards."""

    def __init__(
        self, organisation: Organisation, plan: Plan, *, dropped: Collection[str], overwrites: Mapping[str, Any]
    ) -> None:
        self._organisation = organisation
        self._plan = plan
        self._table = organisation.tables[plan.module.name]
        self._columns = [column for column in plan.columns if column.name not in {"id", "Layout"}]
        self._headers = {column.name: column.header for column in plan.columns}
        self._dropped = frozenset(dropped)
        self._overwrites = {name: value for name, value in overwrites.items() if name in plan.module.fields}
        self._unique = plan.module.unique
        self._key = next((column for column in plan.columns if column.name == plan.find_by), None)
        fields = plan.module.fields.values()
        self._mandatory = [field.name for field in fields if field.is_mandatory or field.is_layout_mandatory]

    def write(self, cells: list[str]) -> Outcome:
        """Write a row; a row with faults is skipped whole."""
        try:
            record = self._found(cells)
        except SkipError as skipped:
            return Outcome("SKIPPED", "", grammar([skipped.fault]))
        values, faults = self._values(cells)
        faults += self._missing(values, is_new=record is None)
        faults += self._duplicates(values, own=record.id if record is not None else None)
        if faults:
            return Outcome("SKIPPED", "", grammar(faults))
        for name in self._dropped:
            values.pop(name, None)
        owner = values.pop("Owner", None)
        if record is None:
            written = self._insert(values, owner)
            return Outcome("ADDED", written.id, "")
        self._update(record, values, owner)
        return Outcome("UPDATED", record.id, "")

    def _found(self, cells: list[str]) -> Record | None:
        """Find the record that a row means; raise SkipError when the operation does not go with what is there."""
        plan, key = self._plan, self._key
        if key is None or plan.find_by is None:
            return None
        text = key.text(cells)
        record: Record | None = None
        if not text and plan.operation == "update":
            raise SkipError("MANDATORY_NOT_FOUND", key.header)
        if text and plan.find_by == "id":
            record = self._by_id(text, key.header)
        elif text and plan.find_by in self._unique:
            record = next(iter(self._table.matches(plan.find_by, text)), None)
        if record is None and plan.operation == "update":
            raise SkipError("RESOURCE_NOT_FOUND", key.header)
        if record is not None and plan.operation == "insert":
            raise SkipError("DUPLICATE_DATA", key.header)
        return record

    def _by_id(self, ident: str, header: str) -> Record:
        record = self._table.records.get(ident)
        if record is None:
            raise SkipError("RESOURCE_NOT_FOUND", header)
        if record.converted is not None:
            raise SkipError("CANNOT_PROCESS", header)
        return record

    def _values(self, cells: list[str]) -> tuple[dict[str, Any], list[Fault]]:
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for column in self._columns:
            text = column.text(cells)
            if not text:
                if not self._plan.ignores_empty and column.name != "Owner":
                    values[column.name] = None
                continue
            try:
                values[column.name] = column.read(text)
            except UnfitError:
                faults.append(("INVALID_DATA", column.header))
        return values, faults

    def _missing(self, values: Mapping[str, Any], *, is_new: bool) -> list[Fault]:
        """Name mandatory fields that a new row lacks or that any row clears."""
        return [
            ("MANDATORY_NOT_FOUND", self._headers.get(name, name))
            for name in self._mandatory
            if values.get(name, None if is_new else "") is None
        ]

    def _duplicates(self, values: Mapping[str, Any], *, own: str | None) -> list[Fault]:
        guards = self._organisation.switches.guard_converted
        faults: list[Fault] = []
        for name in self._unique:
            value = values.get(name)
            if value is None:
                continue
            if any(other.id != own for other in self._table.matches(name, value, with_converted=guards)):
                faults.append(("DUPLICATE_DATA", self._headers[name]))
        return faults

    def _insert(self, values: dict[str, Any], owner: dict[str, str] | None) -> Record:
        organisation = self._organisation
        named = owner["id"] if owner is not None else organisation.me
        record = organisation.new(self._plan.module.name, values, owner=named, by=organisation.me)
        self._automate(record, "create")
        return record

    def _update(self, record: Record, values: dict[str, Any], owner: dict[str, str] | None) -> None:
        organisation = self._organisation
        if owner is not None:
            record.owner = owner["id"]
        self._table.change(record, values, at=organisation.moment(), by=organisation.me)
        self._automate(record, "edit")

    def _automate(self, record: Record, event: str) -> None:
        organisation = self._organisation
        if organisation.switches.bulk_automations:
            name = f"{self._plan.module.name}.{event}"
            organisation.automations[name] = organisation.automations.get(name, 0) + 1
        if self._overwrites:
            self._table.change(record, self._overwrites, at=organisation.moment(), by=organisation.me)


def grammar(faults: list[Fault]) -> str:
    """Write faults as ERRORS does: `CODE-Header`, several headers by comma, several codes by colon."""
    grouped: dict[str, list[str]] = {}
    for code, header in faults:
        grouped.setdefault(code, []).append(header)
    return ":".join(f"{code}-{','.join(headers)}" for code, headers in grouped.items())
