"""The request journal: what was asked of the vendors, and what came of it."""

from __future__ import annotations

import json
import zlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from datetime import datetime

    from resources.sandbox.calls import Call

SECRETS = frozenset(
    {
        "client_secret",
        "refresh_token",
        "access_token",
        "code",
        "api_key",
        "password",
        "token",
        "authorization",
    }
)
_KEPT = 500_000


@dataclass(frozen=True, slots=True)
class _Line:
    n: int
    at: datetime
    vendor: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    kind: str
    status: int | None
    outcome: str
    body: bytes
    is_form: bool

    def shown(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "at": self.at.isoformat(),
            "vendor": self.vendor,
            "method": self.method,
            "path": self.path,
            "query": [[key, _hidden(key, value)] for key, value in self.query],
            "kind": self.kind,
            "status": self.status,
            "outcome": self.outcome,
            "body": _readable(zlib.decompress(self.body), is_form=self.is_form),
        }


class Journal:
    """Requests in the order they came, numbered from 1; the newest half million are kept."""

    def __init__(self) -> None:
        self._lines: deque[_Line] = deque(maxlen=_KEPT)
        self._last = 0

    def write(self, call: Call, *, at: datetime, vendor: str, kind: str, status: int | None, outcome: str) -> None:
        """Note one request. `status` is what was sent; None when the connection closed without an answer."""
        self._last += 1
        is_form = call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        path = f"/{call.host}{call.path}" if call.host else call.path
        body = zlib.compress(call.body, 1)
        self._lines.append(
            _Line(self._last, at, vendor, call.method, path, call.query, kind, status, outcome, body, is_form)
        )

    def since(self, n: int = 0) -> list[dict[str, Any]]:
        """Give the requests after number `n`, without secrets."""
        return [line.shown() for line in tuple(self._lines) if line.n > n]


def _hidden(key: str, value: Any) -> Any:
    return "***" if key.lower() in SECRETS else value


def _readable(body: bytes, *, is_form: bool) -> Any:
    """Give a body as JSON values without secrets; what is neither JSON nor a form becomes its length."""
    if not body:
        return None
    if is_form:
        return {key: _hidden(key, value) for key, value in parse_qsl(body.decode(errors="replace"))}
    try:
        return _stripped(json.loads(body))
    except ValueError:
        return {"bytes": len(body)}


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _hidden(key, _stripped(inner)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_stripped(inner) for inner in value]
    return value
