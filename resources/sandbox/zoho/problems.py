"""How Zoho says no: one body for a refused call, one item for a refused record."""

from __future__ import annotations

from typing import Any

from resources.sandbox.calls import Answer

Json = dict[str, Any]


class CallError(Exception):
    """A whole call refused; `answer` is what goes over the wire (Zoho fact sheet §0.3)."""

    def __init__(self, status: int, code: str, message: str, details: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body: Json = item(code, message, details)

    def answer(self) -> Answer:
        """Give the refusal as a bare error object."""
        return Answer(status=self.status, body=self.body)


class RecordError(Exception):
    """One record refused; `item` stands at its place in `data`."""

    def __init__(self, code: str, message: str, details: Json | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.item: Json = item(code, message, details)


def item(code: str, message: str, details: Json | None = None) -> Json:
    """Build one error object with the four keys every Zoho error has."""
    return {"code": code, "details": details or {}, "message": message, "status": "error"}


def success(message: str, details: Json) -> Json:
    """Build one success object."""
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def unknown_url() -> CallError:
    """Refuse an address that no route serves."""
    return CallError(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")


def bad_module() -> CallError:
    """Refuse a module that the organisation does not have."""
    return CallError(400, "INVALID_MODULE", "the module name given seems to be invalid", {"resource_path_index": 0})


def missing_param(name: str) -> CallError:
    """Refuse a call that lacks a required query parameter."""
    return CallError(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": name})
