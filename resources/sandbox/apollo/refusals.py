"""Apollo's ways to say no, in their four envelopes (Apollo fact sheet §3)."""

from __future__ import annotations

from typing import Any

from resources.sandbox.calls import Answer

INVALID_KEY = "Invalid API key. See https://docs.apollo.io/reference/authentication for how to authenticate."


class Refusal(Exception):
    """Ends the handling of a call with this answer."""

    def __init__(self, status: int, body: dict[str, Any] | str) -> None:
        super().__init__(status)
        self.answer = Answer(status, body)


def out_of_scope(endpoint: str) -> Refusal:
    """403 for a key whose list does not hold the endpoint."""
    sentence = (
        f"This API key is not authorized to access {endpoint}. Request an API key from your administrator "
        "that includes this endpoint in its configured scope."
    )
    return Refusal(403, {"error": sentence, "error_code": "API_INACCESSIBLE"})


def paid_plans_only() -> Refusal:
    """403 of own-record and company searches on a free plan."""
    return Refusal(403, {"message": "This endpoint is only available to Apollo users on paid plans."})


def not_on_free_plan(endpoint: str) -> Refusal:
    """403 of the legacy search on a free plan."""
    sentence = (
        f"{endpoint} is not accessible with this access token on a free plan. Please upgrade your plan from "
        "https://app.apollo.io/."
    )
    return Refusal(403, {"error": sentence, "error_code": "API_INACCESSIBLE"})


def too_many(endpoint: str, limit: int, period: str) -> Answer:
    """429 of a used-up window."""
    sentence = (
        f"The maximum number of api calls allowed for {endpoint} is {limit} times per {period}. "
        "Please upgrade your plan from https://app.apollo.io/#/settings/plans/upgrade."
    )
    return Answer(429, {"message": sentence})


def failed(status: int, code: str, sentence: str) -> Refusal:
    """The envelope of the bulk endpoints."""
    return Refusal(status, {"status": "failed", "error_code": code, "error_message": sentence})


def no_credits() -> Refusal:
    """422 when the team's credits are used up; documented for conversations, assumed for enrichment."""
    return Refusal(422, {"error": "Insufficient credits. Please upgrade your plan."})
