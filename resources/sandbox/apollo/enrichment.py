"""Enrichment: what a credit buys (Apollo fact sheet §8); asking again pays again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from resources.sandbox.apollo import shapes
from resources.sandbox.apollo.parameters import Parameters, flag, parameters
from resources.sandbox.apollo.refusals import Refusal, failed
from resources.sandbox.apollo.team import milliseconds, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from resources.sandbox.apollo.directory import Directory, Entry
    from resources.sandbox.apollo.team import Team
    from resources.sandbox.calls import Call

MOST = 10
_MOBILE_CREDITS = 8.0


class Enrichment:
    """match, bulk_match, people/{id} and the numbers promised for later, on one team's account."""

    def __init__(
        self,
        directory: Directory,
        team: Team,
        *,
        charges_once: bool,
        pads_missing: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._team = team
        self._charges_once = charges_once
        self._pads_missing = pads_missing
        self._now = now

    def match(self, call: Call) -> dict[str, Any]:
        """One person; `person` is null when nobody was found."""
        wanted = parameters(call)
        self._check_callback(wanted)
        entry = self._directory.match(wanted)
        if entry is None:
            return {"person": None}
        self._team.pay(self._price([entry]))
        body: dict[str, Any] = {"person": self._reveal(entry, wanted)}
        return body | self._later([entry], wanted)

    def bulk_match(self, call: Call) -> dict[str, Any]:
        """Up to ten people, the answer in the order of the question."""
        wanted = parameters(call)
        details = wanted.get("details")
        if not isinstance(details, list) or not details:
            raise failed(400, "INVALID_REQUEST", "invalid request, missing details")
        if len(details) > MOST:
            raise failed(400, "RECORD_LIMIT_EXCEEDED", "cannot enrich more than 10 in a single request")
        if not all(isinstance(detail, dict) for detail in details):
            raise failed(422, "UNKNOWN_ERROR", "no implicit conversion of Symbol into Integer")
        self._check_callback(wanted)
        entries = [self._directory.match(detail) for detail in details]
        found = list({entry.person.id24: entry for entry in entries if entry is not None}.values())
        price = self._price(found)
        self._team.pay(price)
        matches = [None if entry is None else self._reveal(entry, wanted) for entry in entries]
        body: dict[str, Any] = {
            "status": "success",
            "error_code": None,
            "error_message": None,
            "total_requested_enrichments": len(details),
            "unique_enriched_records": int(price),
            "missing_records": entries.count(None),
            "credits_consumed": whole(price),
            "matches": matches if self._pads_missing else [match for match in matches if match is not None],
        }
        if flag(wanted.get("run_waterfall_email")) or flag(wanted.get("run_waterfall_phone")):
            for name in ("unique_enriched_records", "missing_records", "credits_consumed"):
                del body[name]
        return body | self._later(found, wanted)

    def show(self, call: Call) -> dict[str, Any]:
        """One person by id for one credit, the e-mail locked unless the team revealed it before."""
        id24 = call.path.rstrip("/").rsplit("/", 1)[-1]
        entry = self._directory.find(id24)
        if entry is None:
            raise Refusal(422, {"error": "Person does not exist."})
        if entry.is_obsolete:
            raise Refusal(422, {"error": "This is obsolete data."})
        self._team.pay(1.0)
        revealed = id24 in self._team.revealed
        body = shapes.locked_person(entry, self._directory.world, revealed=revealed)
        return {"person": {**body, "time_zone": None, "street_address": None, "postal_code": None}}

    def awaited(self, call: Call) -> dict[str, Any]:
        """The telephone numbers that a reveal promised for later."""
        request_id = call.path.rstrip("/").rsplit("/", 1)[-1]
        if not request_id.lstrip("-").isdigit():
            raise Refusal(400, {"error_code": "invalid_request_id"})
        kept = self._team.awaited.get(request_id)
        if kept is None:
            raise Refusal(404, {"error_code": "request_id_unknown"})
        if self._now().timestamp() < kept["ready"]:
            raise Refusal(404, {"error_code": "result_pending", "retry_after_seconds": 10})
        return dict(kept["result"])

    def _price(self, entries: list[Entry]) -> float:
        paid = self._team.revealed if self._charges_once else frozenset()
        return float(sum(entry.person.id24 not in paid for entry in entries))

    def _reveal(self, entry: Entry, wanted: Parameters) -> dict[str, Any]:
        self._team.revealed.add(entry.person.id24)
        personal = flag(wanted.get("reveal_personal_emails"))
        body = shapes.person(entry, self._directory.world, revealed=True, personal=personal)
        contact = self._team.saved.get(entry.person.id24)
        return body | {"contact_id": contact["id"], "contact": contact} if contact else body

    @staticmethod
    def _check_callback(wanted: Parameters) -> None:
        if flag(wanted.get("reveal_phone_number")) and not wanted.get("webhook_url"):
            sentence = "Please add a valid 'webhook_url' parameter when using 'reveal_phone_number'"
            raise Refusal(400, {"error": sentence})

    def _later(self, entries: list[Entry], wanted: Parameters) -> dict[str, Any]:
        """Promise telephone numbers; each mobile found costs eight more credits."""
        if not flag(wanted.get("reveal_phone_number")) or not entries:
            return {}
        with_mobile = [entry for entry in entries if entry.has_mobile]
        self._team.pay(_MOBILE_CREDITS * len(with_mobile), mobile=True)
        now = self._now()
        seed = f"{self._team.id}:{len(self._team.awaited)}"
        number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], signed=True)
        people = [
            {"id": entry.person.id24, "status": "success", "phone_numbers": [_mobile(entry.person.phone)]}
            for entry in with_mobile
        ]
        result = {"status": "success", "total_requested_enrichments": len(entries), "people": people}
        self._team.awaited[str(number)] = {
            "ready": now.timestamp() + 1.0,
            "result": {
                "request_id": str(number),
                "webhook_status": "success",
                "request_type": "phone",
                "last_dispatched_at": milliseconds(now),
                "failure_reason": None,
                "webhook_result": result,
            },
        }
        return {"request_id": number}


def _mobile(number: str) -> dict[str, Any]:
    return {
        "raw_number": number,
        "sanitized_number": number,
        "type_cd": "mobile",
        "status_cd": "valid_number",
        "confidence_cd": "high",
        "dnc_status_cd": "not_found",
        "position": 0,
    }
