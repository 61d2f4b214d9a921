"""Which records are one person, where keys that vendors store say so as well.

A vendor's record is tied to the record that stands for its key (`features.anchors`). A build may give the key to
another record, as when people are parted and both sides have a vendor's record: then that one is tied to it in the
next build, which may say something else. So a build asks again with the keys it gives out, until these ties stay.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipeline.identity.features import anchors
from pipeline.identity.matching import weighed
from pipeline.identity.members import people

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.identity.engine.clusters import Decisions
    from pipeline.identity.keys import KeyDecision, KnownKeys, Record

Ties = frozenset[frozenset[int]]
"""Records of one key, key by key, by number."""


def anchored(
    leads: pa.Table, founders: Sequence[Mapping[str, Any]], known: KnownKeys, decisions: Decisions
) -> pa.Table:
    """Return the pairs that hold records together and those to be asked about (`matching.weighed`).

    Args:
        leads: the columns of `sql/identity/leads.sql`, `record_id` dense from 0 and ascending.
        founders: the columns of `sql/identity/founders.sql`, the earliest record first.
        known: the keys given out so far.
        decisions: what people decided, by record number.

    Should the answers go round in a circle, the one with the most people stands.
    """
    rows = sorted(founders, key=lambda row: row["record_no"])
    names = [(row["source"], row["source_id"]) for row in rows]
    place, stored = leads.column_names.index("our_key"), leads.column("our_key").to_pylist()
    so_far, answers = known, dict[Ties, tuple[int, pa.Table]]()
    carried = _carried(names, stored, so_far)
    while (ties := _ties(carried)) not in answers:
        before = [None if key is None else so_far.living(key) for key in map(so_far.members.get, names)]
        found = weighed(leads.set_column(place, "our_key", pa.array(carried, pa.string())), before, decisions)
        if not any(stored):
            return found
        decision = people(founders, found.filter(found.column("is_link")), known)
        answers[ties] = len(set(decision.assigned.values())), found
        so_far = _after(known, decision)
        carried = _carried(names, stored, so_far)
    circle = list(answers.values())[list(answers).index(ties) :]
    return max(circle, key=lambda answer: answer[0])[1]


def _carried(names: Sequence[Record], stored: Sequence[str | None], known: KnownKeys) -> list[str | None]:
    """Return for each record the key that it stores or stands for."""
    standing = anchors(known)
    return [standing.get(name) if key is None else known.living(key) for name, key in zip(names, stored, strict=True)]


def _ties(carried: Sequence[str | None]) -> Ties:
    groups: dict[str, list[int]] = {}
    for number, key in enumerate(carried):
        if key is not None:
            groups.setdefault(key, []).append(number)
    return frozenset(frozenset(group) for group in groups.values() if len(group) > 1)


def _after(known: KnownKeys, decision: KeyDecision) -> KnownKeys:
    """Return what will be known of members and redirects once a decision is kept."""
    members, redirects = {**known.members, **decision.assigned}, {**known.redirects, **decision.redirects}
    return replace(known, members=members, redirects=redirects)
