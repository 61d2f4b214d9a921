"""Evidence between clusters: what all records of two people say together where no two of them say enough.

The best agreement of each kind counts, whichever two records have it, and a contradiction where no two records agree:
one record may know the mailbox and another the place. The more pairs of records there are, the likelier the best of
them agree by chance. Ids that exclude each other let nobody be joined, and neither does a record of a third cluster:
clusters grow by the heaviest ties first.

What is decided depends on the records of the two clusters alone, and who is joined on the clusters that such ties
connect: an increment need not look further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import evidence
from pipeline.identity.engine.clusters import suspects
from pipeline.identity.engine.components import components
from pipeline.identity.engine.crossing import between, crossed, of_clusters
from pipeline.identity.engine.exclusions import Groups, Writings, exclusions, foes_of, has_whole_name
from pipeline.identity.engine.joining import LARGEST, Joining
from pipeline.identity.engine.keying import firsts
from pipeline.identity.engine.scoring import AT_ONCE, Scored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.clusters import Decisions
    from pipeline.identity.engine.columns import Spread
    from pipeline.identity.engine.scoring import Records
    from pipeline.identity.engine.text import Ints

BEST_PAIR, ALL_PAIRS = 0.75, 0.6
"""What the bits of the two records nearest each other count, and what those of all records together do."""
ONE_FIRM = 0.45
"""What the bits of an organisation in common count in addition, if the names agree and only one bears them there."""
BY_CHANCE = 0.6
"""Bits lost whenever there are twice as many pairs of records: the best of many is good by chance."""
ENOUGH = 0.8
"""Bits beyond what is needed that join two clusters."""
MOST = 1024
"""Pairs of records between two clusters beyond which they are not compared: nobody has so many records."""
_NAME, _NAMESAKES, _ORGANISATION = (evidence.KINDS.index(kind) for kind in ("name", "namesakes", "organisation"))


def ties(found: Records, labels: Ints, candidates: Scored, spread: Spread = map) -> Scored:
    """Return the ties between clusters: for each the best pair of records, with what all of them say as its score.

    A score is on the scale of pairs: `evidence.LINK` joins.
    """
    pairs, places = _best(found, labels, candidates)
    if not len(pairs.left):
        return pairs
    left, right, owner = crossed(labels, places)
    starts = np.flatnonzero(firsts(owner))
    best, worst = _extremes(found, left, right, starts, spread)
    together = np.where(best > 0, best, worst)
    score = pairs.score * np.float32(BEST_PAIR) - np.float32(ALL_PAIRS * found.weights.need)
    for kind in together:
        score = score + np.float32(ALL_PAIRS) * kind
    one_firm = np.maximum(best[_ORGANISATION], 0) * (worst[_NAMESAKES] >= 0) * (best[_NAME] > 0)
    many = np.diff(np.append(starts, len(owner)))
    score = score + np.float32(ONE_FIRM) * one_firm - np.float32(BY_CHANCE) * np.log2(many).astype(np.float32)
    kept = (score >= ENOUGH) & (worst[_NAMESAKES] > evidence.CONTRADICTED)
    return Scored(pairs.left, pairs.right, score + np.float32(evidence.LINK - ENOUGH)).where(kept)


def joined(found: Records, labels: Ints, tied: Scored, decisions: Decisions) -> Ints:
    """Return the labels of clusters of which those are joined that are tied and that nothing keeps apart."""
    if not len(tied.left):
        return labels
    whole = components(len(labels), labels[tied.left], labels[tied.right])[labels]
    members = of_clusters(labels, np.concatenate([labels[tied.left], labels[tied.right]])).members
    members = members[np.argsort(whole[members], kind="stable")]
    starts = np.flatnonzero(firsts(whole[members]))
    groups = Groups(members, starts, np.diff(np.append(starts, len(members))))
    doubted, small = suspects(found, groups, whole, decisions), groups.sizes <= LARGEST
    sure = members[np.repeat(small & ~doubted, groups.sizes)]
    out = labels.copy()
    out[sure] = whole[sure]
    asked = groups.where(small & doubted)
    if not len(asked.starts):
        return out
    told = np.zeros(len(whole), dtype=np.bool_)
    told[whole[members[asked.starts]]] = True
    different = decisions.different[whole[decisions.different[:, 0]] == whole[decisions.different[:, 1]]]
    apart = np.concatenate([_standing(found, labels, asked), different])
    tops = _settled(found, labels, tied.where(told[whole[tied.left]]), apart)
    asked_of = members[told[whole[members]]]
    out[asked_of] = tops[labels[asked_of]]
    return out


def _best(found: Records, labels: Ints, candidates: Scored) -> tuple[Scored, NDArray[np.uint64]]:
    """Return the best doubtful pair of records of any two clusters, and the two clusters as numbers, ascending."""
    apart = labels[candidates.left] != labels[candidates.right]
    doubts = candidates.where(apart & (candidates.score > evidence.DOUBT) & (candidates.score < evidence.LINK))
    sizes = np.bincount(labels, minlength=len(labels))
    many = sizes[labels[doubts.left]] * sizes[labels[doubts.right]]
    doubts = doubts.where(many <= MOST)
    places = between(labels, doubts.left, doubts.right)
    order = np.argsort(places, kind="stable")
    begins = firsts(places[order])
    score = doubts.score[order]
    best = np.maximum.reduceat(score, np.flatnonzero(begins)) if len(order) else score
    order = order[score == best[np.cumsum(begins) - 1]]
    begins = firsts(places[order])
    # Of two that are as good the one of the smaller record ids: no order of the records changes it.
    tied = np.flatnonzero(~begins | ~np.append(begins[1:], True))
    ids, some = found.rows["record_id"], order[tied]
    one, two = ids[doubts.left[some]], ids[doubts.right[some]]
    order[tied] = some[np.lexsort((np.maximum(one, two), np.minimum(one, two), places[some]))]
    order = order[begins]
    return Scored(doubts.left[order], doubts.right[order], doubts.score[order]), places[order]


def _extremes(found: Records, left: Ints, right: Ints, starts: Ints, spread: Spread) -> tuple[NDArray[np.float32], ...]:
    """Return the most and the least bits of each kind (rows) among the pairs of each two clusters (columns)."""
    bits = np.empty((len(evidence.KINDS), len(left)), dtype=np.float32)

    def weigh(start: int) -> None:
        part = slice(start, start + AT_ONCE)
        bits[:, part] = evidence.weigh(found.pairs(left[part], right[part]), found.weights).bits

    list(spread(weigh, range(0, len(left), AT_ONCE)))
    return np.maximum.reduceat(bits, starts, axis=1), np.minimum.reduceat(bits, starts, axis=1)


def _settled(found: Records, labels: Ints, tied: Scored, apart: NDArray[np.int64]) -> Ints:
    """Return for each label that of its cluster when tied ones are joined, heaviest first, none who stay apart."""
    ids = found.rows["record_id"]
    one, two = ids[tied.left], ids[tied.right]
    rank = np.lexsort((np.maximum(one, two), np.minimum(one, two), -tied.score))
    joining = Joining(len(labels))
    joining.keep_apart(labels[apart])
    joining.join(labels[tied.left][rank], labels[tied.right][rank])
    return joining.tops


def _standing(found: Records, labels: Ints, groups: Groups) -> NDArray[np.int64]:
    """Return the pairs that keep two clusters apart: not two names of which the two together say that one has both."""
    excluded = exclusions(found, groups)
    apart: NDArray[np.int64] = excluded.apart
    apart = apart[labels[apart[:, 0]] != labels[apart[:, 1]]]
    if not len(apart):
        return np.empty((0, 2), dtype=np.int64)
    writings = Writings(excluded, foes_of(excluded.pairs), has_whole_name(found))
    sides = of_clusters(labels, labels[apart].ravel())
    ends = sides.starts + sides.sizes
    cluster = {
        int(labels[sides.members[start]]): sides.members[start:end].tolist()
        for start, end in zip(sides.starts, ends, strict=True)
    }
    standing = [
        not writings.agree(one, two, (*cluster[int(labels[one])], *cluster[int(labels[two])]))
        for one, two in apart.tolist()
    ]
    result: NDArray[np.int64] = apart[np.array(standing, dtype=np.bool_)]
    return result
