"""Zoho CRM as a simulated vendor: three hosts, versions v2 to v8, one organisation.

Every answer follows the Zoho fact sheet; what the sheet leaves open is a switch (`settings.Switches`).
Bulk jobs and late calls go on by the clock: each call first does what should have happened before it.
Parent and child files of a bulk write, and callbacks, are not served.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.bulk import Bulk
from resources.sandbox.zoho.bulkhosts import FileHosts
from resources.sandbox.zoho.days import Day
from resources.sandbox.zoho.dialect import SERVED, Dialect
from resources.sandbox.zoho.endstate import end_state
from resources.sandbox.zoho.late import LateCalls
from resources.sandbox.zoho.meter import BULK_PRICES, Meter, price
from resources.sandbox.zoho.oauth import Accounts
from resources.sandbox.zoho.organisation import Organisation
from resources.sandbox.zoho.problems import CallError, unknown_url
from resources.sandbox.zoho.reading import Lists
from resources.sandbox.zoho.request import Request
from resources.sandbox.zoho.routing import Routes
from resources.sandbox.zoho.seeding import seed
from resources.sandbox.zoho.settings import Switches

if TYPE_CHECKING:
    from resources.sandbox.calls import Answer, Call
    from resources.sandbox.clock import Clock
    from resources.sandbox.world import World

ADDRESS = re.compile(r"/crm/(bulk/)?(v[\d.]+)(/.*)")
READS_BY_POST = frozenset({"/coql", "bulk:/read"})


class ZohoSandbox:
    """One Zoho organisation over a world; `switches` are the fields of `settings.Switches`.

    `time_scale` divides token lives, the token throttle, the credit day, the search lag, the seconds of bulk jobs
    and the download minute; not the days that files and results are kept. `bulk.mishaps` and `late` make bulk jobs
    and calls go wrong on purpose.
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
        self.bulk = Bulk(self.organisation, time_scale=time_scale)
        self.late = LateCalls()
        self._hosts = FileHosts(
            self.organisation, accounts=self.accounts, meter=self.meter, bulk=self.bulk, late=self.late
        )
        self._routes = Routes(Lists(), self.bulk, search_lag=self.switches.search_lag_seconds / time_scale)
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
            self.catch_up()
            link = self._hosts.link(call)
            if link is not None or call.host == "upload":
                return self._hosts.answer(call, link)
            return self._api(call)
        except CallError as problem:
            return problem.answer()

    def kind(self, call: Call) -> str:
        """Say what the call is for the journal."""
        if call.host == "accounts":
            return "auth"
        address = _address(call)
        is_read = call.method == "GET" or (address is not None and address[1] in READS_BY_POST)
        return "read" if is_read else "write"

    def catch_up(self) -> None:
        """Do what bulk jobs and late calls did between the last call and now, each at its own moment."""
        now, organisation = self.organisation.moment(), self.organisation
        if organisation.pinned is not None:
            return
        while (due := self.late.due(now)) is not None:
            at, call = due
            self.bulk.advance(at)
            organisation.pinned = at
            try:
                with suppress(CallError):  # nobody hears the answer of a late call
                    self._executed(call)
            finally:
                organisation.pinned = None
        self.bulk.advance(now)

    def dump(self) -> dict[str, Any]:
        """Give the whole state as JSON values."""
        self.catch_up()
        return {
            "bulk": self.bulk.dump(),
            "late": self.late.dump(),
            "organisation": self.organisation.dump(),
            "accounts": self.accounts.dump(),
            "meter": self.meter.dump(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take back a state that `dump` gave."""
        self.organisation.load(state["organisation"])
        self.accounts.load(state["accounts"])
        self.meter.load(state["meter"])
        if "bulk" in state:
            self.bulk.load(state["bulk"])
            self.late.load(state["late"])

    def canonical(self) -> dict[str, Any]:
        """Give the end state by business keys."""
        self.catch_up()
        return end_state(self.organisation)

    def pass_day(self, day: int) -> list[dict[str, Any]]:
        """Let day number `day` happen and list its events."""
        self.catch_up()
        return Day(self.organisation, seed=self._seed, day=day).events()

    def _api(self, call: Call) -> Answer:
        if _address(call) is None:
            raise unknown_url()
        self.accounts.admit(call)
        if self.late.takes(call):
            return self.late.take(call, now=self.organisation.moment())
        return self._executed(call)

    def _executed(self, call: Call) -> Answer:
        """Do a call that was let in."""
        address = _address(call)
        if address is None:
            return self.bulk.files.upload(call)
        version, path = address
        request = Request(call, Dialect(version), self.organisation)
        do = self._routes.find(request, path)
        if do.scope in self.switches.missing_scopes:
            raise CallError(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")
        credits_asked, is_heavy = price(request, path)
        self.meter.charge(credits_asked, is_heavy=is_heavy)
        try:
            answer = do.run()
        except CallError as problem:
            answer = problem.answer()
        if path in BULK_PRICES and answer.status != 201:
            self.meter.give_back(credits_asked)
        answer.headers |= self.meter.headers()
        return answer


def _address(call: Call) -> tuple[str, str] | None:
    """Give version and path of an API call, bulk paths behind `bulk:`; None for any other address."""
    match = ADDRESS.fullmatch(call.path)
    if match is None or call.host == "upload" or match.group(2) not in SERVED:
        return None
    return match.group(2), f"bulk:{match.group(3)}" if match.group(1) else match.group(3)
