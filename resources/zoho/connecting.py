"""From a grant and addresses to a client: token store, doors and limits put together.

Nothing is called here, except for a token when the API address has to be learned from Zoho (`api_domain`).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import UnexpectedAnswer
from resources.http import CallRecord, Door, Retry
from resources.limits import Limiter, shares_keeping
from resources.tokens import TokenStore
from resources.zoho import answers, grant, quota
from resources.zoho.client import ZohoClient
from resources.zoho.datacenters import data_center, is_zoho_api
from resources.zoho.dialect import ZohoDialect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from resources.http import Transport

CREDITS_PER_DAY = 50_000.0
CONCURRENT_CALLS = 10


def connect(
    *,
    credentials: grant.Grant,
    state_dir: Path,
    centre: str = "us",
    version: Literal["v2", "v8"] = "v2",
    accounts_url: str | None = None,
    api_url: str | None = None,
    upload_url: str | None = None,
    external_key: str = "Leadflow_ID",
    credits_per_day: float = CREDITS_PER_DAY,
    concurrent_calls: int = CONCURRENT_CALLS,
    reserved_share: float = 0.1,
    time_scale: float = 1.0,
    retry: Retry | None = None,
    on_call: Callable[[CallRecord], None] | None = None,
    transport: Transport | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
    closing: Callable[[Callable[[], None]], object] = lambda _close: None,
) -> ZohoClient:
    """Return a client of the organisation that the grant belongs to.

    The URLs are roots without `/crm`; they win over the data centre (`centre`) and over `api_domain`.
    `state_dir` keeps the token (mode 0600) and the limits' state; `closing` is given
    what closes each part. The defaults of `credits_per_day` and
    `concurrent_calls` are those of the smallest paid edition (Zoho fact sheet §8); `reserved_share` of the
    credits stays for people and other apps.

    Raises:
        ConfigurationError: an address is not https, or the data centre is unknown.
        LeadflowError: what a token request raises, when `api_url` is not given.
    """
    hosts = data_center(centre)
    shared: dict[str, Any] = {
        "vendor": "zoho",
        "time_scale": time_scale,
        "retry": retry,
        "on_call": on_call,
        "transport": transport,
        "clock": clock,
        "sleep": sleep,
    }
    accounts = Door(
        base_url=accounts_url or hosts.accounts,
        authorize=lambda _: {},
        read_error=grant.read_error,
        token_refused=lambda _: False,
        **shared,
    )
    owner = credentials.owner(accounts.base_url)
    tokens = TokenStore(
        vendor="zoho",
        path=state_dir / "zoho_token.json",
        owner=owner,
        fetch=lambda: grant.fetch_token(accounts, credentials, clock=clock, time_scale=time_scale),
        clock=clock,
    )
    limiter = Limiter(
        path=state_dir / "limits.db",
        scope=f"zoho {owner}",
        windows=quota.windows(credits_per_day),
        places=quota.places(concurrent_calls),
        read_headers=quota.read_headers,
        read_pause=quota.read_pause,
        shares=shares_keeping(reserved_share),
        time_scale=time_scale,
        clock=clock,
        sleep=sleep,
    )

    closing(accounts.close)
    closing(limiter.close)

    def authorize(refused: bool) -> Mapping[str, str]:
        return {"Authorization": f"Zoho-oauthtoken {tokens.get(refused=refused).access}"}

    shared |= {
        "authorize": authorize,
        "read_error": answers.error_reader(clock, time_scale),
        "token_refused": answers.token_refused,
        "limiter": limiter,
    }
    upload_root = upload_url or (None if api_url else hosts.upload)
    api = Door(base_url=api_url or _api_domain(tokens, hosts.api), **shared)
    upload = Door(base_url=upload_root, **shared) if upload_root else None
    for door in (api, upload):
        if door is not None:
            closing(door.close)
    return ZohoClient(
        api=api,
        upload=upload,
        dialect=ZohoDialect(version),
        external_key=external_key,
        clock=clock,
    )


def _api_domain(tokens: TokenStore, fallback: str) -> str:
    told = tokens.get().facts.get("api_domain")
    if told is None:
        return fallback
    if not is_zoho_api(told):
        raise UnexpectedAnswer(
            f"Zoho's token answer names {told!r} as API address, which is no Zoho host; "
            f"set ZOHO_API_URL if it is meant",
            vendor="zoho",
        )
    return told
