"""Evidence that two records are one person, in bits: log2 of how much likelier the pair is if they are.

Bits of different kinds add. A pair needs `Weights.need` bits, because strangers agree by chance, the more of them
the longer the list, and `LINK` more to be held together. What we believe of B2B lists in general stands in `measures`;
a list that shows it by its LinkedIn profiles may teach otherwise (`calibration`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.identity.engine.features import IS_BARE, IS_FREE
from pipeline.identity.engine.keying import among, pair_key
from pipeline.identity.engine.likeness import name_bits
from pipeline.identity.engine.measures import MEASURES, measured

if TYPE_CHECKING:
    from pipeline.identity.engine.likeness import Likeness
    from pipeline.identity.engine.measures import Measured, Weights
    from pipeline.identity.engine.pairs import Pairs
    from pipeline.identity.engine.text import Bools, Hashes, Ints

KINDS = ("strong", "email", "profile", "member", "phone", "name", "organisation", "place", "title", "namesakes")
LINK = 3.0
"""About eight to one for one person: what holds two records together, whatever the others say."""
DOUBT = -1.5
"""About three to one against; pairs between the two are for people to look at."""
CONTRADICTED = -40.0
AMBIGUOUS = 0.0
"""How far beyond what is needed a name at a firm goes that two known people bear: it may be the one or the other."""
SHARED_PAGE = 6.0
"""A profile or member id beside several surnames: a company's page, or one pasted for a colleague."""
OTHER_NAME = -5.0
"""Names with fewer bits than this exclude each other within a cluster."""
_PLACES = tuple(KINDS.index(measure.kind) for measure in MEASURES)
_OTHERS = [
    place
    for place, measure in enumerate(MEASURES)
    if measure.name in {"same_organisation", "same_mailbox", "shared_mailbox", "same_phone", "same_city"}
    or measure.name in {"same_title", "related_title"}
]
_NAME, _ORGANISATION, _PLACE, _NAMESAKES = (
    KINDS.index(kind) for kind in ("name", "organisation", "place", "namesakes")
)
_UNLIKE = next(place for place, measure in enumerate(MEASURES) if measure.name == "name_unlike")

Bits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Evidence:
    """`bits`: one row per kind of `KINDS`, one column per pair; `is_contradicted`: strong ids that exclude."""

    bits: Bits
    is_contradicted: Bools
    has_id: Bools
    names: Likeness
    measured: Measured

    @property
    def total(self) -> Bits:
        """Sum of all kinds."""
        total: Bits = self.bits.sum(axis=0)
        return total


def contradictions(pairs: Pairs) -> Bools:
    """Return the pairs whose ids exclude that they are one person.

    Two Sales Navigator members, two public profiles (other than one with and one without LinkedIn's ending, or two
    names of one profile that a mailbox vouches for), numbered twins of one mail domain (`j.smith@`, `j.smith2@`), Jr
    against Sr.
    """
    found = pairs.differ("suffix").copy()
    asked = np.flatnonzero(pairs.differ("slug"))
    bare_left, bare_right = pairs.have_flag(IS_BARE, asked)
    renamed = pairs.are_same("stem", asked) & (bare_left != bare_right)
    asked = asked[~renamed & ~pairs.are_shared("slug", asked)]
    if len(pairs.renamed):
        asked = asked[~among(renaming_key(pairs, asked), pairs.renamed)]
    found[asked] = True
    asked = np.flatnonzero(pairs.differ("member"))
    found[asked[~pairs.are_shared("member", asked)]] = True
    asked = np.flatnonzero(pairs.same("letters"))
    asked = asked[pairs.are_same("domain", asked)]
    is_free, _ = pairs.have_flag(IS_FREE, asked)
    found[asked[~is_free & (pairs.left.some("digits", asked) != pairs.right.some("digits", asked))]] = True
    return found


def renaming_key(pairs: Pairs, asked: Ints) -> Hashes:
    """Return the key of the two profile names of some pairs."""
    one, two = pairs.left.some("slug", asked), pairs.right.some("slug", asked)
    return pair_key(np.minimum(one, two), np.maximum(one, two), 41)


def weigh(pairs: Pairs, known: Weights) -> Evidence:
    """Weigh pairs. Symmetric: the order of the two sides makes no difference."""
    size = len(pairs.left)
    bits = np.zeros((len(KINDS), size), dtype=np.float32)
    strong = pairs.share_strong
    names = name_bits(pairs)
    email, profile, member = pairs.same("email"), pairs.same("slug"), pairs.same("member")
    has_id = strong | email & names.is_compatible | profile | member | pairs.same("suffix")
    measure = measured(pairs, known.chance, names, has_id=has_id)
    for place, weight, values in zip(_PLACES, known.bits, measure.values, strict=True):
        bits[place] += weight * values
    contradicted = contradictions(pairs) & ~strong
    # Two people on one page are told apart by all that their names hold against each other.
    bits[_NAME] += np.where(profile | member, measure.values[_UNLIKE] * (1 - known.bits[_UNLIKE]), 0)
    if not known.is_taught:
        # A bare name is nobody, however rare, unless the list shows otherwise.
        others = (measure.values[_OTHERS] > 0).any(axis=0) | strong | profile | member
        bits[_NAME] = np.where(others, bits[_NAME], np.minimum(bits[_NAME], known.need))
    bits[KINDS.index("strong")] = np.where(strong, known.need + 60, 0)
    for kind, name, same, worth in (("profile", "slug", profile, 15), ("member", "member", member, 18)):
        asked = np.flatnonzero(same)
        bits[KINDS.index(kind), asked] = np.where(pairs.are_shared(name, asked), SHARED_PAGE, known.need + worth)
    # Where two people of that name are known at the firm, name, firm and its place do not suffice: what else agrees
    # decides.
    named = bits[_NAME] + bits[_ORGANISATION] + np.maximum(bits[_PLACE], 0)
    beyond = np.where(measure.is_ambiguous, np.minimum(known.need + AMBIGUOUS - named, 0), 0)
    bits[_NAMESAKES] = np.where(contradicted, CONTRADICTED, beyond)
    return Evidence(bits, contradicted, has_id, names, measure)
