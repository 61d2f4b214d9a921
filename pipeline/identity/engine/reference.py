"""The frequency table: how many records have each value, measured once and then held fixed.

A value's bits are log2(records / its frequency). Values are counted in buckets of their hash: a table has a fixed
size, costs one pass, and never depends on the order of the records. Ids with several surnames are marked shared.
With the table held fixed, the evidence between two records depends on these two records alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.identity.engine.features import IS_TURNED
from pipeline.identity.engine.keying import bucket, distinct, full_name, placed, surname_beginnings
from pipeline.identity.engine.measures import Weights, believed
from pipeline.identity.engine.turning import swap, turn

if TYPE_CHECKING:
    from pipeline.identity.engine.columns import Spread
    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.text import Hashes

Counts = NDArray[np.uint32]
COUNTED = ("given", "surname", "title", "city")
SHARED = ("email", "slug", "member", "phone")
AGREEMENT = 0.7
"""Share of a company name's records that must agree on a domain for the name to stand for it."""
ASSUMED = 16_384
"""Records that we take to have seen before: a short list cannot tell by itself how rare a name is."""
Firms = tuple[NDArray[np.uint32], NDArray[np.uint32]]
"""The organisation of each record and a second one, 0 for none."""
_NOBODY = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Reference:
    """`records`: how many were counted; `counts`: frequency by bucket and field.

    `shared`: by field the values with several surnames (ascending).

    `names`, `labels`: company names (ascending) and the domain label that each stands for. `crowded`: blocking keys
    that too many records share; `namesakes`: name and organisation of two known people; `renamed`: two profile names
    of one person (all ascending). `learned`: what evidence is worth here (`Weights.learned`).
    """

    records: int
    counts: dict[str, Counts]
    shared: dict[str, Hashes]
    names: NDArray[np.uint32]
    labels: NDArray[np.uint32]
    crowded: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    namesakes: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    renamed: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    learned: NDArray[np.float64] = field(default_factory=believed)

    @property
    def weights(self) -> Weights:
        """What evidence is worth: strangers agree by chance, the more of them the longer the list."""
        return Weights(float(np.log2(self.records + ASSUMED)), self.learned)


def _buckets(records: int, name: str) -> int:
    most = 20 if name in COUNTED else 24
    return 1 << min(most, max(12, int(4 * max(records, 1)).bit_length()))


def measure(rows: Features) -> Reference:
    """Count the values of all records; their names are turned the usual way round in place (see `turn`).

    Given names and surnames are counted as they stand, before.
    """
    return measured(rows)[0]


def measured(rows: Features, spread: Spread = map) -> tuple[Reference, Firms]:
    """Do what `measure` does and return the organisations of the records, too."""
    counts: dict[str, Counts] = {}
    shared: dict[str, Hashes] = {}
    swap(rows, np.flatnonzero(rows["flags"] & IS_TURNED))
    names, labels = agreed(rows)
    draft = Reference(len(rows), counts, shared, names, labels)
    for name in ("given", "surname"):
        counts[name] = _counted(rows[name], _buckets(len(rows), name))
    turn(rows, counts["given"], counts["surname"])
    beginnings = surname_beginnings(rows)
    ids = [rows[name] for name in SHARED]
    shared.update(zip(SHARED, spread(lambda values: _several(values, beginnings), ids), strict=True))
    firms = organisations(rows, draft)
    kinds = ("title", "city", "phone", "name", "org", "other_org")

    def counted(name: str) -> Counts:
        values = full_name(rows) if name == "name" else firms[name == "other_org"] if "org" in name else rows[name]
        return _counted(values, _buckets(len(rows), name))

    counts.update(zip(kinds, spread(counted, kinds), strict=True))
    counts["org"] += counts.pop("other_org")
    return draft, firms


def _counted(values: NDArray[np.unsignedinteger], size: int) -> Counts:
    counts = np.bincount(bucket(values, size), minlength=size).astype(np.uint32)
    counts[0] -= np.uint32(len(values) - np.count_nonzero(values))
    return counts


def _several(values: Hashes, surnames: NDArray[np.uint32]) -> Hashes:
    """Return, ascending, the values that stand beside two surnames or more.

    Buckets narrow the search: values that merely fell into one bucket are told apart afterwards.
    """
    told = np.flatnonzero((surnames != 0) & (values != 0))
    values, surnames = values[told], surnames[told]
    size = 1 << min(22, max(12, int(2 * len(values)).bit_length()))
    places = bucket(values, size)
    last = np.zeros(size, dtype=np.uint32)
    last[places] = surnames
    several = np.zeros(size, dtype=np.bool_)
    several[places[last[places] != surnames]] = True
    maybe = np.flatnonzero(several[places])
    values, surnames = values[maybe], surnames[maybe]
    order = np.lexsort((surnames, values))
    values, surnames = values[order], surnames[order]
    found: Hashes = distinct(values[1:][(values[1:] == values[:-1]) & (surnames[1:] != surnames[:-1])])
    return found


def agreed(rows: Features) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return company names and the domain label that at least `AGREEMENT` of each name's records have."""
    label = np.where(rows["mail_label"] != 0, rows["mail_label"], rows["web_label"])
    both = (rows["core"] != 0) & (label != 0)
    pairs = np.sort(rows["core"][both].astype(np.uint64) << np.uint64(32) | label[both])
    if not len(pairs):
        return np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint32)
    starts = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))
    sizes = np.diff(np.append(starts, len(pairs)))
    distinct = pairs[starts]
    names, labels = (distinct >> np.uint64(32)).astype(np.uint32), distinct.astype(np.uint32)
    firsts = np.flatnonzero(np.concatenate([[True], names[1:] != names[:-1]]))
    total, most = np.add.reduceat(sizes, firsts), np.maximum.reduceat(sizes, firsts)
    group = np.repeat(np.arange(len(firsts)), np.diff(np.append(firsts, len(names))))
    won = (sizes == most[group]) & (sizes >= AGREEMENT * total[group])
    return names[won], labels[won]


def organisations(rows: Features, reference: Reference) -> Firms:
    """Return the organisation of each record and a second one where its values name two (0 for none).

    Own domain first, then the web site, then what the company name stands for, else the name itself.
    """
    named = np.where(rows["core"] != 0, rows["squashed"], 0).astype(np.uint32)
    if len(reference.names):
        at = placed(rows["core"], reference.names)
        known = np.flatnonzero((at >= 0) & (rows["core"] != 0))
        named[known] = reference.labels[at[known]]
    mail, web = rows["mail_label"], rows["web_label"]
    org = np.where(mail != 0, mail, np.where(web != 0, web, named))
    other = np.where((mail != 0) & (web != 0) & (web != mail) & (named == mail), web, named)
    other = np.where((other == org) | (other == 0), np.where((web != org) & (org != 0), web, 0), other)
    return org.astype(np.uint32), other.astype(np.uint32)
