"""Names of people: given name, surname, what stands between, suffix; for a whole column at once.

Understood: "Smith, John", titles, credentials, brackets ("(She/Her)"), particles ("van der Berg"), hyphens, accents
and their spellings (ü, ue, u), initials, Jr and Sr. Nicknames are one given name ("Bob" is "Robert").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import spans, text
from pipeline.identity.engine.folding import folded as letters_of
from pipeline.identity.engine.lists import letter_map, number_map, word_map, word_set

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.text import Cells, Hashes, Ints

COMMA, BRACKET, CLOSED, PARTS = 44, 40, 41, 31
"""`PARTS` (the unit separator) stands between a first and a last name that came apart."""
SHOWN = 12
"""Letters of each name that are kept for comparing spellings."""


@dataclass(frozen=True, slots=True)
class Names:
    """One entry per row; hashes are 0 where there is none."""

    given: Hashes
    given_exact: Hashes
    initial: NDArray[np.uint8]
    formal_initial: NDArray[np.uint8]
    is_male: text.Bools
    is_female: text.Bools
    surname: Hashes
    surname_as_given: Hashes
    extra: Hashes
    middle: NDArray[np.uint8]
    last_initial: NDArray[np.uint8]
    suffix: NDArray[np.uint8]
    given_text: NDArray[np.bytes_]
    surname_text: NDArray[np.bytes_]


def folded(column: Cells) -> Cells:
    """Return names in lower case without accents, brackets and the e that spells an umlaut."""
    plain = letters_of(column)
    data = plain.data
    if not len(data):
        return plain
    before = np.empty_like(data)
    before[0], before[1:] = 0, data[:-1]
    before[plain.starts[plain.sizes > 0]] = 0
    dropped = (data == 101) & ((before == 97) | (before == 111) | (before == 117))
    opened = np.flatnonzero(data == BRACKET)
    if len(opened):
        # A bracket that nobody closed ends with its row or before the part sign.
        row_ends = plain.ends[np.searchsorted(plain.starts, opened, side="right") - 1]
        parts = np.flatnonzero(data == PARTS)
        closed = spans.first_of(parts, opened, row_ends, row_ends)
        closed = spans.first_of(np.flatnonzero(data == CLOSED), opened, closed, closed)
        change = np.zeros(len(data) + 1, dtype=np.int32)
        np.add.at(change, opened, 1)
        np.add.at(change, closed, -1)
        dropped |= np.cumsum(change[:-1]) > 0
    return plain.kept(~dropped)


def names(column: Cells) -> Names:
    """Read names; see the module's words for what is understood."""
    plain = folded(column)
    starts, ends, rows = spans.tokens(plain)
    count = len(plain)
    row = np.repeat(np.arange(count), np.diff(rows))
    hashed = text.Hasher(plain.data)(starts, ends)
    comma = spans.first_of_few(np.flatnonzero(plain.data == COMMA), plain.starts, plain.ends, plain.ends)
    parts = plain.first(PARTS, plain.ends)
    place = np.arange(len(starts)) - rows[row]
    suffix = number_map("suffixes").of(hashed, np.zeros(len(hashed), dtype=np.uint64))
    after = starts > comma[row]
    noise = word_set("honorifics").has(hashed) | ((suffix > 0) & (place > 0))
    noise |= word_set("credentials").has(hashed) & ((place > 1) | after)
    noise |= word_set("short_credentials").has(hashed) & after
    # "Klaus Ebert, P.E.": letters alone behind a whole name are no name.
    ahead = np.bincount(row[~noise & ~after], minlength=count)
    noise |= after & (ends - starts == 1) & (ahead[row] > 1)
    noise |= word_set("particles").has(hashed) & ((ends - starts > 1) | (place > 0))
    # A name made of such words only ("Ma", "Dr. Do") keeps them.
    left = np.bincount(row[~noise], minlength=count)
    core = ~noise | (left[row] == 0) & (suffix == 0)

    kept = np.flatnonzero(core)
    owner = row[kept]
    size = np.bincount(owner, minlength=count)
    first = np.cumsum(size) - size
    rank = np.arange(len(kept)) - first[owner]
    ahead = np.bincount(owner[starts[kept] < comma[owner]], minlength=count)
    ahead = np.where(comma < plain.ends, ahead, 0)
    turned = (ahead > 0) & (ahead < size)
    rank = np.where(turned[owner], (rank - ahead[owner]) % np.maximum(size[owner], 1), rank)
    spot = np.empty(len(kept), dtype=np.int64)
    spot[first[owner] + rank] = kept
    _letter_inward(spot, first, size, (ends - starts)[spot])

    with_first = np.bincount(owner[starts[kept] < parts[owner]], minlength=count)
    lone_surname = (size == 1) & (with_first == 0) & (parts < plain.ends)
    given_at = _at(spot, first, (size > 0) & ~lone_surname)
    surname_at = _at(spot, first + size - 1, (size > 1) | lone_surname)
    extra_at = _at(spot, first + size - 2, size > 2)

    edges = (np.append(starts, 0), np.append(ends, 0), np.append(hashed, np.uint64(0)))
    given, surname, extra = edges[2][given_at], edges[2][surname_at], edges[2][extra_at]
    data = np.append(plain.data, np.zeros(SHOWN + 1, dtype=np.uint8))
    lengths = [edges[1][at] - edges[0][at] for at in (given_at, surname_at, extra_at)]
    initial = np.where(lengths[0] > 0, data[edges[0][given_at]], 0).astype(np.uint8)
    middle = np.where(lengths[2] == 1, data[edges[0][extra_at]], 0).astype(np.uint8)
    last_initial = np.where(lengths[1] == 1, data[edges[0][surname_at]], 0)
    nobody = word_set("nobody").has(given) | (lengths[0] + lengths[1] <= 2)
    given = np.where((lengths[0] < 2) | nobody, 0, given).astype(np.uint64)
    surname = np.where((lengths[1] < 2) | nobody, 0, surname).astype(np.uint64)
    extra = np.where((lengths[2] < 2) | nobody, 0, extra).astype(np.uint64)
    canonical = word_map("nicknames", folded=True).of(given, given)
    words = text.Words(plain.data)
    shown = [
        _shown(words, edges[0][at], np.where(known != 0, edges[1][at] - edges[0][at], 0))
        for at, known in ((given_at, given), (surname_at, surname))
    ]
    return Names(
        given=canonical,
        given_exact=given,
        initial=np.where(nobody, 0, initial).astype(np.uint8),
        formal_initial=np.where(nobody, 0, letter_map().of(given, initial.astype(np.uint64))).astype(np.uint8),
        is_male=word_set("male").has(given),
        is_female=word_set("female").has(given),
        surname=surname,
        surname_as_given=word_map("nicknames", folded=True).of(surname, surname),
        extra=extra,
        middle=middle,
        last_initial=np.where(nobody, 0, last_initial).astype(np.uint8),
        suffix=_suffixes(count, row[suffix > 0], suffix[suffix > 0]),
        given_text=shown[0],
        surname_text=shown[1],
    )


def _suffixes(count: int, rows: Ints, suffixes: Hashes) -> NDArray[np.uint8]:
    told = np.zeros(count, dtype=np.uint8)
    told[rows] = suffixes
    return told


def _letter_inward(spot: Ints, first: Ints, size: Ints, length: Ints) -> None:
    """Let a lone letter behind two whole words stand between them, in place: "Jackson, Tyler W." came apart."""
    letters = np.concatenate([[0], np.cumsum(length == 1)])
    last = first + size - 1
    rows = np.flatnonzero(size > 2)
    rows = rows[(length[last[rows]] == 1) & (letters[last[rows] + 1] - letters[first[rows]] == 1)]
    spot[last[rows]], spot[last[rows] - 1] = spot[last[rows] - 1], spot[last[rows]]


def _at(spot: Ints, places: Ints, known: text.Bools) -> Ints:
    """Return the token at each place, or the one past the last (which is empty)."""
    out = np.full(len(places), -1, dtype=np.int64)
    out[known] = spot[places[known]]
    return out


def _shown(words: text.Words, starts: Ints, lengths: Ints) -> NDArray[np.bytes_]:
    """Return the first letters of each name, zeros behind its end."""
    letters = np.empty((len(starts), 2), dtype="<u8")
    letters[:, 0] = words(starts) & text.MASKS.take(lengths, mode="clip")
    letters[:, 1] = words(starts + text.WORD) & text.MASKS.take(lengths - text.WORD, mode="clip")
    return np.ascontiguousarray(letters.view(np.uint8)[:, :SHOWN]).view(f"S{SHOWN}").ravel()
