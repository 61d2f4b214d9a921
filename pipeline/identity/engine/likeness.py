"""How alike two names are, in bits: rare names that agree say much, names that exclude each other say no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine.features import IS_FEMALE, IS_MALE
from pipeline.identity.engine.reference import BITS
from pipeline.identity.engine.spelling import is_akin, is_beginning, is_close, letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.pairs import Pairs, Side
    from pipeline.identity.engine.text import Bools

INITIAL = 3.5
MISSPELT = 4.0
"""What a misspelling takes away from an agreement."""
OTHER_GIVEN, OTHER_SURNAME, OTHER_BOTH = -12.0, -4.0, -30.0
OTHER_EXTRA = -5.0
AKIN = -2.0
"""Given names that may be short forms of each other, as far as their letters tell (Musti, Mustafa)."""
MOST_GIVEN, MOST_SURNAME = 12.0, 18.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """`bits` of agreement or contradiction; `is_compatible`: nothing speaks against one person.

    `is_other_surname`: only the surname does (people marry).
    """

    bits: NDArray[np.float32]
    is_compatible: Bools
    is_other_surname: Bools


def name_bits(pairs: Pairs) -> Likeness:
    """Compare names: nicknames, initials, misspellings, double names, swapped given and surnames."""
    left, right = pairs.left, pairs.right
    given_rarity = np.minimum(np.minimum(pairs.rarity("given_bits"), _right(pairs, "given_bits")), MOST_GIVEN)
    surname_rarity = np.minimum(np.minimum(pairs.rarity("surname_bits"), _right(pairs, "surname_bits")), MOST_SURNAME)
    given, given_no = _given(pairs, given_rarity)
    surname, surname_no = _surname(pairs, surname_rarity)
    swapped = _crossed(left, right) & (given_no | surname_no)
    # People of one family name are no nearer to each other for it.
    bits = np.where(given_no & surname_no, OTHER_BOTH, np.where(given_no, given, given + surname))
    bits = np.where(swapped, np.maximum(given_rarity, 4) + np.maximum(surname_rarity, 4) - 2, bits)
    middle = pairs.same("middle") * 3.0 - pairs.differ("middle") * 6.0
    one_suffix = ((left["suffix"] != 0) != (right["suffix"] != 0)) * -1.0
    bits = bits + np.where(given_no | surname_no, 0, middle + _other_extra(pairs)) + one_suffix
    return Likeness(bits.astype(np.float32), ~(given_no | surname_no) | swapped, surname_no & ~given_no & ~swapped)


def _right(pairs: Pairs, name: str) -> NDArray[np.float32]:
    return pairs.right_rare[name].astype(np.float32) / np.float32(BITS)


def _crossed(left: Side, right: Side) -> Bools:
    """Return where one side's given name is the other's surname and the other way round."""
    known = (left["given_exact"] != 0) & (left["surname"] != 0)
    one = (left["given_exact"] == right["surname"]) | (left["given"] == right["surname"])
    two = (right["given_exact"] == left["surname"]) | (right["given"] == left["surname"])
    result: Bools = known & one & two
    return result


def _other_extra(pairs: Pairs) -> NDArray[np.float32]:
    """Return what two different names in the middle take away: Min-jun Park is not Min-ra Park."""
    left, right = pairs.left, pairs.right
    other = pairs.differ("extra")
    for one, two in ((left, right), (right, left)):
        other &= (one["extra"] != two["surname"]) & (one["extra"] != two["given_exact"])
    return np.where(other, np.float32(OTHER_EXTRA), np.float32(0))


def _given(pairs: Pairs, rarity: NDArray[np.float32]) -> tuple[NDArray[np.float32], Bools]:
    left, right = pairs.left, pairs.right
    exact = pairs.same("given_exact")
    sexes = (left["flags"] ^ right["flags"]) & (IS_MALE | IS_FEMALE)
    formal = sexes == (IS_MALE | IS_FEMALE)
    nickname = pairs.same("given") & ~exact & ~formal
    known_left, known_right = left["given"] != 0, right["given"] != 0
    lone = ~(known_left & known_right) & (left["initial"] != 0) & (right["initial"] != 0)
    initial = (left["initial"] == right["initial"]) | (left["formal_initial"] == right["initial"])
    initial = lone & (initial | (left["initial"] == right["formal_initial"]))
    middle = (left["given_exact"] == right["extra"]) & known_left | (
        right["given_exact"] == left["extra"]
    ) & known_right
    open_ = known_left & known_right & ~exact & ~nickname & ~middle
    bits = np.where(exact, rarity, np.where(nickname, rarity - 1, np.where(initial, INITIAL, 0)))
    bits = np.where(middle & ~exact & ~nickname, np.maximum(rarity - 3, 2), bits)
    wrong = lone & ~initial
    asked = np.flatnonzero(open_)
    if len(asked):
        one, two = left.names("given_text", asked), right.names("given_text", asked)
        close, akin = is_close(one, two) | is_beginning(one, two), is_akin(one, two)
        bits[asked] = np.where(close, np.maximum(rarity[asked] - MISSPELT, 1), np.where(akin, AKIN, OTHER_GIVEN))
        wrong[asked] = ~(close | akin)
    bits = np.where(lone & ~initial, OTHER_GIVEN / 2, bits)
    return bits.astype(np.float32), wrong


def _last_letter(rows: Side) -> NDArray[np.uint8]:
    return np.where(rows["surname"] != 0, letters(rows.names("surname_text"))[:, 0], rows["last_initial"]).astype(
        np.uint8
    )


def _surname(pairs: Pairs, rarity: NDArray[np.float32]) -> tuple[NDArray[np.float32], Bools]:
    left, right = pairs.left, pairs.right
    same = pairs.same("surname")
    known = (left["surname"] != 0) & (right["surname"] != 0)
    double = (left["surname"] == right["extra"]) | (left["extra"] == right["surname"])
    double |= (left["extra"] == right["extra"]) & (left["extra"] != 0)
    double &= known & ~same
    bits = np.where(same, rarity, np.where(double, np.maximum(rarity - 2, 4), 0))
    # "John S.": the letter is compared with the other side's surname.
    here, there = _last_letter(left), _last_letter(right)
    lone = ~known & (here != 0) & (there != 0)
    bits = np.where(lone, np.where(here == there, INITIAL, OTHER_SURNAME), bits)
    wrong = lone & (here != there)
    asked = np.flatnonzero(known & ~same & ~double)
    if len(asked):
        one, two = left.names("surname_text", asked), right.names("surname_text", asked)
        close = is_close(one, two) | is_beginning(one, two, fewest=5)
        bits[asked] = np.where(close, np.maximum(rarity[asked] - MISSPELT, 2), OTHER_SURNAME)
        wrong[asked] = ~close
    return bits.astype(np.float32), wrong
