"""One API call as the handlers see it: the dialect, the organisation, the parsed body."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from resources.sandbox.calls import Answer, Call
from resources.sandbox.zoho.problems import CallError, Json, missing_param

if TYPE_CHECKING:
    from resources.sandbox.zoho.dialect import Dialect
    from resources.sandbox.zoho.organisation import Organisation

MOST_RECORDS = 100


class Request:
    """A call of `/crm/{version}/…` that was let in."""

    def __init__(self, call: Call, dialect: Dialect, organisation: Organisation) -> None:
        self.call = call
        self.dialect = dialect
        self.organisation = organisation

    @cached_property
    def payload(self) -> Json:
        """The JSON object of the body, its ids as text; anything else refuses the call."""
        try:
            found = json.loads(self.call.body, object_hook=_with_text_ids)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise CallError(400, "INVALID_DATA", "body", {"expected_data_type": "jsonobject"})
        return found

    def rows(self, key: str = "data", most: int = MOST_RECORDS) -> list[Any]:
        """Give the list under `key` of the body; missing, empty or too long refuses the call."""
        if key not in self.payload:
            raise CallError(400, "MANDATORY_NOT_FOUND", "required field not found", self.place(key))
        rows = self.payload[key]
        if not isinstance(rows, list) or not rows:
            raise CallError(400, "INVALID_DATA", "invalid data", {"expected_data_type": "jsonarray", **self.place(key)})
        if len(rows) > most:
            details = {"maximum_length": most, "api_name": key, "json_path": f"$.{key}"}
            raise CallError(400, "INVALID_DATA", "invalid data", details)
        return rows

    def place(self, name: str, row: int | None = None) -> Json:
        """Name a field in an error, with its path where the dialect has paths."""
        if not self.dialect.has_paths:
            return {"api_name": name}
        return {"api_name": name, "json_path": f"$.data[{row}].{name}" if row is not None else f"$.{name}"}

    def idents(self, name: str = "ids", most: int = MOST_RECORDS) -> list[str]:
        """Give the comma-separated ids of a query parameter."""
        given = self.call.param(name)
        if not given:
            raise missing_param(name)
        found = [ident.strip() for ident in given.split(",") if ident.strip()]
        if len(found) > most:
            raise CallError(400, "LIMIT_EXCEEDED", "limit exceeded", {"param_name": name, "limit": most})
        return found

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """Give a positive whole query parameter; values past `most` are cut to it."""
        given = self.call.param(name)
        if given is None:
            return default
        if not given.isdigit() or int(given) < 1:
            raise CallError(400, "INVALID_DATA", "invalid data", {"param_name": name, "expected_data_type": "integer"})
        return int(given) if most is None else min(int(given), most)

    def since(self, header: str) -> float | None:
        """Give a moment from a header in seconds since 1970; one without an offset refuses the call."""
        given = self.call.headers.get(header)
        if not given:
            return None
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise CallError(400, "INVALID_DATA", "invalid data", {"header": header, "expected_data_type": "datetime"})
        return moment.timestamp()

    def batch(self, items: list[Json], *, all_passed: int = 200, key: str = "data") -> Answer:
        """Answer with one item per input row, in order, and the status that the mixture has."""
        passed = sum(1 for item in items if item.get("status") != "error")
        status = self.dialect.batch_status(passed, len(items) - passed, all_passed=all_passed)
        if not self.organisation.switches.batch_statuses:
            status = all_passed
        return Answer(status=status, body={key: items})


def _with_text_ids(found: Json) -> Json:
    """Take ids that came as JSON numbers, the form in which Zoho's own client libraries write them."""
    if type(found.get("id")) is int:
        found["id"] = str(found["id"])
    if isinstance(found.get("ids"), list):
        found["ids"] = [str(ident) if type(ident) is int else ident for ident in found["ids"]]
    return found
