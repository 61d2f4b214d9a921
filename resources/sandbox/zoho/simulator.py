"""Zoho CRM as a simulated vendor: three hosts, versions v2 to v8, one organisation.

Every answer follows the Zoho fact sheet; what the sheet leaves open is a switch (`settings.Switches`).
Bulk write and bulk read are not served.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from resources.sandbox.calls import Answer, Call
from resources.sandbox.zoho.days import Day
from resources.sandbox.zoho.dialect import SERVED, Dialect
from resources.sandbox.zoho.endstate import end_state
from resources.sandbox.zoho.meter import Meter, price
from resources.sandbox.zoho.oauth import Accounts
from resources.sandbox.zoho.organisation import Organisation
from resources.sandbox.zoho.problems import CallError, unknown_url
from resources.sandbox.zoho.reading import Lists
from resources.sandbox.zoho.request import Request
from resources.sandbox.zoho.routing import Routes
from resources.sandbox.zoho.seeding import seed
from resources.sandbox.zoho.settings import Switches

if TYPE_CHECKING:
    from resources.sandbox.clock import Clock
    from resources.sandbox.world import World

ADDRESS = re.compile(r"/crm/(v[\d.]+)(/.*)")
READS_BY_POST = frozenset({"/coql"})


class ZohoSandbox:
    """One Zoho organisation over a world; `switches` are the fields of `settings.Switches`.

    `time_scale` divides token lives, the token throttle, the credit day and the search lag. The token answer
    still says `expires_in` as Zoho would (3600).
    """

    name = "zoho"

    def __init__(self, world: World, clock: Clock, *, time_scale: float = 1.0, **switches: Any) -> None:
        self.switches = Switches(**switches)
        self._seed = world.seed
        identity = f"{world.seed}-{len(world.people)}"
        self.organisation = Organisation(identity=identity, switches=self.switches, now=clock.now)
        moment = self.organisation.moment
        self.accounts = Accounts(identity=identity, switches=self.switches, time_scale=time_scale, moment=moment)
        self.meter = Meter(switches=self.switches, time_scale=time_scale, moment=moment)
        self._routes = Routes(Lists(), search_lag=self.switches.search_lag_seconds / time_scale)
        seed(self.organisation, world)

    def credentials(self) -> dict[str, str]:
        """Give the settings that let a client in."""
        return {
            "ZOHO_CLIENT_ID": self.accounts.client_id,
            "ZOHO_CLIENT_SECRET": self.accounts.client_secret,
            "ZOHO_REFRESH_TOKEN": self.accounts.refresh_token,
        }

    def answer(self, call: Call) -> Answer:
        """Do what the call asks and answer as Zoho would."""
        try:
            if call.host == "accounts":
                return self.accounts.answer(call)
            if call.host == "upload":
                body = {"ERROR_CODE": 404, "ERROR_MESSAGE": "Not Found", "x-error": "resource not found"}
                return Answer(status=404, body=body)
            return self._api(call)
        except CallError as problem:
            return problem.answer()

    def kind(self, call: Call) -> str:
        """Say what the call is for the journal."""
        if call.host == "accounts":
            return "auth"
        match = ADDRESS.fullmatch(call.path)
        is_read = call.method == "GET" or (match is not None and match.group(2) in READS_BY_POST)
        return "read" if is_read else "write"

    def dump(self) -> dict[str, Any]:
        """Give the whole state as JSON values."""
        return {
            "organisation": self.organisation.dump(),
            "accounts": self.accounts.dump(),
            "meter": self.meter.dump(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take back a state that `dump` gave."""
        self.organisation.load(state["organisation"])
        self.accounts.load(state["accounts"])
        self.meter.load(state["meter"])

    def canonical(self) -> dict[str, Any]:
        """Give the end state by business keys."""
        return end_state(self.organisation)

    def pass_day(self, day: int) -> list[dict[str, Any]]:
        """Let day number `day` happen and list its events."""
        return Day(self.organisation, seed=self._seed, day=day).events()

    def _api(self, call: Call) -> Answer:
        match = ADDRESS.fullmatch(call.path)
        if match is None or match.group(1) not in SERVED:
            raise unknown_url()
        self.accounts.admit(call)
        path = match.group(2)
        request = Request(call, Dialect(match.group(1)), self.organisation)
        do = self._routes.find(request, path)
        if do.scope in self.switches.missing_scopes:
            raise CallError(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")
        credits_asked, is_heavy = price(request, path)
        self.meter.charge(credits_asked, is_heavy=is_heavy)
        try:
            answer = do.run()
        except CallError as problem:
            answer = problem.answer()
        answer.headers |= self.meter.headers()
        return answer
