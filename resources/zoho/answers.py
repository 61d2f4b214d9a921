"""What Zoho's answers mean: request errors as exceptions, record errors as outcomes.

Success of a write is never read off the HTTP status: each item of `data` says it, in input order
(Zoho fact sheet §0.4).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.errors import CredentialsRejected, LeadflowError, QuotaExhausted, RateLimited, RequestRefused
from pipeline.models import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pipeline.models import Json
    from resources.replies import Reply

CREDITS_LEFT = "x-api-credits-remaining"
PARKED = timedelta(minutes=15)
"""How long to leave Zoho alone when the credits are gone (Zoho fact sheet §8)."""

_LIMITED = frozenset({"TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"})
_NOT_YET = frozenset({None, "INTERNAL_ERROR", "INTERNAL_SERVER_ERROR", "SCHEDULED", "ALREADY_SCHEDULED"})
"""Items that do not say whether the write happened."""

_ADVICE = {
    "INVALID_TOKEN": "the access token was refused, a renewed one too: check the refresh token",
    "OAUTH_SCOPE_MISMATCH": "the grant lacks a scope: create the refresh token again with the needed scopes",
    "AUTHENTICATION_FAILURE": "no usable token reached Zoho",
    "NO_PERMISSION": "the profile of the API user lacks a permission",
}


def token_refused(reply: Reply) -> bool:
    """Tell whether a renewed token can help: only INVALID_TOKEN, and 401 of the upload host."""
    if reply.status != 401:
        return False
    body = reply.json_or_none()
    return isinstance(body, dict) and (body.get("code") == "INVALID_TOKEN" or "ERROR_CODE" in body)


def error_reader(clock: Callable[[], datetime], time_scale: float) -> Callable[[Reply], LeadflowError | None]:
    """Return the `read_error` of Zoho's API and upload hosts."""

    def read(reply: Reply) -> LeadflowError | None:
        body = reply.json_or_none() if reply.content else None
        if reply.status < 400 and not (isinstance(body, dict) and str(body.get("status")).lower() == "error"):
            return None
        code, message, details = _named(body)
        said = f"Zoho answered {reply.request} with {code or f'HTTP {reply.status}'}"
        about: dict[str, Json] = {
            "vendor": "zoho",
            "status": reply.status,
            "code": code,
            "answer": body,
        }
        if reply.status == 429 or code in _LIMITED:
            if reply.headers.get(CREDITS_LEFT) == "0" or "credit" in message.lower():
                resumes_at = clock() + PARKED / time_scale
                return QuotaExhausted(
                    f"{said}: the API credits of the last 24 hours are used up; it continues at "
                    f"{resumes_at:%Y-%m-%d %H:%M:%S} UTC",
                    resumes_at=resumes_at,
                )
            return RateLimited(f"{said}: too many requests; it continues after a pause", **about)
        if reply.status in {401, 403}:
            hint = _ADVICE.get(code or "", message or reply.excerpt())
            return CredentialsRejected(f"{said}: {hint} {_shown(details)}".rstrip(), **about)
        if code is None or reply.status >= 500:
            return None
        return RequestRefused(f"{said}: {message} {_shown(details)}".rstrip(), **about)

    return read


def outcomes(body: Json, ids: Sequence[str | None]) -> list[Outcome]:
    """Return one outcome per input from the items of a write's answer; `ids` are the records where known.

    An answer that does not have one item per input says nothing certain: all are in doubt.
    """
    items = body.get("data") if isinstance(body, dict) else None
    if not isinstance(items, list) or len(items) != len(ids):
        return [Outcome(status="in_doubt", record_id=known, answer=body) for known in ids]
    return [_outcome(item, known) for item, known in zip(items, ids, strict=True)]


def _outcome(item: Json, known: str | None) -> Outcome:
    code, message, details = _named(item)
    record_id = _id(details.get("id")) or known
    says_success = isinstance(item, dict) and str(item.get("status")).lower() == "success"
    if code in _NOT_YET and not (code is None and says_success):
        return Outcome(status="in_doubt", record_id=known, code=code, message=message, answer=item)
    if code == "SUCCESS" or says_success:
        return Outcome(status="confirmed", record_id=record_id, code=code, message=message, answer=item)
    if code == "DUPLICATE_DATA":
        twin = details.get("duplicate_record")
        record_id = _id(details.get("id")) or (_id(twin.get("id")) if isinstance(twin, dict) else None)
    elif code in _LIMITED:
        return Outcome(status="not_sent", record_id=known, code=code, message=message, answer=item)
    else:
        record_id = known
    return Outcome(status="rejected", record_id=record_id, code=code, message=message, answer=item)


def converted(body: Json, lead_id: str) -> Outcome:
    """Return the outcome of a conversion: v2 answers bare ids, later versions code and details (§6)."""
    items = body.get("data") if isinstance(body, dict) else None
    item = items[0] if isinstance(items, list) and len(items) == 1 else body
    if not isinstance(item, dict):
        return Outcome(status="in_doubt", record_id=lead_id, answer=body)
    code, message, details = _named(item)
    if code not in {None, "SUCCESS"} or str(item.get("status")).lower() == "error":
        return _outcome(item, lead_id)
    source = details or item
    made = {name: made for name in ("Contacts", "Accounts", "Deals") if (made := _id(source.get(name)))}
    if "Contacts" not in made:
        return Outcome(status="in_doubt", record_id=lead_id, code=code, message=message, answer=body)
    contact = made.pop("Contacts")
    return Outcome(status="confirmed", record_id=contact, code=code, message=message, answer=item, related=made)


def refused(error: RequestRefused, known: str | None) -> Outcome:
    """Return the outcome of a request with one record that was refused as a whole."""
    return Outcome(
        status="rejected",
        record_id=known,
        code=error.code or f"HTTP_{error.status}",
        message=str(error),
        answer=error.answer,
    )


def _named(body: Json) -> tuple[str | None, str, dict[str, Json]]:
    """Return code, message and details of an error or a result, in either of Zoho's two error shapes."""
    if not isinstance(body, dict):
        return None, "", {}
    if isinstance(body.get("data"), list) and len(body["data"]) == 1 and "code" not in body:
        return _named(body["data"][0])
    if "ERROR_CODE" in body:
        return f"ERROR_{body['ERROR_CODE']}", str(body.get("ERROR_MESSAGE", "")), {}
    details = body.get("details")
    code = body.get("code")
    return (
        str(code).upper() if code else None,
        str(body.get("message") or ""),
        details if isinstance(details, dict) else {},
    )


def _id(value: Json) -> str | None:
    if isinstance(value, dict):
        value = value.get("id")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value else None


def _shown(details: dict[str, Json]) -> str:
    """Return the telling keys of an error's details; values of records are never among them."""
    telling = ("api_name", "param_name", "param", "permissions", "column_name", "clause", "near", "limit")
    named = {key: details[key] for key in telling if key in details}
    return str(named) if named else ""
