"""What two records say for or against one person, measure by measure, before it is weighed.

A measure is a column over pairs: bits of an agreement, or 1 where something holds. What one unit of it is worth is a
weight: believed at first (`believed`), then learned from the list itself (see `calibration`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.identity.engine.features import IS_FREE
from pipeline.identity.engine.keying import BITS

if TYPE_CHECKING:
    from pipeline.identity.engine.likeness import Likeness
    from pipeline.identity.engine.pairs import Pairs
    from pipeline.identity.engine.text import Bools

Bits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measure:
    """`kind`: of evidence it counts to; `believed`: bits per unit; `slack`: how far a list may teach otherwise."""

    name: str
    kind: str
    believed: float
    slack: float


MEASURES = (
    Measure("name_alike", "name", 0.65, 0.2),
    Measure("name_unlike", "name", 0.5, 0.5),
    Measure("name_common", "name", -0.5, 0.5),
    Measure("name_alone", "name", -1.0, 2.0),
    Measure("same_extra", "name", 2.0, 2.0),
    Measure("same_organisation", "organisation", 0.35, 0.2),
    Measure("other_organisation", "organisation", -1.5, 3.0),
    Measure("no_organisation", "name", 0.0, 2.0),
    Measure("same_mailbox", "email", 11.0, 2.0),
    Measure("shared_mailbox", "email", 8.0, 2.0),
    Measure("other_mailbox", "email", 0.6, 0.4),
    Measure("same_phone", "phone", 0.6, 0.3),
    Measure("shared_phone", "phone", -1.0, 1.0),
    Measure("other_phone", "phone", -0.5, 0.5),
    Measure("same_title", "title", 1.2, 0.6),
    Measure("related_title", "title", 0.5, 1.0),
    Measure("other_title", "title", -3.0, 5.0),
    Measure("other_title_elsewhere", "title", 1.0, 2.0),
    Measure("same_city", "place", 0.5, 0.4),
    Measure("other_city", "place", -1.2, 1.5),
    Measure("same_country", "place", 0.8, 0.8),
    Measure("same_city_elsewhere", "place", 0.0, 0.5),
    Measure("same_country_elsewhere", "place", 0.0, 1.5),
    Measure("other_country", "place", -1.5, 2.0),
    Measure("namesakes", "namesakes", -5.0, 2.0),
)
BELIEVED = np.array([measure.believed for measure in MEASURES], dtype=np.float64)
SLACK = np.array([measure.slack for measure in MEASURES], dtype=np.float64)


HEAD_START = 9.8
"""Bits by which records that meet in a block are likelier one person than any two records."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What evidence is worth in a list of about 2 ** `chance` records.

    `learned`: bits per unit of each measure, and at the end what every pair has in addition.
    """

    chance: float
    learned: NDArray[np.float64]

    @property
    def bits(self) -> Bits:
        """Bits per unit of each measure."""
        return self.learned[:-1].astype(np.float32)

    @property
    def is_taught(self) -> bool:
        """Whether the list taught anything."""
        return not np.array_equal(self.learned, believed())

    @property
    def base(self) -> float:
        """Bits that every pair has before the list taught anything."""
        return HEAD_START

    @property
    def need(self) -> float:
        """Bits that two records must reach before they are likelier one person than two."""
        return self.chance - self.base - float(self.learned[-1])


def believed() -> NDArray[np.float64]:
    """Return what is believed of lists in general, for `Weights.learned`."""
    return np.append(BELIEVED, 0.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """`values`: one row per measure; `is_together`: one firm; `is_ambiguous`: two people bear the name there."""

    values: Bits
    is_together: Bools
    is_ambiguous: Bools


def measured(pairs: Pairs, chance: float, likeness: Likeness, *, has_id: Bools) -> Measured:
    """Measure pairs. `chance`: log2 of the records; `has_id`: pairs whom namesakes at a firm do not concern."""
    values = np.zeros((len(MEASURES), len(pairs.left)), dtype=np.float32)
    row = {measure.name: values[place] for place, measure in enumerate(MEASURES)}
    email, phone = pairs.same("email"), pairs.same("phone")
    organisation = _organisation(pairs)
    apart = (organisation == 0) & (pairs.left_rare["org"] != 0) & (pairs.right_rare["org"] != 0)
    _names(row, pairs, likeness, alone=(organisation == 0) & ~email & ~phone)
    row["same_organisation"][:] = np.where(email, 0, organisation)
    row["other_organisation"][:] = apart
    row["no_organisation"][:] = (pairs.left_rare["org"] == 0) | (pairs.right_rare["org"] == 0)
    asked = np.flatnonzero(email)
    shared = pairs.are_shared("email", asked)
    row["same_mailbox"][asked], row["shared_mailbox"][asked] = ~shared, shared
    _other_mailbox(row["other_mailbox"], pairs)
    _phones(row, pairs, phone, chance, organisation)
    _titles(row, pairs, apart)
    asked = np.flatnonzero(pairs.same("city"))
    row["same_city"][asked] = np.minimum(pairs.rarity("city_bits", asked) * np.float32(0.5), 3)
    row["other_city"][:] = pairs.differ("city")
    row["same_country"][:] = pairs.same("country")
    row["other_country"][:] = pairs.differ("country")
    row["same_city_elsewhere"][:] = np.where(apart, row["same_city"], 0)
    row["same_country_elsewhere"][:] = apart & (row["same_country"] > 0)
    ambiguous = pairs.have_namesake & ~has_id
    row["namesakes"][:] = ambiguous
    return Measured(values, organisation > 0, ambiguous)


def _names(row: dict[str, Bits], pairs: Pairs, likeness: Likeness, *, alone: Bools) -> None:
    alike = likeness.bits > 0
    asked = np.flatnonzero(alike)
    row["name_alike"][:] = np.maximum(likeness.bits, 0)
    row["name_unlike"][:] = np.minimum(likeness.bits, 0)
    common = np.maximum(pairs.left_rare.some("name_log", asked), pairs.right_rare.some("name_log", asked))
    row["name_common"][asked] = common.astype(np.float32) / np.float32(BITS)
    row["name_alone"][:] = alike & alone
    row["same_extra"][:] = alike & pairs.same("extra")


def _organisation(pairs: Pairs) -> Bits:
    left, right = pairs.left_rare, pairs.right_rare
    bits = np.zeros(len(left), dtype=np.float32)
    for one in ("org", "other_org"):
        for other in ("org", "other_org"):
            asked = np.flatnonzero((left[one] == right[other]) & (left[one] != 0))
            bits[asked] = np.maximum(bits[asked], pairs.rarity(f"{one}_bits", asked))
    return bits


def _other_mailbox(row: Bits, pairs: Pairs) -> None:
    """Two mailboxes at one domain are seldom one person's; two free ones often are, unless numbered."""
    asked = np.flatnonzero(pairs.differ("email"))
    is_free, other_free = pairs.have_flag(IS_FREE, asked)
    one_domain, letters = pairs.are_same("domain", asked), pairs.are_same("letters", asked)
    numbers = pairs.left.some("digits", asked) != pairs.right.some("digits", asked)
    alias = one_domain & letters & ~numbers
    bits = np.where(one_domain & ~is_free & ~alias, -4.5, 0)
    bits += np.where(is_free & other_free & ~alias, -1.5, 0)
    bits += np.where(letters & numbers & is_free & other_free, -3, 0)
    row[asked] = bits


def _phones(row: dict[str, Bits], pairs: Pairs, phone: Bools, chance: float, organisation: Bits) -> None:
    asked = np.flatnonzero(phone)
    shared, organisation = pairs.are_shared("phone", asked), organisation.take(asked)
    bits = np.minimum(pairs.rarity("phone_bits", asked), np.float32(chance - 4))
    # A switchboard says where somebody works: it counts once, with the organisation.
    twice = shared & (organisation > 0)
    row["same_phone"][asked] = np.where(twice, np.maximum(bits - organisation, 0), bits)
    row["shared_phone"][asked] = shared
    row["other_phone"][:] = pairs.differ("phone")


def _titles(row: dict[str, Bits], pairs: Pairs, apart: Bools) -> None:
    left, right = pairs.left["title_words"], pairs.right["title_words"]
    same, related = pairs.same("title"), (left & right) != 0
    strangers = ~same & ~related & (left != 0) & (right != 0)
    asked = np.flatnonzero(same)
    row["same_title"][asked] = np.minimum(pairs.rarity("title_bits", asked) * np.float32(0.7), 4)
    row["related_title"][:] = related & ~same
    row["other_title"][:] = strangers
    # Who changes the firm often changes the work with it.
    row["other_title_elsewhere"][:] = strangers & apart
