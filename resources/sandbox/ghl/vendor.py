"""The simulated GoHighLevel location: from a call to an answer (GHL fact sheet §1 to §3).

Not simulated: webhooks, the OAuth app flow, paid e-mail verification. Times are epoch milliseconds inside, the
vendor's forms outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.calls import Answer
from resources.sandbox.ghl import (
    businesses,
    calendars,
    contacts,
    conversations,
    deals,
    emails,
    enrolments,
    metadata,
    notes,
    opportunities,
    search,
    tags,
)
from resources.sandbox.ghl.account import Account
from resources.sandbox.ghl.canonical import canonical
from resources.sandbox.ghl.days import Day
from resources.sandbox.ghl.furniture import furnish
from resources.sandbox.ghl.ids import milliseconds
from resources.sandbox.ghl.meter import Meter
from resources.sandbox.ghl.newest import as_dated, as_newest
from resources.sandbox.ghl.refusals import (
    Refusal,
    invalid_token,
    removed_in_v3,
    too_many_requests,
    unauthorized,
)
from resources.sandbox.ghl.residents import settle_in
from resources.sandbox.ghl.routing import SDK_VERSION, V3, Request, Route, Router
from resources.sandbox.ghl.switches import Switches

if TYPE_CHECKING:
    from resources.sandbox.calls import Call
    from resources.sandbox.clock import Clock
    from resources.sandbox.world import World

_MODULES = (
    businesses,
    calendars,
    contacts,
    conversations,
    deals,
    emails,
    enrolments,
    metadata,
    notes,
    opportunities,
    search,
    tags,
)


class GhlSandbox:
    """One sub-account with a Private Integration Token; `switches` are the fields of Switches.

    Another seed or size of the world is another location with another token.
    """

    name = "ghl"

    def __init__(self, world: World, clock: Clock, *, time_scale: float, **switches: Any) -> None:
        self._world = world
        self._clock = clock
        self._switches = Switches(**switches)
        self._router = Router(route for module in _MODULES for route in module.ROUTES)
        self._meter = Meter(switches=self._switches, time_scale=time_scale)
        salt = f"ghl:{world.seed}:{len(world.people)}"
        self.account = Account(salt=salt, switches=self._switches, time_scale=time_scale)
        furnish(self.account, self._now())
        settle_in(self.account, world, self._now())

    @property
    def token(self) -> str:
        """The Private Integration Token."""
        return self.account.token

    @property
    def location_id(self) -> str:
        """The location's id."""
        return self.account.location_id

    def credentials(self) -> dict[str, str]:
        """Give the settings, besides the URL, with which a client may call."""
        return {"GHL_TOKEN": self.token, "GHL_LOCATION_ID": self.location_id}

    def _now(self) -> int:
        return milliseconds(self._clock.now())

    def answer(self, call: Call) -> Answer:
        """Answer a call; every answer carries the five rate headers."""
        try:
            status, body = self._serve(call)
        except Refusal as refusal:
            status, body = refusal.status, dict(refusal.body)
        body.setdefault("traceId", self.account.trace())
        return Answer(status, body, self._meter.headers())

    def _serve(self, call: Call) -> tuple[int, dict[str, Any]]:
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            raise unauthorized("Invalid JWT")
        if token != self.token:
            raise invalid_token()
        now = self._now()
        if not self._meter.admit(now):
            raise too_many_requests()
        route, ids = self._router.find(call.method, call.path)
        self._check_version(route, call)
        scopes = self._switches.scopes
        if scopes is not None and route.scope not in scopes:
            raise unauthorized("The token is not authorized for this scope.")
        is_newest = call.headers["version"] == V3
        known = as_dated(route, call) if is_newest and route.version != V3 else call
        status, body = route.handle(Request(known, self.account, ids, now))
        return status, as_newest(route, body) if is_newest else dict(body)

    def _check_version(self, route: Route, call: Call) -> None:
        version = call.headers.get("version")
        if not version:
            raise unauthorized("version header was not found.")
        if version == V3 and not route.in_v3:
            raise removed_in_v3(call.path)
        if version not in {route.version, V3} and (version != SDK_VERSION or route.version == V3):
            raise unauthorized("version header is invalid.")

    def kind(self, call: Call) -> str:
        """Say read or write; searching by POST reads."""
        try:
            return self._router.find(call.method, call.path)[0].does
        except Refusal:
            return "read" if call.method == "GET" else "write"

    def dump(self) -> dict[str, Any]:
        """Give the whole state as JSON values (not copied: write it before the next call)."""
        return self.account.dump()

    def load(self, state: dict[str, Any]) -> None:
        """Take back a state; everything in it is visible to search at once."""
        self.account.load(state, self._now())

    def canonical(self) -> dict[str, Any]:
        """Give the end state by business keys."""
        return canonical(self.account)

    def pass_day(self, day: int) -> list[dict[str, Any]]:
        """Let the day that ends now happen; give its events: kind and the contact's business key."""
        return Day(account=self.account, seed=self._world.seed, day=day, now=self._now()).pass_by()
