"""What a list teaches about its own evidence: weights learned from the pairs whose LinkedIn ids tell who is who.

Two records with one profile are one person, two with different profiles are two, whatever else they say; so these
pairs show how much a name, a firm, a title or a city is worth in this very list. Only pairs that meet by something
other than an id take part: those are what the weights must judge. A share of people changes the profile's name, so
some pairs that look like two people are one: how many, expectation maximisation tells (Dempster, Laird, Rubin 1977).
A logistic regression, held near what is believed (`measures`) by a penalty and by each measure's slack; a list that
shows too little keeps what is believed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.identity.engine import evidence
from pipeline.identity.engine.blocks import unpacked
from pipeline.identity.engine.keying import distinct
from pipeline.identity.engine.measures import BELIEVED, SLACK
from pipeline.identity.engine.scoring import AT_ONCE, informed, namesakes
from pipeline.identity.engine.text import mixed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.identity.engine.columns import Spread
    from pipeline.identity.engine.pairs import Pairs
    from pipeline.identity.engine.reference import Reference
    from pipeline.identity.engine.scoring import Records
    from pipeline.identity.engine.text import Bools, Hashes, Ints

MOST = 100_000
"""Pairs that are drawn to learn from, of which a fifth or so tell: more would teach no more."""
LOOKED_AT = 1 << 18
"""Pairs that are looked at together to choose some."""
FEWEST = 400
"""Pairs of one person and of two that a list must show before it teaches anything."""
PENALTY = 100.0
"""Pairs' worth of trust in what is believed."""
STEPS = (6, 2, 2)
"""Newton steps before each guess of how many were renamed."""
RENAMED = 0.05
"""At most this share of people has two profile names."""
GRAIN = 1 / 64
"""Weights are kept in steps of this size, so that the order of the records cannot show in them."""
BASE_SLACK = 3.0

Floats = NDArray[np.float64]


def taught(
    found: Records, packed: Hashes, met: Bools, known: Reference, spread: Spread = map
) -> tuple[Records, Reference]:
    """Return the records and the frequency table with what the pairs teach.

    That is: namesakes, renamed profiles, what evidence is worth. `met`: pairs that meet by something other than an id.
    """
    none = np.empty(0, dtype=np.uint64)
    doubted = _where(packed, lambda left, right: _doubted(found, left, right), spread)

    def seen(start: int) -> tuple[Hashes, Hashes]:
        pairs = found.pairs(*unpacked(doubted[start : start + AT_ONCE]))
        weighed = evidence.weigh(pairs, found.weights)
        return namesakes(pairs, weighed), _renamed(pairs, weighed)

    names, pages = zip((none, none), *spread(seen, range(0, len(doubted), AT_ONCE)), strict=True)
    known = replace(known, namesakes=distinct(np.concatenate(names)), renamed=distinct(np.concatenate(pages)))
    usual = np.count_nonzero(met)
    drawn = packed[met]
    if usual > MOST:
        chosen = _chosen(found, (MOST / usual) ** 0.5)
        drawn = _where(drawn, lambda left, right: chosen[left] & chosen[right], spread)
    found = informed(found, known)
    known = replace(known, learned=_learned(found, *unpacked(drawn)))
    return replace(found, weights=known.weights), known


def _where(packed: Hashes, asked: Callable[[Ints, Ints], Bools], spread: Spread) -> Hashes:
    """Return the pairs that are as asked, looked at some at a time."""
    pieces = [packed[start : start + LOOKED_AT] for start in range(0, len(packed), LOOKED_AT)]
    return np.concatenate([packed[:0], *spread(lambda piece: piece[asked(*unpacked(piece))], pieces)])


def _doubted(found: Records, left: Ints, right: Ints) -> Bools:
    """Return the pairs that ids may exclude from being one person."""
    maybe = np.zeros(len(left), dtype=np.bool_)
    for name in ("slug", "member", "suffix"):
        one, two = found.rows[name].take(left), found.rows[name].take(right)
        maybe |= (one != two) & (one != 0) & (two != 0)
    one, two = found.rows["letters"].take(left), found.rows["letters"].take(right)
    alike = np.flatnonzero((one == two) & (one != 0) & ~maybe)
    maybe[alike] = found.rows["digits"][left[alike]] != found.rows["digits"][right[alike]]
    return maybe


def _chosen(found: Records, share: float) -> Bools:
    """Draw records by their ids, so that their order makes no difference."""
    number = mixed(found.rows["record_id"].astype(np.uint64)) >> np.uint64(32)
    drawn: Bools = number < np.uint64(share * 2**32)
    return drawn


def _learned(found: Records, left: Ints, right: Ints) -> Floats:
    """Return what each measure is worth (`Weights.learned`)."""
    weights = found.weights
    same, differ = _told(found, left, right)
    if min(int(same.sum()), int(differ.sum())) < FEWEST:
        return weights.learned
    asked = np.flatnonzero(same | differ)
    rows = []
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        weighed = evidence.weigh(found.pairs(left[part], right[part]), weights)
        rows.append(weighed.measured.values)
    values = np.concatenate(rows, axis=1).astype(np.float64)
    return _fitted(np.vstack([values, np.ones((1, len(asked)))]), same[asked], weights.base - weights.chance)


def _told(found: Records, left: Ints, right: Ints) -> tuple[Bools, Bools]:
    """Return the pairs that ids say are one person, and those that ids say are two."""
    same, differ = np.zeros(len(left), dtype=np.bool_), np.zeros(len(left), dtype=np.bool_)
    for name in ("slug", "member"):
        values = np.where(found.rare[f"is_{name}_shared"] != 0, 0, found.rows[name])
        one, two = values[left], values[right]
        known = (one != 0) & (two != 0)
        same |= known & (one == two)
        differ |= known & (one != two)
    maybe = np.flatnonzero(differ)
    told = evidence.contradictions(found.pairs(left[maybe], right[maybe]))
    differ[maybe] = told
    same[maybe] = False
    return same, differ


def _fitted(values: Floats, same: Bools, offset: float) -> Floats:
    start = np.append(BELIEVED, 0.0)
    slack = np.append(SLACK, BASE_SLACK)
    weights, share, target = start.copy(), 0.01, same.astype(np.float64)
    for steps in STEPS:
        for _ in range(steps):
            chance = _likelihood(_summed("i,ij->j", weights, values) + offset)
            slope = _summed("ij,j->i", values, target - chance) * np.log(2)
            slope -= PENALTY * (weights - start) * np.log(2) ** 2
            bend = _summed("ij,kj->ik", values * (chance * (1 - chance)), values) + PENALTY * np.eye(len(start))
            step = np.linalg.solve(bend * np.log(2) ** 2, slope)
            weights = np.clip(weights + np.clip(step, -1, 1), start - slack, start + slack)
        chance = _likelihood(_summed("i,ij->j", weights, values) + offset)
        renamed = np.where(same, 0, share * chance / (share * chance + 1 - chance))
        target = np.where(same, 1.0, renamed)
        share = min(RENAMED, renamed.sum() / max(target.sum(), 1.0))
    return np.asarray(np.round(weights / GRAIN) * GRAIN, dtype=np.float64)


def _summed(what: str, one: Floats, other: Floats) -> Floats:
    """Return a product of matrices in one thread: the same on every machine, and no threads that wait in circles."""
    return np.asarray(np.einsum(what, one, other, optimize=False), dtype=np.float64)


def _likelihood(bits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp2(-np.clip(bits, -40, 40))), dtype=np.float64)


def _renamed(pairs: Pairs, weighed: evidence.Evidence) -> Hashes:
    """Return the keys of two profile names of one person: one unshared mailbox and one full name vouch for it."""
    vouched = pairs.same("email") & weighed.names.is_compatible & pairs.same("given") & pairs.same("surname")
    vouched &= ~pairs.differ("middle") & ~pairs.differ("suffix") & pairs.differ("slug")
    asked = np.flatnonzero(vouched)
    return evidence.renaming_key(pairs, asked[~pairs.are_shared("email", asked)])
