"""The outbox: what was told, what waits, what may have been told; one file of the workspace.

Each message has an entry per channel. It is written *before* the channel is called and again after it, so that
a killed process leaves an entry that says "sending": such a message may have arrived, is not sent again, and is
told as doubtful in the next digest. What was certainly not delivered is tried again at the end of the next run.
An alert is told at most once a day under its key; a digest once for its run.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from pipeline.alerts.facts import Message
from resources.alerting.delivery import NotDelivered, PerhapsDelivered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from resources.alerting.channels import Channel

LOCK_WAIT_SECONDS = 60.0
MOST_TRIES = 10
MOST_WAITING = 50
KEPT = 400
"""Entries that are kept, the latest: some months of an ordinary workspace."""

UNTOLD = frozenset({"doubtful", "given up"})
"""States of messages that nobody may have read: the next digest that goes out names them."""

Entry = dict[str, Any]


@dataclass(slots=True)
class Told:
    """What became of messages: how many went out, how many wait, and why."""

    delivered: int = 0
    waiting: int = 0
    problems: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        """Remember a problem once."""
        if problem not in self.problems:
            self.problems.append(problem)


class Outbox:
    """The outbox of a workspace, at `path`; several processes may use it at once."""

    def __init__(self, path: Path, *, lock_wait: float = LOCK_WAIT_SECONDS) -> None:
        self._path = path
        self._lock = FileLock(path.with_suffix(".lock"), timeout=lock_wait)

    def doubts(self) -> list[str]:
        """Return the titles of messages that may not have arrived and were not mentioned yet."""
        if not self._path.exists():
            return []
        with self._lock:
            entries = self._settled(self._load()).values()
        return list(dict.fromkeys(each["title"] for each in entries if each["state"] in UNTOLD))

    def waiting(self) -> list[dict[str, str]]:
        """Return what waits to be tried again: channel, title, why."""
        return [
            {"channel": each["channel"], "title": each["title"], "problem": each["problem"]}
            for each in self._load().values()
            if each["state"] == "waiting"
        ]

    def post(self, messages: Sequence[Message], channels: Sequence[Channel], *, now: datetime) -> Told:
        """Send what waits and then `messages`, each over every channel; never raises for what a channel does."""
        told = Told()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._lock:
                entries = self._settled(self._load())
                for channel in channels:
                    for message in [*_again(entries, channel, messages), *messages]:
                        self._send(entries, channel, message, now, told)
                self._save(entries)
        except Timeout:
            told.note(f"another process has been sending alerts for {self._lock.timeout:.0f} s: nothing was told")
        told.waiting = len(self.waiting())
        return told

    def mention(self, titles: Iterable[str]) -> None:
        """Note that a digest that went out told of these doubtful messages."""
        wanted = set(titles)
        with self._lock:
            entries = self._load()
            for each in entries.values():
                if each["state"] in {"sending", *UNTOLD} and each["title"] in wanted:
                    each["state"] = "mentioned"
            self._save(entries)

    def _send(self, entries: dict[str, Entry], channel: Channel, message: Message, now: datetime, told: Told) -> None:
        name = f"{message.key} {channel.name}"
        known = entries.get(name)
        if known is not None and known["state"] != "waiting" and known["day"] == message.day:
            return
        tries = known["tries"] + 1 if known is not None and known["day"] == message.day else 1
        entries.pop(name, None)
        entry: Entry = {
            **asdict(message),
            "channel": channel.name,
            "state": "sending",
            "at": now.isoformat(),
            "tries": tries,
            "problem": "",
        }
        entries[name] = entry
        self._save(entries)
        try:
            note = channel.send(message)
        except NotDelivered as error:
            entry |= {"state": "waiting" if tries < MOST_TRIES else "given up", "problem": _line(error)}
            given_up = "" if tries < MOST_TRIES else f" (given up after {tries} attempts)"
            told.note(f"{channel.name}: {entry['problem']}{given_up}")
        except PerhapsDelivered as error:
            entry |= {"state": "doubtful", "problem": _line(error)}
            told.note(f"{channel.name}: {entry['problem']}")
        else:
            # What it said is not needed any more, and may be personal.
            entry |= {"state": "delivered", "problem": note or "", "lines": []}
            told.delivered += 1
            if note:
                told.note(f"{channel.name}: {note}")
        self._save(entries)

    def _settled(self, entries: dict[str, Entry]) -> dict[str, Entry]:
        # We hold the lock: whoever was sending is gone, and nobody knows how far it came.
        for each in entries.values():
            if each["state"] == "sending":
                each.update(state="doubtful", problem="the process that sent it ended midway")
        return entries

    def _load(self) -> dict[str, Entry]:
        try:
            found: dict[str, Entry] = json.loads(self._path.read_text(encoding="utf-8"))["told"]
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError):
            # Files are replaced at once, so this one was edited: what it said is kept aside, not lost.
            self._path.replace(self._path.with_suffix(".unreadable"))
            return {}
        return found

    def _save(self, entries: dict[str, Entry]) -> None:
        waiting = [name for name, each in entries.items() if each["state"] == "waiting"]
        for name in waiting[: max(0, len(waiting) - MOST_WAITING)]:
            entries[name]["state"] = "given up"
        for name in list(entries)[: max(0, len(entries) - KEPT)]:
            del entries[name]
        aside = self._path.with_suffix(".part")
        with aside.open("w", encoding="utf-8") as file:
            json.dump({"told": entries}, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(0o600)
        aside.replace(self._path)


def _again(entries: dict[str, Entry], channel: Channel, messages: Sequence[Message]) -> list[Message]:
    """Return what waits for a channel and is not about to be told anew under the same key."""
    fresh = {message.key for message in messages}
    return [
        Message(key=each["key"], day=each["day"], title=each["title"], lines=tuple(each["lines"]), kind=each["kind"])
        for each in entries.values()
        if each["state"] == "waiting" and each["channel"] == channel.name and each["key"] not in fresh
    ]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
