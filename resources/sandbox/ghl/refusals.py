"""Refusals: the statuses and error bodies of the GHL fact sheet §3."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that is not 2xx: raised by a handler, turned into an HTTP answer by the sandbox."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('message')}")
        self.status = status
        self.body = body


def bad_request(message: str = "Bad Request", **more: Any) -> Refusal:
    """400; unknown record ids come as 400 too, not as 404."""
    return Refusal(400, {"statusCode": 400, "message": message, **more})


def not_found_by_id(what: str, record_id: str) -> Refusal:
    """400 with the sentence the vendor uses for an unknown id."""
    return bad_request(f"{what} with id {record_id} not found")


def bad_search(message: str) -> Refusal:
    """400 of the search endpoint, which names the error."""
    return bad_request(message, error="Bad Request")


def duplicate(contact: dict[str, Any], name: str, field: str) -> Refusal:
    """400 for a contact that exists already, naming the one that was found."""
    meta = {"contactId": contact["id"], "contactName": name, "matchingField": field}
    return bad_request("This location does not allow duplicated contacts.", meta=meta)


def removed_in_v3(path: str) -> Refusal:
    """400 for an endpoint that API version v3 no longer has."""
    message = (
        f"Endpoint {path} not available in API version v3. This endpoint was removed in version v3. "
        "Use an earlier version or the replacement endpoint."
    )
    return bad_request(message, error="Bad Request")


def invalid_token() -> Refusal:
    """401 for a token the vendor does not know."""
    message = "Invalid token: access token is invalid"
    return Refusal(401, {"statusCode": 401, "message": message, "error": "Unauthorized"})


def unauthorized(message: str) -> Refusal:
    """401 with a message of its own (no token, scope, version)."""
    return Refusal(401, {"statusCode": 401, "message": message})


def forbidden_location() -> Refusal:
    """403 for another location than the token's."""
    return Refusal(403, {"statusCode": 403, "message": "The token does not have access to this location."})


def not_found() -> Refusal:
    """404 for a path that does not exist."""
    return Refusal(404, {"statusCode": 404, "message": "Not Found"})


def unprocessable(*messages: str) -> Refusal:
    """422; `message` is an array."""
    return Refusal(422, {"statusCode": 422, "message": list(messages), "error": "Unprocessable Entity"})


def too_many_requests() -> Refusal:
    """429 for the burst and for the daily limit alike; no Retry-After."""
    return Refusal(429, {"statusCode": 429, "message": "Too Many Requests"})
