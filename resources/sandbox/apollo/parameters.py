"""What a request asks for: parameters of query and body, flags, and pages (Apollo fact sheet §4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo.refusals import Refusal

if TYPE_CHECKING:
    from resources.sandbox.calls import Call

Parameters = dict[str, Any]
_RANGE = re.compile(r"(\w+)\[(min|max)\]")
_DISPLAYED = 50_000


def parameters(call: Call) -> Parameters:
    """Merge JSON body and query; `name[]` and `name` are one, `name[min]` becomes {"min": ...}.

    Raises Refusal for a body that is not a JSON object.
    """
    merged: Parameters = {}
    if call.body.strip():
        try:
            body = call.json()
        except ValueError as error:
            raise Refusal(422, {"error": "Invalid parameters"}) from error
        if not isinstance(body, dict):
            raise Refusal(422, {"error": "Invalid parameters"})
        for name, value in body.items():
            _put(merged, name, value)
    for name in dict.fromkeys(name for name, _ in call.query):
        values = call.params(name)
        _put(merged, name, values if name.endswith("[]") else values[-1])
    return merged


def _put(merged: Parameters, name: str, value: Any) -> None:
    ranged = _RANGE.fullmatch(name)
    if ranged:
        merged.setdefault(ranged[1], {})[ranged[2]] = value
    else:
        merged[name.removesuffix("[]")] = value


def flag(value: Any, *, default: bool = False) -> bool:
    """Read a boolean as JSON or a query string writes it."""
    return default if value is None else str(value).lower() in {"true", "1", "yes"}


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: which, how long, and where it begins."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """Index of its first row."""
        return (self.number - 1) * self.size

    @classmethod
    def read(cls, wanted: Parameters, *, default: int = 10) -> Page:
        """Read page and per_page; above 100 rows is clamped, beyond 50,000 records is refused."""
        try:
            number, size = int(wanted.get("page") or 1), int(wanted.get("per_page", default))
        except (TypeError, ValueError) as error:
            raise Refusal(422, {"error": "Invalid parameters"}) from error
        if size <= 0:
            raise Refusal(422, {"error": "An error occurred. Per page cannot be 0."})
        size = min(size, 100)
        number = max(number, 1)
        if number > 500 or number * size > _DISPLAYED:
            raise Refusal(422, {"error": "Invalid parameter passed in. Page * per page number is over threshold."})
        return cls(number, size)

    def summary(self, total: int) -> dict[str, int]:
        """Give the `pagination` object of the older answers."""
        pages = -(-total // self.size)
        return {"page": self.number, "per_page": self.size, "total_entries": total, "total_pages": pages}
