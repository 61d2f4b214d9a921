"""A desk at the simulated Zoho: a client that knows nothing but HTTP."""

from __future__ import annotations

import csv
import io
import json
import zipfile
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


def multipart(content: bytes, name: str = "file") -> bytes:
    head = f'--X9\r\nContent-Disposition: form-data; name="{name}"; filename="a.zip"\r\n\r\n'
    return head.encode() + content + b"\r\n--X9--\r\n"


def packed(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)
    return held.getvalue()


class BulkDesk(Desk):
    """A desk that uploads files and watches jobs."""

    columns = ("Leadflow_ID", "Last_Name", "Company", "Email", "City")

    def upload(self, content: bytes, *, body: bytes | None = None, version: str = "v2", **changed: str) -> Answer:
        sent = {
            "authorization": f"Zoho-oauthtoken {self.token}",
            "feature": "bulk-write",
            "x-crm-org": self.vendor.organisation.zgid,
            "content-type": "multipart/form-data; boundary=X9",
        }
        sent |= {name.replace("_", "-"): value for name, value in changed.items()}
        raw = multipart(content) if body is None else body
        sent = {name: value for name, value in sent.items() if value}
        return self.vendor.answer(Call("upload", "POST", f"/crm/{version}/upload", (), sent, raw))

    def file(self, text: str, name: str = "leads") -> str:
        return self.upload(packed(**{name: text})).body["details"]["file_id"]

    def bulk(
        self, method: str, path: str, body: Any = None, *, version: str = "v2", kind: str = "application/json"
    ) -> Answer:
        sent = {"authorization": f"Zoho-oauthtoken {self.token}", "host": "127.0.0.1:8000", "content-type": kind}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.vendor.answer(Call("api", method, f"/crm/bulk/{version}{path}", (), sent, raw))

    def job(self, text: str, *, columns: Any = None, version: str = "v2", **more: Any) -> dict[str, Any]:
        module = more.pop("module", "Leads")
        top = {"operation": more.pop("operation", "upsert")}
        top |= {name: more.pop(name) for name in ("callback", "character_encoding") if name in more}
        mappings = [
            one if isinstance(one, dict) else {"api_name": one, "index": at}
            for at, one in enumerate(self.columns if columns is None else columns)
        ]
        resource = {
            "type": "data",
            "module": module if version == "v2" else {"api_name": module},
            "file_id": self.file(text),
            "find_by": "Leadflow_ID",
            "ignore_empty": True,
            "field_mappings": mappings,
            **more,
        }
        return {**top, "resource": [{key: value for key, value in resource.items() if value is not ...}]}

    def submit(self, text: str, *, version: str = "v2", **more: Any) -> str:
        answer = self.bulk("POST", "/write", self.job(text, version=version, **more), version=version)
        assert answer.status == 201, answer
        return answer.body["details"]["id"]

    def refused(self, text: str = "k,n,c,e,t\n1,2,3,4,5\n", **more: Any) -> str:
        answer = self.bulk("POST", "/write", self.job(text, **more), version=more.get("version", "v2"))
        assert (answer.status, answer.body["status"]) == (400, "error"), answer
        return answer.body["code"]

    def poll(self, ident: str, version: str = "v2") -> dict[str, Any]:
        return self.bulk("GET", f"/write/{ident}", version=version).body

    def counts(self, ident: str) -> tuple[int, int, int, int]:
        self.wait(200)
        file = self.poll(ident)["resource"][0]["file"]
        return tuple(file[f"{name}_count"] for name in ("added", "updated", "skipped", "total"))

    def download(self, url: str) -> Answer:
        path = url.removeprefix("http://127.0.0.1:8000")
        host = "upload" if path.startswith("/zoho/upload") else "api"
        path = path.removeprefix(f"/zoho/{host}")
        sent = {"authorization": f"Zoho-oauthtoken {self.token}"}
        return self.vendor.answer(Call(host, "GET", path, (), sent, b""))

    def result(self, ident: str) -> list[dict[str, str]]:
        self.wait(200)
        return unpacked(self.download(self.poll(ident)["result"]["download_url"]).body)

    def read(self, query: dict[str, Any], version: str = "v2") -> list[dict[str, str]]:
        answer = self.bulk("POST", "/read", {"query": query}, version=version)
        assert answer.status == 201, answer
        ident = answer.body["data"][0]["details"]["id"]
        self.wait(200)
        shown = self.bulk("GET", f"/read/{ident}", version=version).body["data"][0]
        return unpacked(self.download(shown["result"]["download_url"]).body)


def unpacked(content: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name,) = archive.namelist()
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


@pytest.fixture
def open_bulk() -> Callable[..., BulkDesk]:
    return BulkDesk


@pytest.fixture
def bulk() -> BulkDesk:
    return BulkDesk()


@pytest.fixture
def zip_of() -> Callable[..., bytes]:
    return packed


@pytest.fixture
def form_of() -> Callable[..., bytes]:
    return multipart


@pytest.fixture
def open_desk() -> Callable[..., Desk]:
    return Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def new_lead() -> Callable[..., dict[str, Any]]:
    return lead
