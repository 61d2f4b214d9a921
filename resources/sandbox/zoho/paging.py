"""Pages of a list: by number, and from v3 by token past 2,000 rows (Zoho fact sheet §3.3)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.problems import CallError, Json, missing_param

if TYPE_CHECKING:
    from resources.sandbox.zoho.request import Request

PAGE = 200
DISCRETE = 2_000
REACH = 100_000


def asked_fields(request: Request) -> list[str] | None:
    """Give the names of `fields`; later versions require it and take fifty."""
    given = request.call.param("fields")
    if not given:
        if request.dialect.needs_fields:
            raise missing_param("fields")
        return None
    names = [name.strip() for name in given.split(",")]
    if request.dialect.needs_fields and len(names) > 50:
        raise CallError(400, "LIMIT_EXCEEDED", "limit exceeded", {"param_name": "fields", "limit": 50})
    return names


def window(request: Request) -> tuple[int, int]:
    """Give offset and size of the asked page; versions from v3 reach past 2,000 rows by token only."""
    size = request.number("per_page", PAGE, PAGE)
    token = request.call.param("page_token")
    if not request.dialect.needs_fields or token is None:
        start = (request.number("page", 1) - 1) * size
        if request.dialect.needs_fields and start + size > DISCRETE:
            raise CallError(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", "discrete pagination limit exceeded")
        return start, size
    if request.call.param("page") is not None:
        raise CallError(
            400,
            "AMBIGUITY_DURING_PROCESSING",
            "ambiguity while processing",
            {"param_names": ["page", "page_token"]},
        )
    try:
        start, bound = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error):
        raise CallError(400, "INVALID_DATA", "invalid data", {"param_name": "page_token"}) from None
    if bound != _bound(request):
        raise CallError(400, "TOKEN_BOUND_DATA_MISMATCH", "the token is bound to other parameters")
    if start >= REACH:
        raise CallError(400, "PAGINATION_LIMIT_EXCEEDED", "pagination limit exceeded")
    return int(start), size


def paged(request: Request, rows: list[Json], *, start: int, size: int, total: int, has_token: bool = True) -> Answer:
    """Answer one page with its `info`, or 204 when it has no rows."""
    if not rows:
        return Answer(status=204)
    info: Json = {
        "per_page": size,
        "count": len(rows),
        "page": start // size + 1,
        "more_records": start + size < total,
    }
    if request.dialect.needs_fields and has_token:
        token = base64.urlsafe_b64encode(json.dumps([start + size, _bound(request)]).encode()).decode()
        info["next_page_token"] = token if info["more_records"] else None
        info["sort_by"] = request.call.param("sort_by", "id")
        info["sort_order"] = request.call.param("sort_order", "desc")
    return Answer(body={"data": rows, "info": info})


def _bound(request: Request) -> str:
    kept = sorted(pair for pair in request.call.query if pair[0] not in {"page", "page_token"})
    return hashlib.sha256(json.dumps([request.call.path, kept]).encode()).hexdigest()[:12]
