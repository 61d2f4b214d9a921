"""Zoho's accounts server: grants, refreshes, throttle and token lives (Zoho fact sheet §1)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from resources.sandbox.calls import Answer, Call
from resources.sandbox.zoho.bulkparts import parts
from resources.sandbox.zoho.problems import CallError, unknown_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from resources.sandbox.zoho.settings import Switches

SCOPES = (
    "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.org.READ ZohoCRM.users.READ ZohoCRM.bulk.ALL "
    "ZohoFiles.files.ALL ZohoCRM.coql.READ ZohoSearch.securesearch.READ"
)
CODE_SECONDS = 180.0
MOST_GRANTS = 20
THROTTLED = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}


class Accounts:
    """Tokens of one client; moments are seconds since 1970, lives and windows divided by `time_scale`."""

    def __init__(self, *, identity: str, switches: Switches, time_scale: float, moment: Callable[[], float]) -> None:
        self._identity = identity
        self._switches = switches
        self._scale = time_scale
        self._moment = moment
        self._count = 0
        self.client_id = f"1000.{self._secret('client')[:30].upper()}"
        self.client_secret = self._secret("secret")[:42]
        self.refresh_tokens: dict[str, list[float]] = {self._token("refresh"): []}
        """Refresh token → moments at which it gave access tokens."""
        self.access_tokens: dict[str, tuple[str, float]] = {}
        """Access token → (refresh token, moment of its end), oldest first."""
        self.codes: dict[str, float] = {}

    @property
    def refresh_token(self) -> str:
        """The first refresh token, granted before the first call."""
        return next(iter(self.refresh_tokens), "")

    def issue_code(self) -> str:
        """Give a grant code, as the API console does for a self client."""
        code = self._token("code")
        self.codes[code] = self._moment() + CODE_SECONDS / self._scale
        return code

    def answer(self, call: Call) -> Answer:
        """Serve `/oauth/v2/…`, asked by query or any form; most refusals are HTTP 200 with an `error` key."""
        form = {name: content.decode("utf-8", "replace") for name, content in parts(call).items()}
        given = {**dict(call.query), **(form or dict(parse_qsl(call.body.decode("utf-8", "replace"))))}
        match (call.method, call.path):
            case ("POST", "/oauth/v2/token"):
                return self._grant(given, call)
            case ("POST", "/oauth/v2/token/revoke"):
                return self._revoke(given)
            case ("GET", "/oauth/v2/auth"):
                return self._consent(given, call)
        raise unknown_url()

    def admit(self, call: Call) -> None:
        """Let a resource call in, or refuse it with 401."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if not token:
            raise CallError(401, "AUTHENTICATION_FAILURE", "Authentication failed")
        held = self.access_tokens.get(token.strip())
        is_live = held is not None and held[1] > self._moment() and held[0] in self.refresh_tokens
        if scheme != "Zoho-oauthtoken" or not is_live:
            raise CallError(401, "INVALID_TOKEN", "invalid oauth token")

    def expire(self) -> None:
        """End every access token now (a token that dies in the middle of a run)."""
        self.access_tokens.clear()

    def _grant(self, given: Mapping[str, str], call: Call) -> Answer:
        if given.get("client_id") != self.client_id:
            return Answer(body={"error": "invalid_client"})
        if given.get("client_secret") != self.client_secret:
            return Answer(body={"error": "invalid_client_secret"})
        if given.get("grant_type") == "refresh_token":
            refresh = given.get("refresh_token", "")
        elif given.get("grant_type") == "authorization_code":
            refresh = self._exchanged(given.get("code", ""))
        else:
            return Answer(body={"error": "unsupported_grant_type"})
        if refresh not in self.refresh_tokens:
            return Answer(body={"error": "invalid_code"})
        return self._access(refresh, call, is_first=given["grant_type"] == "authorization_code")

    def _exchanged(self, code: str) -> str:
        """Give a new refresh token for a grant code that still lives, else ""; codes serve once."""
        if self.codes.pop(code, 0.0) <= self._moment():
            return ""
        refresh = self._token("refresh")
        self.refresh_tokens[refresh] = []
        while len(self.refresh_tokens) > MOST_GRANTS:
            del self.refresh_tokens[self.refresh_token]
        return refresh

    def _access(self, refresh: str, call: Call, *, is_first: bool) -> Answer:
        now = self._moment()
        window = self._switches.token_window_seconds / self._scale
        given = [moment for moment in self.refresh_tokens[refresh] if moment > now - window]
        if len(given) >= self._switches.tokens_per_window:
            return Answer(status=self._switches.throttle_status, body=dict(THROTTLED))
        self.refresh_tokens[refresh] = [*given, now]
        token = self._token("access")
        self.access_tokens[token] = (refresh, now + self._switches.token_seconds / self._scale)
        own = [name for name, (owner, _) in self.access_tokens.items() if owner == refresh]
        for name in own[: -self._switches.live_tokens]:
            del self.access_tokens[name]
        # What is told is how long it lives here: client libraries renew by this word and by nothing else.
        seconds = max(1, int(self._switches.token_seconds / self._scale))
        body: dict[str, Any] = {
            "access_token": token,
            "scope": SCOPES,
            "api_domain": self._api_domain(call),
            "token_type": "Bearer",
            "expires_in": seconds,
        }
        if self._switches.legacy_expiry:
            body |= {"expires_in": seconds * 1000, "expires_in_sec": seconds}
        if is_first:
            body["refresh_token"] = refresh
        return Answer(body=body)

    def _revoke(self, given: Mapping[str, str]) -> Answer:
        if self.refresh_tokens.pop(given.get("token", ""), None) is None:
            return Answer(body={"error": "invalid_code"})
        return Answer(body={"status": "success"})

    def _consent(self, given: Mapping[str, str], call: Call) -> Answer:
        target = given.get("redirect_uri", "")
        if given.get("client_id") != self.client_id or not target:
            return Answer(body={"error": "invalid_client"})
        accounts = quote(f"http://{call.headers.get('host', '')}/zoho/accounts", safe="")
        state = f"&state={quote(given['state'])}" if "state" in given else ""
        sign = "&" if "?" in target else "?"
        where = f"{target}{sign}code={self.issue_code()}&location=us&accounts-server={accounts}{state}"
        return Answer(status=302, headers={"location": where})

    def _api_domain(self, call: Call) -> str:
        host = call.headers.get("host")
        return f"http://{host}{self._switches.api_mount}" if host else "https://www.zohoapis.com"

    def _secret(self, *parts: object) -> str:
        return hashlib.sha256(":".join(map(str, (self._identity, *parts))).encode()).hexdigest()

    def _token(self, kind: str) -> str:
        self._count += 1
        made = self._secret(kind, self._count)
        return f"1000.{made[:32]}.{made[32:]}"

    def dump(self) -> dict[str, Any]:
        """Give the state as JSON values."""
        return {
            "count": self._count,
            "refresh": self.refresh_tokens,
            "access": {token: list(held) for token, held in self.access_tokens.items()},
            "codes": self.codes,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._count = state["count"]
        self.refresh_tokens = {token: list(moments) for token, moments in state["refresh"].items()}
        self.access_tokens = {token: (held[0], held[1]) for token, held in state["access"].items()}
        self.codes = dict(state["codes"])
