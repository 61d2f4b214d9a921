"""Who is one person, given who was so far: what a build decides stands in the next one, unless the records change.

Records that were one person stay together while the evidence is in doubt, and those that were two stay two while it
is hardly enough: what is enough depends on how many records there are, and grows with them. The clusters that are
compared as wholes (`joint`) are those of links alone: joined by what was so, they would say more in every build.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import clusters, evidence, joint, scoring

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipeline.identity.engine.clusters import Decisions
    from pipeline.identity.engine.scoring import Scored
    from pipeline.identity.engine.solve import Solution
    from pipeline.identity.engine.text import Ints

    Ruled = Callable[[NDArray[np.int64]], Decisions]

STEADY = 3.0
"""Bits beyond `evidence.LINK` that join records which were two people so far: what we write to a vendor comes back as
records that shift what names are worth (up to a bit), and that tell less than we know, such as no title which would
have spoken against it (two bits). An unchanged day must not move anybody."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`links`, `ties` and `kept` connect exactly the records of one person; `labels`: who stands for each record.

    `ties` join two clusters of `links` by what all their records say, `kept` two that were one person so far.
    """

    links: Scored
    ties: Scored
    kept: Scored
    labels: Ints

    @property
    def people(self) -> NDArray[np.int64]:
        """For each record the first one of its person."""
        return _first(self.labels)


def standing(solution: Solution, ruled: Ruled, people: NDArray[np.int64]) -> Standing:
    """Decide who is one person, so that the next build on the same records decides the same.

    Args:
        solution: what the engine found by `ruled(people)`.
        ruled: what people decided, given the person of each record.
        people: for each record the number of the person it belonged to so far, -1 when it is new.

    What was decided is asked again, as the next build will, until the answer is what it was given. Should answers go
    round in a circle, the one with the most people stands, from wherever in the circle one starts.
    """
    first, answers = ruled(people), list[Standing]()
    while True:
        answer = _answer(solution, first, ruled(people), people)
        if (people >= 0).all() and np.array_equal(answer.people, _first(people)):
            return answer
        for place, before in enumerate(answers):
            if np.array_equal(before.people, answer.people):
                return max(answers[place:], key=lambda one: (len(np.unique(one.people)), one.people.tolist()))
        answers.append(answer)
        people = answer.people


def _answer(solution: Solution, first: Decisions, decisions: Decisions, held: NDArray[np.int64]) -> Standing:
    """Return what is decided given whose the records were; `first`: the decisions that the solution knows."""
    found, candidates, alone, ties = solution.records, solution.candidates, solution.alone, solution.ties
    links = clusters.linked(candidates, decisions)
    hardly = (links.score < evidence.LINK + STEADY) & (held[links.left] != held[links.right])
    hardly &= (held[links.left] >= 0) & (held[links.right] >= 0)
    if hardly.any() or not np.array_equal(decisions.same, first.same):
        links = links.where(~hardly)
        alone = clusters.clusters(found, links, decisions)
        ties = joint.ties(found, alone, candidates)
    ties = _steady(ties, alone, held)
    kept = candidates.where(held[candidates.left] == held[candidates.right])
    kept = kept.where((alone[kept.left] != alone[kept.right]) & (held[kept.left] >= 0))
    labels = joint.joined(found, alone, scoring.joined([ties, kept]), decisions)
    links, ties, kept = (pairs.where(labels[pairs.left] == labels[pairs.right]) for pairs in (links, ties, kept))
    return Standing(links, ties, kept, labels)


def _steady(ties: Scored, labels: Ints, held: NDArray[np.int64]) -> Scored:
    """Return the ties without those that are hardly enough and between clusters of people who were two so far."""
    known = np.flatnonzero(held >= 0)
    most, least = np.full(len(labels), -1), np.full(len(labels), len(labels))
    np.maximum.at(most, labels[known], held[known])
    np.minimum.at(least, labels[known], held[known])
    one, two = labels[ties.left], labels[ties.right]
    two_so_far = (most[one] >= 0) & (most[two] >= 0) & ((most[one] != most[two]) | (least[one] != least[two]))
    return ties.where(~two_so_far | (ties.score >= evidence.LINK + STEADY))


def _first(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each record the number of the first one with its label."""
    first = np.full(len(labels), len(labels), dtype=np.int64)
    np.minimum.at(first, labels, np.arange(len(labels)))
    result: NDArray[np.int64] = first[labels]
    return result
