"""A day at the location: the sequence sends, people open, reply, book, opt out, and some mail bounces.

Who does what depends on seed, day and business key only, so two sandboxes that were told the same have the
same day.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.canonical import business_key
from resources.sandbox.ghl.opportunities import change_opportunity, make_opportunity
from resources.sandbox.ghl.residents import add_meeting
from resources.sandbox.ghl.threads import add_message

if TYPE_CHECKING:
    from resources.sandbox.ghl.account import Account

Record = dict[str, Any]
_STEPS = 6
_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
_REPLIES = (
    "Thanks for writing. Could you send me some more detail on pricing?",
    "This is interesting, let us talk next week.",
    "Not a priority for us this quarter, please come back in autumn.",
    "You should speak with my colleague who looks after this.",
    "We already work with somebody else, sorry.",
)
_AWAY = "Automatic reply: I am out of the office until Monday and will answer when I am back."


class Day:
    """One day (number `day`, ending at `now`, epoch ms) of one location."""

    def __init__(self, *, account: Account, seed: int, day: int, now: int) -> None:
        self._account = account
        self._seed = seed
        self._day = day
        self._now = now
        self.events: list[Record] = []

    def pass_by(self) -> list[Record]:
        """Let the day happen; give its events."""
        self._meet()
        people = sorted(self._listening(), key=lambda pair: pair[0])
        roles = self._roles([key for key, _ in people])
        for key, contact in people:
            self._write_to(key, contact, roles.get(key, ""))
        return self.events

    def _rng(self, key: str, what: str) -> random.Random:
        return random.Random(f"{self._seed}:{self._day}:{key}:{what}")

    def _listening(self) -> list[tuple[str, Record]]:
        """Give the contacts that the sequence may write to today."""
        account = self._account
        enrolled = {row["contactId"] for row in account["enrolments"].values()}
        found = []
        for contact in account.contacts:
            ours = contact["id"] in enrolled or any(tag.startswith("lf-") for tag in contact["tags"])
            journey = account["journeys"].get(contact["id"], {"step": 0})
            done = "stopped" in journey or journey["step"] >= _STEPS
            if ours and not done and "email" in contact and contact.get("validEmail", True) and not _refuses(contact):
                found.append((business_key(account, contact), contact))
        return found

    def _roles(self, keys: list[str]) -> dict[str, str]:
        """Deal out the day's parts: shares of everybody, and never fewer than the least number."""
        ranked = sorted(keys, key=lambda key: (self._rng(key, "part").random(), key))
        many = len(ranked)
        counts = {
            "reply": max(2, round(0.04 * many)),
            "optout": max(1, round(0.005 * many)),
            "auto_reply": max(1, round(0.01 * many)),
            "booking": max(1, round(0.01 * many)),
            "bounce": max(1, round(0.01 * many)),
        }
        parts = [part for part, count in counts.items() for _ in range(count)]
        return dict(zip(ranked, parts, strict=False))

    def _write_to(self, key: str, contact: Record, role: str) -> None:
        account, rng = self._account, self._rng(key, "mail")
        journey = account["journeys"].get(contact["id"], {"step": 0})
        step = journey["step"] + 1
        at = self._now - 6 * _HOUR_MS + rng.randrange(60) * _MINUTE_MS
        status = "delivered"
        if role == "bounce":
            status = rng.choice(("failed", "undelivered"))
        elif role or rng.random() < 0.4:
            status = "clicked" if rng.random() < 0.1 else "opened"
        more = {
            "subject": f"Idea {step} for you",
            "source": "workflow",
            "sourceId": self._workflow_of(contact),
        }
        body = f"<p>Hello {contact.get('firstName', 'there')}, this is idea {step}.</p>"
        mail = add_message(account, contact, at=at, direction="outbound", status=status, body=body, **more)
        mail["dateUpdated"] = at + rng.randrange(1, 120) * _MINUTE_MS
        account["journeys"][contact["id"]] = {"step": step}
        act = {
            "reply": self._reply,
            "auto_reply": self._auto_reply,
            "booking": self._book,
            "optout": self._opt_out,
            "bounce": self._bounce,
        }.get(role)
        if act:
            act(account.contacts.rows[contact["id"]], mail)
            self.events.append({"kind": role, "contact": key})

    def _workflow_of(self, contact: Record) -> str:
        for row in self._account["enrolments"].values():
            if row["contactId"] == contact["id"]:
                return str(row["workflowId"])
        return next(iter(self._account["workflows"]))

    def _stop(self, contact: Record, reason: str) -> None:
        self._account["journeys"][contact["id"]]["stopped"] = reason

    def _inbound(self, contact: Record, mail: Record, body: str, subject: str) -> None:
        at = mail["dateUpdated"] + 30 * _MINUTE_MS
        more = {"subject": subject, "sourceId": mail["sourceId"]}
        add_message(self._account, contact, at=at, direction="inbound", status="delivered", body=body, **more)

    def _reply(self, contact: Record, mail: Record) -> None:
        body = self._rng(business_key(self._account, contact), "words").choice(_REPLIES)
        self._inbound(contact, mail, body, f"Re: {mail['subject']}")
        self._stop(contact, "reply")

    def _auto_reply(self, contact: Record, mail: Record) -> None:
        self._inbound(contact, mail, _AWAY, f"Automatic reply: {mail['subject']}")

    def _book(self, contact: Record, mail: Record) -> None:
        account, at = self._account, mail["dateUpdated"] + 20 * _MINUTE_MS
        start = (self._now // _HOUR_MS + 26) * _HOUR_MS
        add_meeting(account, contact, start=start, added=at, status="confirmed")
        pipeline = next(iter(account["pipelines"].values()))
        known = {row["contactId"] for row in account["opportunities"].values() if row["pipelineId"] == pipeline["id"]}
        if contact["id"] not in known:
            name = contact.get("companyName") or business_key(account, contact)
            deal = {"name": name, "status": "open", "contactId": contact["id"], "source": "calendar"}
            place = {"pipelineId": pipeline["id"], "pipelineStageId": pipeline["stages"][1]["id"]}
            make_opportunity(account, at, {**deal, **place})
        account.contacts.put({**contact, "lastActivity": at}, at)
        self._stop(contact, "booking")

    def _opt_out(self, contact: Record, mail: Record) -> None:
        mail["unsubscribed"] = True
        setting = {"status": "active", "message": "unsubscribed", "code": "unsubscribe"}
        at = mail["dateUpdated"] + 5 * _MINUTE_MS
        settings = {**contact.get("dndSettings", {}), "Email": setting}
        self._account.contacts.put({**contact, "dndSettings": settings, "lastActivity": at}, at)
        self._stop(contact, "optout")

    def _bounce(self, contact: Record, mail: Record) -> None:
        self._account.contacts.put({**contact, "validEmail": False}, mail["dateUpdated"])
        self._stop(contact, "bounce")

    def _meet(self) -> None:
        """Let meetings whose time has come take place; a deal moves on when the person showed."""
        account = self._account
        for event in list(account["events"].values()):
            if event["appointmentStatus"] != "confirmed" or event["endTime"] > self._now:
                continue
            contact = account.contacts.rows[event["contactId"]]
            key = business_key(account, contact)
            status = "showed" if self._rng(key, "meeting").random() < 0.8 else "noshow"
            account["events"][event["id"]] = {
                **event,
                "appointmentStatus": status,
                "dateUpdated": event["endTime"],
            }
            account.contacts.put({**contact, "lastActivity": event["endTime"]}, event["endTime"])
            self.events.append({"kind": status, "contact": key})
            for deal in list(account["opportunities"].values()) if status == "showed" else ():
                if deal["contactId"] == contact["id"] and deal["status"] == "open":
                    stages = [stage["id"] for stage in account["pipelines"][deal["pipelineId"]]["stages"]]
                    following = stages[min(stages.index(deal["pipelineStageId"]) + 1, len(stages) - 1)]
                    change = {"pipelineStageId": following, "monetaryValue": 9000}
                    change_opportunity(account, event["endTime"], deal, change)


def _refuses(contact: Record) -> bool:
    settings = contact.get("dndSettings", {}).get("Email", {})
    return bool(contact["dnd"]) or settings.get("status") in ("active", "permanent")
