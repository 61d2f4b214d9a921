"""The keys of people and companies: given out once, redirected when two turn out to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from pipeline.identity.keys import KeyDecision, KnownKeys
from resources.ledger.part import Part
from resources.ledger.schema import keys, members, redirects
from resources.ledger.store import upsert

if TYPE_CHECKING:
    from datetime import datetime


class Keys(Part):
    """Keys by `kind` (`people`, `companies`)."""

    def known_keys(self, kind: str) -> KnownKeys:
        """Return every key of a kind: last known members, birth, redirects."""
        with self.store.read() as connection:
            holders = connection.execute(select(members).where(members.c.kind == kind)).all()
            births = connection.execute(select(keys.c.key, keys.c.born_at).where(keys.c.kind == kind)).all()
            moved = connection.execute(select(redirects).where(redirects.c.kind == kind)).all()
        born: dict[str, datetime] = {row.key: row.born_at for row in births}
        return KnownKeys(
            members={(row.source, row.source_id): row.key for row in holders},
            born=born,
            redirects={row.old_key: row.new_key for row in moved},
        )

    def record_keys(self, kind: str, decision: KeyDecision) -> None:
        """Record one build's decision in one transaction; recording it again changes nothing."""
        known = self.known_keys(kind)
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
