"""Which record a row means: duplicate check fields, then every unique field (Zoho fact sheet §3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.problems import CallError, Json, RecordError

if TYPE_CHECKING:
    from resources.sandbox.zoho.request import Request
    from resources.sandbox.zoho.store import Record, Table


class Matching:
    """Duplicate search in one module for one call."""

    def __init__(self, request: Request, table: Table) -> None:
        self.request = request
        self.table = table
        self._with_converted = request.organisation.switches.guard_converted

    def find(self, row: Json) -> tuple[Record | None, str | None]:
        """Find the record to update and the field that named it; of several the lowest id."""
        for name in self._order():
            value = row.get(name)
            if value is None or value == "" or not isinstance(value, str):
                continue
            found = self.table.matches(name, value)
            if found:
                return found[0], name
        return None, None

    def refuse_duplicates(self, values: Json, place: int, *, own: str | None) -> None:
        """Raise DUPLICATE_DATA when another record holds one of the unique values."""
        for name in self.table.module.unique:
            value = values.get(name)
            if value is None:
                continue
            found = self.table.matches(name, value, with_converted=self._with_converted)
            other = next((record for record in found if record.id != own), None)
            if other is not None:
                raise RecordError("DUPLICATE_DATA", "duplicate data", self.duplicate(name, other, place))

    def duplicate(self, name: str, other: Record, place: int | None) -> Json:
        """Describe the record that already holds the value."""
        request, module = self.request, self.table.module.name
        details: Json = {**request.place(name, place), "id": other.id}
        if request.dialect.has_duplicate_record:
            details["duplicate_record"] = {
                "id": other.id,
                "Owner": request.organisation.reference(other.owner),
                "module": {"api_name": module, "id": request.organisation.module_id(module)},
            }
        if request.dialect.number >= 7:
            details["more_records"] = False
        return details

    def _order(self) -> list[str]:
        module = self.table.module
        allowed = {module.dedupe, *module.unique}
        given: Any = self.request.payload.get("duplicate_check_fields")
        if given is None:
            first = [module.dedupe]
        else:
            is_fit = isinstance(given, list) and all(isinstance(name, str) and name in allowed for name in given)
            if not is_fit:
                raise CallError(400, "INVALID_DATA", "invalid data", self.request.place("duplicate_check_fields"))
            first = given
        return [*first, *(name for name in module.unique if name not in first)]
