"""The sandbox on a real socket: vendors below their mounts, `/_sandbox/...` for tests and the command line.

GET  /_sandbox/state               end state by business keys
GET  /_sandbox/requests?since=N    the journal after request N
GET  /_sandbox/clock               {"now", "as_of", "days"}
POST /_sandbox/advance             {"days": 1} -> {"now", "as_of", "days", "events": [...]}
POST /_sandbox/reset               {"people", "seed"}, both optional
POST /_sandbox/faults              {"rules": [...] or the name of a set}
POST /_sandbox/save                write the state file
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from resources.sandbox.simulation import Sandbox
from resources.sandbox.vendors import MOUNTS, URL_SETTINGS
from resources.sandbox.wire import ClosableProtocol, VendorWire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

__all__ = [
    "Running",
    "Sandbox",
    "Server",
    "address",
    "application",
    "environment",
    "listener",
    "serve",
    "serving",
]


def application(sandbox: Sandbox) -> Starlette:
    """Give the ASGI application of a sandbox."""

    def save(_: Mapping[str, Any]) -> dict[str, Any]:
        sandbox.save()
        return {"saved": sandbox.state_path is not None}

    def advance(wish: Mapping[str, Any]) -> dict[str, Any]:
        events = sandbox.advance(int(wish.get("days", 1)))
        return {**sandbox.times(), "events": events}

    def reset(wish: Mapping[str, Any]) -> dict[str, Any]:
        sandbox.reset(people=wish.get("people"), seed=wish.get("seed"))
        return sandbox.times()

    def faults(wish: Mapping[str, Any]) -> dict[str, Any]:
        sandbox.set_faults(wish.get("rules", ()))
        return {"rules": len(sandbox.faults.rules)}

    def read(give: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return JSONResponse(give(request))

        return answer

    routes: list[Route | Mount] = [
        Route("/_sandbox/state", read(lambda _: sandbox.canonical())),
        Route("/_sandbox/requests", read(lambda r: sandbox.journal.since(int(r.query_params.get("since", 0))))),
        Route("/_sandbox/clock", read(lambda _: sandbox.times())),
        Route("/_sandbox/save", _acting(save), methods=["POST"]),
        Route("/_sandbox/advance", _acting(advance), methods=["POST"]),
        Route("/_sandbox/reset", _acting(reset), methods=["POST"]),
        Route("/_sandbox/faults", _acting(faults), methods=["POST"]),
    ]
    return Starlette(routes=routes + [Mount(mount, app=VendorWire(sandbox, mount)) for mount in MOUNTS])


def _acting(act: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Callable[[Request], Any]:
    """Make an endpoint that answers 400 with a sentence when the wish makes no sense."""

    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(act(json.loads(await request.body() or b"{}")))
        except (ValueError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return answer


def listener(port: int = 0) -> socket.socket:
    """Bind 127.0.0.1; port 0 takes a free one. Raises OSError when the port is taken."""
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it each answer takes 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def address(bound: socket.socket) -> str:
    """Give the URL of a bound socket."""
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


class Server(uvicorn.Server):
    """A server that leaves signals to its owner: uvicorn's own handling would end the process unsaved."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing; whoever serves sets `should_exit`."""
        yield


def serve(sandbox: Sandbox) -> Server:
    """Give the server of a sandbox, not yet running."""
    config = uvicorn.Config(
        application(sandbox),
        http=ClosableProtocol,
        loop="asyncio",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
        backlog=256,
    )
    return Server(config)


def environment(sandbox: Sandbox, url: str) -> dict[str, str]:
    """Give the settings with which leadflow reaches this sandbox at `url`."""
    settings = {"LEADFLOW_ENV": "sandbox", "LEADFLOW_TIME_SCALE": f"{sandbox.time_scale:g}"}
    settings |= {name: f"{url}{mount}" for name, mount in URL_SETTINGS.items()}
    for vendor in sandbox.vendors.values():
        settings |= vendor.credentials()
    return settings


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that listens at `url`."""

    url: str
    sandbox: Sandbox

    def environment(self) -> dict[str, str]:
        """Give the settings with which leadflow reaches it."""
        return environment(self.sandbox, self.url)


@contextmanager
def serving(
    *,
    people: int = 2000,
    seed: int = 7,
    state_path: Path | None = None,
    time_scale: float = 60.0,
    faults: str | Sequence[Mapping[str, Any]] = (),
    sandbox: Sandbox | None = None,
) -> Iterator[Running]:
    """Serve a sandbox from a thread on a free port of 127.0.0.1; the state is saved at the end."""
    held = sandbox or Sandbox(people=people, seed=seed, state_path=state_path, time_scale=time_scale, faults=faults)
    with listener() as bound:
        bound.listen(256)  # requests that come before the loop runs wait instead of being refused
        server = serve(held)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="sandbox", daemon=True)
        thread.start()
        try:
            yield Running(address(bound), held)
        finally:
            server.should_exit = True
            thread.join()
            held.save()
