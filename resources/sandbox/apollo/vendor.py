"""Apollo as a vendor: keys, scopes, limits and routes (Apollo fact sheet §1 to §4, §7 to §9, §11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo import refusals
from resources.sandbox.apollo.directory import Directory
from resources.sandbox.apollo.enrichment import Enrichment
from resources.sandbox.apollo.firmographics import Firmographics
from resources.sandbox.apollo.lists import Lists
from resources.sandbox.apollo.parameters import flag
from resources.sandbox.apollo.refusals import Refusal
from resources.sandbox.apollo.sequences import Sequences
from resources.sandbox.apollo.switches import Switches
from resources.sandbox.apollo.team import Team, whole
from resources.sandbox.apollo.windows import PLANS, Windows
from resources.sandbox.calls import Answer
from resources.sandbox.entities import hex24

if TYPE_CHECKING:
    from collections.abc import Callable

    from resources.sandbox.calls import Call
    from resources.sandbox.clock import Clock
    from resources.sandbox.world import World

    _Act = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Route:
    endpoint: str
    group: str
    kind: str
    act: _Act


class ApolloSandbox:
    """One Apollo team over a world. `switches` are the fields of `Switches`."""

    name = "apollo"

    def __init__(self, world: World, clock: Clock, *, time_scale: float = 1.0, **switches: Any) -> None:
        self._world = world
        self._clock = clock
        self.switches = Switches(**switches)
        self._directory = Directory(world)
        limit = self.switches.credits
        self.team = Team(
            world,
            self._directory,
            credits_limit=max(10_000, 2 * len(world.people)) if limit is None else limit,
        )
        self._lists = Lists(self._directory, self.team)
        self.sequences = Sequences(world)
        self._enrichment = Enrichment(
            self._directory,
            self.team,
            charges_once=self.switches.charges_once,
            pads_missing=self.switches.pads_missing,
            now=clock.now,
        )
        self._windows = Windows(self.switches.limits or PLANS[self.switches.plan], time_scale=time_scale)
        self._routes = self._made_routes()

    def _made_routes(self) -> dict[tuple[str, str], _Route]:
        bought, lists, now = self._enrichment, self._lists, self._clock.now
        firms = Firmographics(self._directory, self.team)
        table: tuple[tuple[str, str, str, str, str, _Act], ...] = (
            ("POST", "/mixed_people/api_search", "mixed_people/api_search", "search", "read", lists.teasers),
            ("POST", "/mixed_people/search", "mixed_people/search", "search", "read", lists.legacy),
            ("POST", "/mixed_companies/search", "mixed_companies/search", "search", "spend", lists.companies),
            ("POST", "/contacts/search", "contacts/search", "default", "read", lists.contacts),
            ("POST", "/emailer_campaigns/search", "emailer_campaigns/search", "default", "read",
             self.sequences.search),
            ("POST", "/people/match", "people/match", "enrichment", "spend", bought.match),
            ("POST", "/people/bulk_match", "people/bulk_match", "bulk", "spend", bought.bulk_match),
            ("GET", "/people/*", "people/show", "enrichment", "spend", bought.show),
            ("GET", "/organizations/enrich", "organizations/enrich", "enrichment", "spend", firms.company),
            ("POST", "/organizations/bulk_enrich", "organizations/bulk_enrich", "bulk", "spend",
             firms.companies),
            ("GET", "/webhook_result/*", "webhook_result/show", "default", "read", bought.awaited),
            ("GET", "/users/api_profile", "users/api_profile", "default", "read", self._profile),
            ("POST", "/usage_stats/credit_usage_stats", "usage_stats/credit_usage_stats", "default", "read",
             lambda _: self.team.credit_stats(now())),
            ("POST", "/usage_stats/api_usage_stats", "usage_stats/api_usage_stats", "default", "read",
             lambda _: self._api_usage()),
        )  # fmt: skip
        return {
            (method, path): _Route(f"api/v1/{endpoint}", group, kind, act)
            for method, path, endpoint, group, kind, act in table
        }

    def _route(self, call: Call) -> _Route | None:
        path = call.path.rstrip("/")
        found = self._routes.get((call.method, path))
        return found or self._routes.get((call.method, f"{path.rsplit('/', 1)[0]}/*"))

    def kind(self, call: Call) -> str:
        """Say read, spend (takes credits) or auth."""
        if call.path == "/auth/health":
            return "auth"
        route = self._route(call)
        return route.kind if route else "read"

    def credentials(self) -> dict[str, str]:
        """Give the settings, besides the URL, with which a client may call."""
        return {"APOLLO_API_KEY": self.switches.api_key}

    def answer(self, call: Call) -> Answer:
        """Answer as Apollo would: key, scope, windows, then the endpoint itself."""
        has_key = call.headers.get("x-api-key") == self.switches.api_key
        if (call.method, call.path) == ("GET", "/auth/health"):
            return Answer(200, {"healthy": True, "is_logged_in": has_key})
        if not has_key:
            return Answer(401, refusals.INVALID_KEY)
        route = self._route(call)
        if route is None:
            return Answer(404, {"error": "Not Found"})
        try:
            self._authorize(route.endpoint)
        except Refusal as refusal:
            return refusal.answer
        verdict = self._windows.admit(route.endpoint, route.group, self._clock.now())
        if verdict.exceeded:
            answer = refusals.too_many(route.endpoint, *verdict.exceeded)
        else:
            try:
                answer = Answer(200, route.act(call))
            except Refusal as refusal:
                answer = refusal.answer
        answer.headers |= self._named(verdict.headers)
        return answer

    def _authorize(self, endpoint: str) -> None:
        allowed = self.switches.allowed
        if allowed is not None and endpoint not in allowed:
            raise refusals.out_of_scope(endpoint)
        is_legacy = endpoint == "api/v1/mixed_people/search"
        if is_legacy and (self.switches.plan == "free" or not self.switches.legacy_search):
            raise refusals.not_on_free_plan(endpoint)
        if self.switches.plan == "free" and endpoint in {
            "api/v1/contacts/search",
            "api/v1/mixed_companies/search",
        }:
            raise refusals.paid_plans_only()

    def _named(self, headers: dict[str, str]) -> dict[str, str]:
        if not self.switches.daily_headers:
            return headers
        return {name.replace("24-hour", "daily"): value for name, value in headers.items()}

    def _profile(self, call: Call) -> dict[str, Any]:
        seed = self._world.seed
        body: dict[str, Any] = {
            "id": hex24("user", seed),
            "team_id": self.team.id,
            "first_name": "Sandbox",
            "last_name": "User",
            "title": "Operator",
            "email": "operator@leadflow.example",
        }
        if flag(call.param("include_credit_usage")):
            body |= {
                "num_credits_remaining": whole(self.team.left),
                "effective_num_lead_credits": self.team.limit,
                "num_lead_credits_used": whole(self.team.consumed),
                "effective_num_direct_dial_credits": self.team.limit,
                "num_direct_dial_credits_used": whole(self.team.mobile_consumed),
                "total_unified_credits_used": whole(self.team.consumed + self.team.mobile_consumed),
            }
        return body

    def _api_usage(self) -> dict[str, Any]:
        now = self._clock.now()
        shown: dict[str, Any] = {}
        for route in self._routes.values():
            controller, action = route.endpoint.rsplit("/", 1)
            shown[f'["{controller}", "{action}"]'] = self._windows.usage(route.endpoint, route.group, now)
        return shown

    def dump(self) -> dict[str, Any]:
        """Give what the team did; the people follow from the world."""
        return {**self.team.dump(), "day": self.sequences.day}

    def load(self, state: dict[str, Any]) -> None:
        """Take back what `dump` gave."""
        self.team.load(state)
        self.sequences.day = int(state.get("day", 1))

    def canonical(self) -> dict[str, Any]:
        """Give who was revealed; credits depend on how often, which the journal tells."""
        return {"revealed": sorted(self.team.revealed)}

    def pass_day(self, day: int) -> list[dict[str, Any]]:
        """Let a day pass: Apollo's people stay as they are, its sequences count on."""
        self.sequences.day = day
        return []
