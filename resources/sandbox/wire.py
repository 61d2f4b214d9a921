"""The wire: ASGI applications between uvicorn's sockets and the vendors, with the faults in between."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from resources.sandbox.calls import Answer, Call
from resources.sandbox.vendors import MOUNTS

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from resources.sandbox.simulation import Sandbox

_PROXY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)
_BODILESS = frozenset({204, 304})
_OUTCOMES = {
    "drop_before": "not executed, connection closed",
    "drop_after": "executed, answer lost",
    "truncate": "executed, answer truncated",
    "html": "not executed, proxy page",
}


class ClosableProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose applications may cut the connection, as networks do."""

    def on_message_begin(self) -> None:
        """Hand the means to cut the connection to the application."""
        super().on_message_begin()
        self.scope["extensions"] = {"sandbox.cut": {"abort": self.transport.abort}}


class VendorWire:
    """The ASGI application of one mount."""

    def __init__(self, sandbox: Sandbox, mount: str) -> None:
        self._sandbox = sandbox
        self._mount = mount
        self._vendor, self._host = MOUNTS[mount]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or spoil the answer when a fault rule says so."""
        call = await self._call(scope, receive)
        sandbox = self._sandbox
        vendor = sandbox.vendors[self._vendor]
        kind = vendor.kind(call)
        fault = sandbox.faults.action(vendor=vendor.name, kind=kind, method=call.method, path=call.path) or ""
        at = sandbox.clock.now()
        answer = _refusal(fault) or vendor.answer(call)
        sandbox.journal.write(
            call,
            at=at,
            vendor=vendor.name,
            kind=kind,
            status=None if fault.startswith("drop") else answer.status,
            outcome=_OUTCOMES.get(fault, f"fault {fault}" if fault else "answered"),
        )
        if fault.startswith("drop"):
            await _cut(scope, receive)
            return
        if fault.startswith("delay:"):
            await asyncio.sleep(float(fault.removeprefix("delay:")))
        await _send(answer, send, whole=fault != "truncate")

    async def _call(self, scope: Scope, receive: Receive) -> Call:
        parts: list[bytes] = []
        while True:
            message = await receive()
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                break
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return Call(
            host=self._host,
            method=scope["method"],
            path=scope["path"].removeprefix(self._mount) or "/",
            query=tuple(query),
            headers={key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]},
            body=b"".join(parts),
        )


def _refusal(fault: str) -> Answer | None:
    """Give the answer of a fault that keeps the request from being executed."""
    if fault.startswith("status:"):
        status = int(fault.removeprefix("status:"))
        headers = {"retry-after": "1"} if status in {429, 503} else {}
        return Answer(status, {"message": "Injected by the sandbox", "status": "error"}, headers)
    if fault == "html":
        return Answer(502, _PROXY_PAGE, {"content-type": "text/html"})
    return Answer(500) if fault == "drop_before" else None


async def _cut(scope: Scope, receive: Receive) -> None:
    scope["extensions"]["sandbox.cut"]["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(answer: Answer, send: Send, *, whole: bool) -> None:
    content, media = _content(answer.body)
    headers = {"content-type": media} if media else {}
    headers |= {key.lower(): value for key, value in answer.headers.items()}
    if not whole:
        content = content[: len(content) // 2]
    if answer.status not in _BODILESS:
        headers["content-length"] = str(len(content))
    raw = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if answer.status in _BODILESS else content})


def _content(body: dict[str, Any] | list[Any] | str | bytes | None) -> tuple[bytes, str | None]:
    if body is None:
        return b"", None
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), "application/json;charset=UTF-8"
