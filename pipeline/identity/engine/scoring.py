"""Pairs of records scored block by block: which are held together, which are doubtful, which exclude each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import blocking, blocks, evidence
from pipeline.identity.engine.columns import Columns, columns, following, picked
from pipeline.identity.engine.keying import among, distinct
from pipeline.identity.engine.pairs import Pairs, Side
from pipeline.identity.engine.rarity import rarities
from pipeline.identity.engine.turning import turn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.columns import Spread
    from pipeline.identity.engine.evidence import Evidence
    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.measures import Weights
    from pipeline.identity.engine.reference import Firms, Reference
    from pipeline.identity.engine.text import Bools, Hashes, Ints

AT_ONCE = 262_144
"""Pairs weighed at a time: with fewer, a third of the time goes into calling numpy, with more their rows leave the
processor's cache."""


@dataclass(frozen=True, slots=True)
class Records:
    """Records to be matched: features, what the frequency table says of them, and strong ids (records x columns).

    `has_namesake`: two people are known under the record's name at its organisation.
    """

    rows: Features
    rare: Columns
    strong: Hashes
    has_namesake: Bools
    weights: Weights
    renamed: Hashes

    def pairs(self, left: Ints, right: Ints) -> Pairs:
        """Return pairs of records by number."""
        told = Columns({"strong": self.strong, "has_namesake": self.has_namesake})
        return Pairs(
            left=Side(self.rows, left),
            right=Side(self.rows, right),
            left_rare=Side(self.rare, left),
            right_rare=Side(self.rare, right),
            left_told=Side(told, left),
            right_told=Side(told, right),
            renamed=self.renamed,
        )


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs by record number (`left` < `right`) and their bits beyond what is needed."""

    left: Ints
    right: Ints
    score: NDArray[np.float32]

    def where(self, chosen: Bools) -> Scored:
        """Return some of the pairs."""
        return Scored(self.left[chosen], self.right[chosen], self.score[chosen])


def records(
    rows: Features, strong: Hashes, known: Reference, firms: Firms | None = None, spread: Spread = map
) -> Records:
    """Return records ready to be matched under a frequency table; turns names in `rows` in place.

    With `firms` they are the records that were measured: their names were turned, their organisations are these.
    """
    if firms is None:
        turn(rows, known.counts["given"], known.counts["surname"])
    rare = rarities(rows, known, firms, spread)
    return Records(rows, rare, strong, _has_namesake(rows, rare, known.namesakes), known.weights, known.renamed)


def informed(found: Records, known: Reference) -> Records:
    """Return the records once it turned out which names two known people bear, and what evidence is worth."""
    return replace(
        found,
        has_namesake=_has_namesake(found.rows, found.rare, known.namesakes),
        weights=known.weights,
        renamed=known.renamed,
    )


def chosen(found: Records, places: Ints) -> Records:
    """Return some of the records."""
    return replace(
        found,
        rows=picked(found.rows, tuple(columns(found.rows).fields), places),
        rare=picked(found.rare, tuple(found.rare.fields), places),
        strong=found.strong[places],
        has_namesake=found.has_namesake[places],
    )


def together(found: Records, others: Records) -> Records:
    """Return records followed by others that the same frequency table tells of."""
    return replace(
        found,
        rows=following(columns(found.rows), columns(others.rows)),
        rare=following(found.rare, others.rare),
        strong=np.concatenate([found.strong, others.strong]),
        has_namesake=np.concatenate([found.has_namesake, others.has_namesake]),
    )


def _has_namesake(rows: Features, rare: Columns, namesakes: Hashes) -> Bools:
    found = np.zeros(len(rows), dtype=np.bool_)
    if len(namesakes):
        for one in ("org", "other_org"):
            found |= among(blocking.namesake_key(rows, rare[one]), namesakes)
    return found


def scored(found: Records, packed: Hashes) -> Scored:
    """Score packed pairs; keep those in doubt or better."""
    left, right = blocks.unpacked(packed)
    score = evidence.weigh(found.pairs(left, right), found.weights).total - np.float32(found.weights.need)
    kept = score > evidence.DOUBT
    return Scored(left[kept], right[kept], score[kept])


def namesakes(pairs: Pairs, weighed: Evidence) -> Hashes:
    """Return the keys of names at organisations under which two people are known who exclude each other."""
    together = weighed.measured.is_together & (weighed.names.bits > 0)
    known = np.flatnonzero(weighed.is_contradicted & ~weighed.has_id & together)
    if not len(known):
        return np.empty(0, dtype=np.uint64)
    found = []
    left, right = (picked(side.rows, ("given", "surname"), side.numbers[known]) for side in (pairs.left, pairs.right))
    for one in ("org", "other_org"):
        key = blocking.namesake_key(left, pairs.left_rare[one][known])
        for other in ("org", "other_org"):
            twin = blocking.namesake_key(right, pairs.right_rare[other][known])
            found.append(key[(key == twin) & (key != 0)])
    return distinct(np.concatenate(found))


def pieces(packed: Hashes) -> list[Hashes]:
    """Cut packed pairs into pieces to be weighed at once."""
    return [packed[start : start + AT_ONCE] for start in range(0, len(packed), AT_ONCE)]


def joined(parts: list[Scored]) -> Scored:
    """Put scored pieces together."""
    if not parts:
        empty = np.empty(0, dtype=np.int64)
        return Scored(empty, empty, np.empty(0, dtype=np.float32))
    return Scored(
        np.concatenate([part.left for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.score for part in parts]),
    )
