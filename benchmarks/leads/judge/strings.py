"""Text in numpy's variable-width string type: joined, chosen, cut and spoiled by whole columns. Empty means absent."""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Text = np.ndarray[Any, np.dtypes.StringDType]
Codes = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
DTYPE = np.dtypes.StringDType()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "\u0131": "i", "đ": "d", "Đ": "D", "æ": "ae"}
)
_UMLAUTS = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "Ä": "Ae",
    "Ö": "Oe",
    "Ü": "Ue",
    "ß": "ss",
    "ø": "oe",
    "Ø": "Oe",
    "å": "aa",
}
_SPELLED = str.maketrans({**_UMLAUTS, "Å": "Aa"})


def text(values: Iterable[str]) -> Text:
    """Return the values as a column."""
    return np.array(list(values), dtype=DTYPE)


def blank(size: int) -> Text:
    """Return a column of nothing."""
    return np.zeros(size, dtype=DTYPE)


def join(*parts: Text | str) -> Text:
    """Return the parts written after each other, row by row."""
    return functools.reduce(np.strings.add, [np.array(p, dtype=DTYPE) if isinstance(p, str) else p for p in parts])


def either(mask: Mask, yes: Text, no: Text) -> Text:
    """Return `yes` where the mask holds and `yes` is not empty, else `no`."""
    return np.where(mask & (yes != ""), yes, no)


def changed(mask: Mask, values: Text, how: Callable[[Text], Text]) -> Text:
    """Return the values with those under the mask replaced by what `how` makes of them."""
    after = values.copy()
    after[mask] = how(values[mask])
    return after


def glue(left: Text, between: str, right: Text) -> Text:
    """Return left and right with `between`, which is left out when either is empty."""
    both = (left != "") & (right != "")
    return np.where(both, join(left, between, right), join(left, right))


def parted(values: Text, mark: str) -> tuple[Text, Text]:
    """Return what stands before and after the first mark; all and nothing where there is none."""
    place = np.strings.find(values, mark)
    lengths = np.strings.str_len(values)
    place = np.where(place < 0, lengths, place)
    after = np.strings.slice(values, np.minimum(place + len(mark), lengths), lengths)
    return np.strings.slice(values, 0, place), after


def plain(word: str) -> str:
    """Return the word in ASCII letters, accents dropped."""
    folded = unicodedata.normalize("NFKD", word.translate(_PLAIN))
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def spelled(word: str) -> str:
    """Return the word with umlauts written out, as in Mueller."""
    return plain(word.translate(_SPELLED))


def picked(rng: np.random.Generator, values: Sequence[str] | Text, size: int) -> Text:
    """Return `size` values drawn evenly."""
    column = values if isinstance(values, np.ndarray) else text(values)
    return column[rng.integers(0, len(column), size)]


def kinds(rng: np.random.Generator, table: np.ndarray[Any, np.dtype[np.float64]], rows: Codes) -> Codes:
    """Draw for each row a kind from that row's line of probabilities (the rest is the last kind plus one)."""
    drawn = rng.random(len(rows))
    limits = np.cumsum(table, axis=1)[rows]
    return (drawn[:, None] >= limits).sum(axis=1)


def numbered(values: Text) -> Codes:
    """Return equal numbers for equal values."""
    encoded = pa.array(values.astype(object), pa.string()).dictionary_encode()
    return np.asarray(encoded.indices.to_numpy(), dtype=np.int64)


def ranks(groups: Codes, order: np.ndarray[Any, Any]) -> Codes:
    """Return each row's place (from 0) within its group, by `order`."""
    sequence = np.lexsort((order, groups))
    ordered = groups[sequence]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(ordered)])
    places = np.empty(len(groups), dtype=np.int64)
    places[sequence] = np.arange(len(ordered)) - np.repeat(starts, sizes)
    return places


def squeezed(values: Text) -> Text:
    """Return the values in lower case without blanks, hyphens, dots and apostrophes, as mailboxes are made."""
    lowered = np.strings.lower(values)
    for mark in (" ", "-", "'", "."):
        lowered = np.strings.replace(lowered, mark, "")
    return lowered


def mistyped(rng: np.random.Generator, values: Text) -> Text:
    """Return the values with one slip of the hand each: a letter lost, doubled, swapped with the next, or wrong."""
    size = len(values)
    lengths = np.strings.str_len(values)
    place = np.minimum(1 + (rng.random(size) * np.maximum(lengths - 1, 1)).astype(np.int64), np.maximum(lengths - 1, 0))
    slip = rng.integers(0, 4, size)
    before, after = np.strings.slice(values, 0, place), np.strings.slice(values, place + 1, lengths + 1)
    letter, following = np.strings.slice(values, place, place + 1), np.strings.slice(values, place + 1, place + 2)
    rest = np.strings.slice(values, np.minimum(place + 2, lengths), lengths + 1)
    wrong = picked(rng, list(LETTERS), size)
    choices = [join(before, after), join(before, letter, letter, after), join(before, following, letter, rest)]
    spoiled = np.select([slip == 0, slip == 1, slip == 2], choices, join(before, wrong, after))
    return np.where(lengths > 2, spoiled, values)


def tokens(rng: np.random.Generator, size: int, length: int, letters: str) -> Text:
    """Return random words of one length."""
    alphabet = np.frombuffer(letters.encode(), dtype=np.uint8)
    drawn = alphabet[rng.integers(0, len(alphabet), (size, length))]
    return np.ascontiguousarray(drawn).view(f"S{length}").ravel().astype(f"U{length}").astype(DTYPE)
