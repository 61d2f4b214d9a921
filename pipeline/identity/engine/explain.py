"""Evidence in plain words: why two records are held together, or why only a person can tell.

Where two records do not hold together by themselves but all records of their clusters do (`joint`), what these add is
a piece of evidence of its own: `TOGETHER`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import evidence
from pipeline.identity.engine.scoring import AT_ONCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.reference import Reference
    from pipeline.identity.engine.scoring import Records
    from pipeline.identity.engine.text import Ints

WORDS = {
    "strong": ("the same key of ours or of a vendor", ""),
    "email": ("the same mailbox", "two mailboxes where one person has one"),
    "profile": ("the same LinkedIn profile", ""),
    "member": ("the same Sales Navigator member", ""),
    "phone": ("the same phone number", "different phone numbers"),
    "name": ("names that agree", "names that differ"),
    "organisation": ("the same organisation", "different organisations"),
    "place": ("the same place", "different places"),
    "title": ("the same kind of work", "different kinds of work"),
    "namesakes": ("", "two people of that name are known there"),
    "together": ("what all records of both say together", ""),
}
TOGETHER = "together"
KINDS = (*evidence.KINDS, TOGETHER)
"""What can be said of two records: the evidence between them, and what the others add."""
CONTRADICTED = "ids that exclude each other"


@dataclass(frozen=True, slots=True)
class Reason:
    """One kind of evidence: its bits (above 0: for one person) and what it is in words."""

    kind: str
    bits: float
    words: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """All evidence between two records. `total` is the sum, `need` what one pair needs, `link` how much more holds."""

    reasons: tuple[Reason, ...]
    total: float
    need: float
    link: float

    @property
    def is_link(self) -> bool:
        """Whether the two are held together by this evidence alone."""
        return self.total >= self.need + self.link

    @property
    def sentence(self) -> str:
        """The reasons in words, the heaviest first."""
        said = [f"{reason.words} ({reason.bits:+.1f} bits)" for reason in self.reasons]
        return "; ".join(said) or "nothing in common"


def explain(found: Records, known: Reference, left: int, right: int) -> Explanation:
    """Explain the pair of two records by number."""
    one, other = np.array([left]), np.array([right])
    weighed = evidence.weigh(found.pairs(one, other), found.weights)
    return _told(weighed.bits[:, 0], known.weights.need)


def explanations(found: Records, known: Reference, left: Ints, right: Ints) -> list[Explanation]:
    """Explain many pairs."""
    return [_told(column, known.weights.need) for column in table(found, left, right).T]


def with_ties(found: Records, bits: NDArray[np.float32], score: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a row for each of `KINDS`: the bits of pairs (`table`) and what their clusters add, for ties of a `score`.

    `score`: of `joint.ties`, NaN for pairs that are none.
    """
    added = np.where(np.isnan(score), 0, score + np.float32(found.weights.need) - bits.sum(axis=0))
    return np.concatenate([bits, added[None].astype(np.float32)])


def table(found: Records, left: Ints, right: Ints) -> NDArray[np.float32]:
    """Return the bits of each kind of `evidence.KINDS` (rows) for each pair (columns)."""
    parts = [np.empty((len(evidence.KINDS), 0), dtype=np.float32)]
    for start in range(0, len(left), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        parts.append(evidence.weigh(found.pairs(left[part], right[part]), found.weights).bits)
    return np.concatenate(parts, axis=1)


def _told(bits: NDArray[np.float32], need: float) -> Explanation:
    reasons = []
    for kind, value in zip(KINDS, bits.tolist(), strict=False):
        if value:
            words = CONTRADICTED if value <= evidence.CONTRADICTED else WORDS[kind][value < 0] or WORDS[kind][0]
            reasons.append(Reason(kind, round(value, 2), words))
    reasons.sort(key=lambda reason: -abs(reason.bits))
    return Explanation(tuple(reasons), float(bits.sum()), need, evidence.LINK)
