"""A desk at the simulated Zoho: a client that knows nothing but HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from resources.sandbox.calls import Answer, Call
from resources.sandbox.clock import Clock
from resources.sandbox.world import World
from resources.sandbox.zoho import ZohoSandbox

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Desk:
    """One organisation with a token in hand; time stands still until `wait`."""

    def __init__(self, *, people: int = 1, seed: int = 7, time_scale: float = 1.0, **switches: Any) -> None:
        self.moment = START
        self.clock = Clock(source=lambda: self.moment)
        self.world = World(seed, people)
        self.vendor = ZohoSandbox(self.world, self.clock, time_scale=time_scale, **switches)
        self.token = ""
        self.token = self.refresh().body["access_token"]

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def refresh(self, **changed: str) -> Answer:
        given = self.vendor.credentials()
        form = {
            "grant_type": "refresh_token",
            "client_id": given["ZOHO_CLIENT_ID"],
            "client_secret": given["ZOHO_CLIENT_SECRET"],
            "refresh_token": given["ZOHO_REFRESH_TOKEN"],
            **changed,
        }
        return self.accounts("POST", "/oauth/v2/token", form)

    def accounts(self, method: str, path: str, form: dict[str, str]) -> Answer:
        headers = {"host": "127.0.0.1:8000"}
        return self.vendor.answer(Call("accounts", method, path, (), headers, urlencode(form).encode()))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: str = "v2",
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Answer:
        sent = {"authorization": f"Zoho-oauthtoken {self.token}", **(headers or {})}
        pairs = tuple((name, str(value)) for name, value in query.items())
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.vendor.answer(Call("api", method, f"/crm/{version}{path}", pairs, sent, raw))

    def insert(self, module: str, *rows: dict[str, Any], **more: Any) -> list[str]:
        answer = self.call("POST", f"/{module}", {"data": list(rows), "trigger": [], **more})
        assert answer.status == 201, answer
        return [item["details"]["id"] for item in answer.body["data"]]

    def coql(self, query: str, version: str = "v2") -> Answer:
        return self.call("POST", "/coql", {"select_query": query}, version=version)

    def shown(self, module: str, ident: str) -> dict[str, Any]:
        return self.call("GET", f"/{module}/{ident}").body["data"][0]


def lead(number: int = 1, **more: Any) -> dict[str, Any]:
    row = {
        "Last_Name": f"Lindqvist {number}",
        "Company": "Fjord",
        "Email": f"a{number}@fjord.example",
        "Leadflow_ID": f"key-{number}",
    }
    return {name: value for name, value in {**row, **more}.items() if value is not ...}


@pytest.fixture
def open_desk() -> Callable[..., Desk]:
    return Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def new_lead() -> Callable[..., dict[str, Any]]:
    return lead
