"""`leadflow alerts`: a trial message, and what the channels are and what waits; secrets are never shown."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from assets.alerting import configured, outbox_of, send_trial
from assets.surroundings import opened
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORDS = ("test", "status")


def alerts(what: str, *, as_json: bool) -> int:
    """Do it; return 0, or 1 when a trial message did not go out over every channel."""
    if what not in WORDS:
        raise ConfigurationError(f"alerts {what!r}; allowed: {', '.join(WORDS)}")
    with opened() as workspace:
        if what == "test":
            done = send_trial(workspace)
            told: dict[str, Any] = {"delivered": done.delivered, "waiting": 0, "problems": done.problems}
            lines = [*alert_lines(told)]
        else:
            rules, ways = configured(workspace)
            for way in ways:
                way.close()
            waiting = outbox_of(workspace.settings).waiting()
            told = {
                "channels": [way.name for way in ways],
                "immediate": list(rules.immediate),
                "digest_after": list(rules.digest_after),
                "waiting": waiting,
                "problems": [],
            }
            lines = [*_status(told)]
    sys.stdout.write(f"{json.dumps(told)}\n" if as_json else "".join(f"{line}\n" for line in lines))
    return 1 if told["problems"] else 0


def alert_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what became of alerts, line by line."""
    waits = f", {told['waiting']} not delivered: tried again after the next run" if told["waiting"] else ""
    number = told["delivered"]
    yield f"alerts   {number} {'message' if number == 1 else 'messages'} sent{waits}"
    yield from (f"note     {problem}" for problem in told["problems"])


def _status(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"channels: {', '.join(told['channels']) or 'none: alerts are off (rules/alerts.yaml, .env.example)'}"
    yield f"at once: {', '.join(told['immediate']) or 'nothing'}"
    yield f"digest after: {', '.join(told['digest_after']) or 'no job'}"
    for each in told["waiting"]:
        yield f"waits ({each['channel']}): {each['title']}: {each['problem']}"
