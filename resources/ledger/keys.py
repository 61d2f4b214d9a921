"""The keys of people and companies: given out once, redirected when two turn out to be one."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from sqlalchemy import select

from pipeline.identity.keys import KeyDecision, KnownKeys
from resources.ledger.part import Part
from resources.ledger.schema import keys, members, redirects
from resources.ledger.store import upsert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


AT_ONCE = 10_000
"""Rows that are taken from the driver at a time."""


class Keys(Part):
    """Keys by `kind` (`people`, `companies`)."""

    def known_keys(self, kind: str) -> KnownKeys:
        """Return every key of a kind: last known members, birth, redirects."""
        holders = select(members.c.source, members.c.source_id, members.c.key).where(members.c.kind == kind)
        births = select(keys.c.key, keys.c.born_at).where(keys.c.kind == kind)
        with self.store.read() as connection:
            # Part by part: all rows at once, as the driver gives them, take more memory than what is made of them.
            held = connection.execute(holders, execution_options={"yield_per": AT_ONCE})
            known = {(intern(source), source_id): key for source, source_id, key in held}
            told = connection.execute(births, execution_options={"yield_per": AT_ONCE})
            born = {row[0]: row[1] for row in told}
            return KnownKeys(members=known, born=born, redirects=_redirects(connection, kind))

    def redirected(self, kind: str) -> KnownKeys:
        """Return the redirects of a kind alone: enough to tell which key stands for another today."""
        with self.store.read() as connection:
            return KnownKeys(redirects=_redirects(connection, kind))

    def record_keys(self, kind: str, decision: KeyDecision, *, known: KnownKeys | None = None) -> None:
        """Record one build's decision in one transaction; recording it again changes nothing.

        `known`: what the decision was made of, where it was just read; default: what is known now.
        """
        known = known or self.known_keys(kind)
        now = self.now()
        born = [
            {"kind": kind, "key": key, "source": source, "source_id": source_id, "born_at": now}
            for key, (source, source_id) in decision.born.items()
            if key not in known.born
        ]
        placed = [
            {"kind": kind, "source": source, "source_id": source_id, "key": key}
            for (source, source_id), key in decision.assigned.items()
            if known.members.get((source, source_id)) != key
        ]
        moved = [
            {"kind": kind, "old_key": old, "new_key": new, "merged_at": now}
            for old, new in decision.redirects.items()
            if known.redirects.get(old) != new
        ]
        if not (born or placed or moved):
            return
        with self.store.write() as connection:
            upsert(connection, keys, born)
            upsert(connection, members, placed)
            upsert(connection, redirects, moved)

    def redirected_at(self, kind: str) -> dict[str, datetime]:
        """Return when each merged key was redirected."""
        query = select(redirects.c.old_key, redirects.c.merged_at).where(redirects.c.kind == kind)
        with self.store.read() as connection:
            return {row.old_key: row.merged_at for row in connection.execute(query)}


def _redirects(connection: Connection, kind: str) -> dict[str, str]:
    query = select(redirects.c.old_key, redirects.c.new_key).where(redirects.c.kind == kind)
    return {row.old_key: row.new_key for row in connection.execute(query)}
