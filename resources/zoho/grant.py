"""Zoho's OAuth: a refresh token becomes an access token (Zoho fact sheet §1).

Zoho answers refusals with HTTP 200 and an `error` key; a wrong data centre looks like wrong credentials.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.errors import CredentialsRejected, LeadflowError, QuotaExhausted, RateLimited, UnexpectedAnswer
from resources.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Callable

    from resources.http import Door, Reply

LIFE_SECONDS = 3600.0
USED_FRACTION = 55 / 60
THROTTLE_SECONDS = 600.0
"""10 access tokens per refresh token in 10 minutes."""

_HINTS = {
    "invalid_code": "ZOHO_REFRESH_TOKEN was revoked, or belongs to another data centre (ZOHO_DATA_CENTER)",
    "invalid_client": "ZOHO_CLIENT_ID is wrong, or belongs to another data centre (ZOHO_DATA_CENTER)",
    "invalid_client_secret": "ZOHO_CLIENT_SECRET is wrong",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the owner of the organisation gave us."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def owner(self, accounts_url: str) -> str:
        """Return a digest that names the grant without telling it."""
        told = f"{accounts_url}\n{self.client_id}\n{self.refresh_token}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def read_error(reply: Reply) -> LeadflowError | None:
    """Return what an answer of the accounts host means; success is the presence of `access_token`."""
    body = reply.json_or_none()
    if not isinstance(body, dict) or "access_token" in body or "error" not in body:
        return None
    error = str(body["error"])
    told = str(body.get("error_description", ""))
    if error.lower() == "access denied" or "too many" in told.lower():
        return RateLimited(
            f"Zoho refuses further tokens for a while ({told or error})",
            vendor="zoho",
            status=reply.status,
            code=error,
        )
    hint = _HINTS.get(error, told or "check the ZOHO_ settings")
    return CredentialsRejected(
        f"Zoho refused to renew the access token ({error}): {hint}",
        vendor="zoho",
        status=reply.status,
        code=error,
    )


def fetch_token(door: Door, grant: Grant, *, clock: Callable[[], datetime], time_scale: float) -> Token:
    """Return a new access token, to be renewed after 55 of its 60 minutes (both divided by the time scale).

    Raises:
        CredentialsRejected: client, secret or refresh token were refused.
        QuotaExhausted: ten tokens were asked for within ten minutes.
        VendorUnavailable, UnexpectedAnswer: no usable answer.
    """
    door.redactor.learn([grant.client_secret, grant.refresh_token])
    asked_at = clock()
    try:
        reply = door.call(
            "POST",
            "/oauth/v2/token",
            data={
                "grant_type": "refresh_token",
                "client_id": grant.client_id,
                "client_secret": grant.client_secret,
                "refresh_token": grant.refresh_token,
            },
            repeatable=True,
            writes=False,
            purpose="token",
        )
    except RateLimited as error:
        resumes_at = clock() + timedelta(seconds=error.retry_after or THROTTLE_SECONDS / time_scale)
        raise QuotaExhausted(f"{error}; it continues at {resumes_at:%H:%M:%S} UTC", resumes_at=resumes_at) from error
    body = reply.json()
    if not isinstance(body, dict) or not body.get("access_token"):
        raise UnexpectedAnswer("Zoho answered a token request without access_token", vendor="zoho")
    life = min(_seconds(body), LIFE_SECONDS / time_scale)
    api_domain = body.get("api_domain")
    return Token(
        access=str(body["access_token"]),
        renew_at=asked_at + timedelta(seconds=life * USED_FRACTION),
        facts={"api_domain": str(api_domain)} if api_domain else {},
    )


def exchange_code(door: Door, *, client_id: str, client_secret: str, code: str) -> str:
    """Return the refresh token that a grant code of a self client stands for; a code serves once, for minutes.

    Raises:
        CredentialsRejected: client, secret or code were refused, or the code gives no lasting access.
        RateLimited, VendorUnavailable, AnswerLost: no usable answer; a code may be used up by it.
    """
    door.redactor.learn([client_secret, code])
    try:
        reply = door.call(
            "POST",
            "/oauth/v2/token",
            data={
                "grant_type": "authorization_code",
                "client_id": client_id,
                "client_secret": client_secret,
                "code": code,
            },
            repeatable=False,
            purpose="grant",
        )
    except CredentialsRejected as error:
        if error.code != "invalid_code":
            raise
        raise CredentialsRejected(
            "Zoho does not know the grant code (invalid_code): it was used before, is older than its minutes, or "
            "belongs to another data centre; make a new one in the API console",
            vendor="zoho",
            status=error.status,
            code=error.code,
        ) from error
    body = reply.json()
    token = body.get("refresh_token") if isinstance(body, dict) else None
    if not token:
        raise CredentialsRejected(
            "Zoho took the grant code and gave no refresh token: make the code with access type offline "
            "(a self client does), or revoke the client's older grants and make a new one",
            vendor="zoho",
            status=reply.status,
            code="no_refresh_token",
        )
    return str(token)


def _seconds(body: dict[str, object]) -> float:
    # The old form has milliseconds in expires_in and seconds in expires_in_sec.
    told = body.get("expires_in_sec", body.get("expires_in", LIFE_SECONDS))
    return (
        float(told) if isinstance(told, int | float | str) and str(told).replace(".", "", 1).isdigit() else LIFE_SECONDS
    )
