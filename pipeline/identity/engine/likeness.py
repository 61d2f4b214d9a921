"""How alike two names are, in bits: rare names that agree say much, names that exclude each other say no."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.identity.engine.columns import picked
from pipeline.identity.engine.keying import BITS
from pipeline.identity.engine.naming import IS_FEMALE, IS_MALE
from pipeline.identity.engine.pairs import Side
from pipeline.identity.engine.shortforms import are_forms
from pipeline.identity.engine.spelling import Spellings
from pipeline.identity.engine.turning import TURNED_FIELDS, swap

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.identity.engine.pairs import Pairs
    from pipeline.identity.engine.text import Bools

INITIAL = 3.5
MISSPELT = 4.0
"""What a misspelling takes away from an agreement."""
OTHER_GIVEN, OTHER_SURNAME, OTHER_BOTH = -12.0, -4.0, -30.0
OTHER_EXTRA = -5.0
SWAPPED = 2.0
"""What an agreement loses where it needs one of the names to be turned round."""
AKIN = -2.0
"""Given names that may be short forms of each other, as far as their letters tell (Musti, Mustafa)."""
SHORT_FORM = 2.0
"""What an agreement loses where one given name is a short form of the other and of more ("Al", "Rick")."""
MOST_GIVEN, MOST_SURNAME = 12.0, 18.0
_FIELDS = (*TURNED_FIELDS, "formal_initial", "extra", "middle", "suffix")
Bits = NDArray[np.float32]
_HEADS = (("given_head", "initial"), ("surname_head", "last_initial"))


@dataclass(frozen=True, slots=True)
class Likeness:
    """`bits` of agreement or contradiction; `is_compatible`: nothing speaks against one person.

    `is_other_surname`: only the surname does (people marry).
    """

    bits: Bits
    is_compatible: Bools
    is_other_surname: Bools


def name_bits(pairs: Pairs) -> Likeness:
    """Compare names: nicknames, initials, misspellings, double names, swapped given and surnames."""
    likeness = _as_they_stand(pairs)
    asked = np.flatnonzero(~likeness.is_compatible)
    part = pairs.of(asked)
    turnable = np.flatnonzero(_may_be_turned(part.left, part.right))
    if not len(turnable):
        return likeness
    asked, part = asked[turnable], part.of(turnable)
    for turned in (_turned(part, left=True), _turned(part, left=False)):
        found = _as_they_stand(turned)
        better = found.is_compatible & (
            found.bits - SWAPPED > np.where(likeness.is_compatible, likeness.bits, 0)[asked]
        )
        places = asked[better]
        likeness.bits[places] = found.bits[better] - SWAPPED
        likeness.is_compatible[places] = True
        likeness.is_other_surname[places] = False
    return likeness


def _as_they_stand(pairs: Pairs) -> Likeness:
    left, right = pairs.left, pairs.right
    given_rarity = _rarer(pairs, "given_bits", MOST_GIVEN)
    surname_rarity = _rarer(pairs, "surname_bits", MOST_SURNAME)
    given, given_no = _but(pairs, pairs.same("given_exact"), given_rarity, _given)
    surname, surname_no = _but(pairs, pairs.same("surname"), surname_rarity, _surname)
    # People of one family name are no nearer to each other for it.
    bits = np.where(given_no & surname_no, OTHER_BOTH, np.where(given_no, given, given + surname))
    middle = pairs.same("middle") * 3.0 - pairs.differ("middle") * 6.0
    one_suffix = ((left["suffix"] != 0) != (right["suffix"] != 0)) * -1.0
    bits = bits + np.where(given_no | surname_no, 0, middle + _other_extra(pairs)) + one_suffix
    return Likeness(bits.astype(np.float32), ~(given_no | surname_no), surname_no & ~given_no)


def _but(
    pairs: Pairs, same: Bools, rarity: Bits, compared: Callable[[Pairs, Bits], tuple[Bits, Bools]]
) -> tuple[Bits, Bools]:
    """Return the bits of names and where they exclude each other: the same ones agree, the others are compared."""
    bits, wrong = rarity.copy(), np.zeros(len(rarity), dtype=np.bool_)
    rest = np.flatnonzero(~same)
    if len(rest):
        bits[rest], wrong[rest] = compared(pairs.of(rest), rarity.take(rest))
    return bits, wrong


def _rarer(pairs: Pairs, name: str, most: float) -> Bits:
    """Return the bits of the more common of two names."""
    common = np.minimum(pairs.left_rare[name], pairs.right_rare[name])
    bits: Bits = np.minimum(common.astype(np.float32) / np.float32(BITS), np.float32(most))
    return bits


def _may_be_turned(left: Side, right: Side) -> Bools:
    """Return where each name of one side could be the other name of the other side, by their first letters."""
    one, two = (np.where(left[word] != 0, left[word], left[letter]) for word, letter in _HEADS)
    three, four = (np.where(right[word] != 0, right[word], right[letter]) for word, letter in _HEADS)
    known: Bools = ((one != 0) | (two != 0)) & ((three != 0) | (four != 0))
    return known & _agree(one, four) & _agree(two, three)


def _agree(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> Bools:
    result: Bools = (one == two) | (one == 0) | (two == 0)
    return result


def _turned(pairs: Pairs, *, left: bool) -> Pairs:
    """Return the pairs with the names of one side the other way round; how rare they are the other side tells."""
    side, rare = (pairs.left, pairs.right_rare) if left else (pairs.right, pairs.left_rare)
    rows = picked(side.rows, _FIELDS, side.numbers)
    swap(rows, np.arange(len(rows)))
    turned = Side(rows, np.arange(len(rows)))
    return replace(
        pairs,
        left=turned if left else pairs.left,
        right=pairs.right if left else turned,
        left_rare=rare,
        right_rare=rare,
    )


def _other_extra(pairs: Pairs) -> Bits:
    """Return what two different names in the middle take away: Min-jun Park is not Min-ra Park."""
    left, right = pairs.left, pairs.right
    bits = np.zeros(len(left), dtype=np.float32)
    asked = np.flatnonzero(pairs.differ("extra"))
    for one, two in ((left, right), (right, left)):
        extra = one.some("extra", asked)
        is_other = (extra != two.some("surname", asked)) & (extra != two.some("given_exact", asked))
        asked = asked[is_other]
    bits[asked] = OTHER_EXTRA
    return bits


def _given(pairs: Pairs, rarity: Bits) -> tuple[Bits, Bools]:
    """Compare given names that are not the same."""
    left, right = pairs.left, pairs.right
    sexes = (left["flags"] ^ right["flags"]) & (IS_MALE | IS_FEMALE)
    formal = sexes == (IS_MALE | IS_FEMALE)
    nickname = pairs.same("given") & ~formal
    known_left, known_right = left["given"] != 0, right["given"] != 0
    lone = ~(known_left & known_right) & (left["initial"] != 0) & (right["initial"] != 0)
    initial = (left["initial"] == right["initial"]) | (left["formal_initial"] == right["initial"])
    initial = lone & (initial | (left["initial"] == right["formal_initial"]))
    middle = (left["given_exact"] == right["extra"]) & known_left | (
        right["given_exact"] == left["extra"]
    ) & known_right
    open_ = known_left & known_right & ~nickname & ~middle
    bits = np.where(nickname, rarity - 1, np.where(initial, INITIAL, 0))
    bits = np.where(middle & ~nickname, np.maximum(rarity - 3, 2), bits)
    wrong = lone & ~initial
    asked = np.flatnonzero(open_)
    if len(asked):
        spelled = Spellings(left.names("given_text", asked), right.names("given_text", asked))
        close, akin = spelled.are_close() | spelled.are_beginnings(), spelled.are_akin()
        bits[asked] = np.where(close, np.maximum(rarity[asked] - MISSPELT, 1), np.where(akin, AKIN, OTHER_GIVEN))
        wrong[asked] = ~(close | akin)
        rest = asked[~close]
        forms = rest[are_forms(left["given_exact"][rest], right["given_exact"][rest])]
        bits[forms] = np.maximum(rarity[forms] - SHORT_FORM, 2)
        wrong[forms] = False
    bits = np.where(lone & ~initial, OTHER_GIVEN / 2, bits)
    return bits.astype(np.float32), wrong


def _last_letter(rows: Side) -> NDArray[np.uint8]:
    return np.where(rows["surname"] != 0, rows["surname_head"], rows["last_initial"]).astype(np.uint8)


def _surname(pairs: Pairs, rarity: Bits) -> tuple[Bits, Bools]:
    """Compare surnames that are not the same."""
    left, right = pairs.left, pairs.right
    known = (left["surname"] != 0) & (right["surname"] != 0)
    double = (left["surname"] == right["extra"]) | (left["extra"] == right["surname"])
    double |= (left["extra"] == right["extra"]) & (left["extra"] != 0)
    double &= known
    bits = np.where(double, np.maximum(rarity - 2, 4), 0)
    # "John S.": the letter is compared with the other side's surname.
    here, there = _last_letter(left), _last_letter(right)
    lone = ~known & (here != 0) & (there != 0)
    # Who has two surnames may shorten either: "Ana V." is Ana Valente Almeida, too.
    either = (here != there) & (
        (left["surname"] == 0) & (right["extra"] != 0) | (right["surname"] == 0) & (left["extra"] != 0)
    )
    bits = np.where(lone, np.where(here == there, INITIAL, np.where(either, 0, OTHER_SURNAME)), bits)
    wrong = lone & (here != there) & ~either
    asked = np.flatnonzero(known & ~double)
    if len(asked):
        spelled = Spellings(left.names("surname_text", asked), right.names("surname_text", asked))
        close = spelled.are_close() | spelled.are_beginnings(fewest=5)
        bits[asked] = np.where(close, np.maximum(rarity[asked] - MISSPELT, 2), OTHER_SURNAME)
        wrong[asked] = ~close
    return bits.astype(np.float32), wrong
