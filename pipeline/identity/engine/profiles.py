"""LinkedIn addresses: the public slug of a person, or the member id of Sales Navigator; company pages are neither.

The two are different id spaces and never compared with each other (Sales Navigator fact sheet §1, row 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.identity.engine import spans, text
from pipeline.identity.engine.folding import folded as letters_of
from pipeline.identity.engine.text import Bools, Cells, Hashes, Ints

SLASH, PERCENT, HYPHEN = 47, 37, 45
_HEX = np.zeros(256, dtype=np.uint8)
for _digit in "0123456789abcdef":
    _HEX[ord(_digit)] = _HEX[ord(_digit.upper())] = int(_digit, 16)
_LOWER = np.uint64(0x2020202020202020)
_PEOPLE, _SALES = (b"in/", b"pub/"), (b"lead/", b"people/")
_STOPS = np.zeros(256, dtype=np.bool_)
for _mark in "/?#,&; \t\r\n\"'<>":
    _STOPS[ord(_mark)] = True
_DIGITS = np.zeros(256, dtype=np.bool_)
_DIGITS[48:58] = True
_HYPHENS = np.arange(256, dtype=np.uint8)
_HYPHENS[text.SPACE] = HYPHEN


@dataclass(frozen=True, slots=True)
class Profiles:
    """One entry per row, 0 for none. `stem`: the slug without the ending LinkedIn adds ("-1a2b3c4d") and hyphens.

    `is_bare`: the slug has no such ending, so it may be the same page's earlier or later name.
    """

    slug: Hashes
    stem: Hashes
    is_bare: Bools
    member: Hashes
    stems: Cells


def profiles(column: Cells) -> Profiles:
    """Read addresses with or without scheme, language host, language path, query; percent-encoded or not."""
    column = _decoded(column)
    data = column.data
    slashes = np.flatnonzero(data == SLASH)
    ahead = text.Words(data)(slashes + 1) | _LOWER
    start, sales = (_behind(slashes, ahead, words, column) for words in (_PEOPLE, _SALES))
    bare = _opens(data, column, b"in/") & (start < 0)
    start = np.where(bare, column.starts + 3, start)
    sold = sales >= 0
    start = np.where(sold, sales, start)
    raw = column.narrowed(np.where(start >= 0, start, column.ends), column.ends)
    end = spans.first_of_few(np.flatnonzero(_STOPS.take(raw.data)), raw.starts, raw.ends, raw.ends)

    raw = Cells(raw.data, raw.starts, end)
    is_member = sold | (_opens(raw.data, raw, b"AC") & _third(raw) & (raw.sizes >= 12))
    member = np.zeros(len(raw), dtype=np.uint64)
    told = np.flatnonzero(is_member)
    member[told] = text.Hasher(raw.data)(raw.starts[told], raw.ends[told])
    slugs = _folded(raw.narrowed(raw.starts, np.where(is_member, raw.starts, raw.ends)))
    slug = text.hashes(slugs)
    stems = Cells(slugs.data, slugs.starts, _stem_ends(slugs))
    return Profiles(
        slug=slug,
        stem=text.hashes(stems.kept(slugs.data != HYPHEN)),
        is_bare=(stems.ends == slugs.ends) & (slug != 0),
        member=member,
        stems=stems,
    )


def members(column: Cells) -> Hashes:
    """Return member ids of a column that holds nothing else, comparable with those of `profiles`."""
    return text.hashes(column)


def looks_like_member(column: Cells) -> Bools:
    """Return which rows are member ids ("ACwAA...") by their look."""
    return _opens(column.data, column, b"AC") & _third(column) & (column.sizes >= 12)


def _third(column: Cells) -> Bools:
    """Return whether "AA" stands at the fourth letter, as in ACwAA and ACoAA."""
    data = np.append(column.data, np.zeros(5, dtype=np.uint8))
    long = column.sizes >= 5
    spot = np.where(long, column.starts, len(column.data))
    found: Bools = long & (data[spot + 3] == 65) & (data[spot + 4] == 65)
    return found


def _behind(slashes: Ints, ahead: Hashes, words: tuple[bytes, ...], column: Cells) -> Ints:
    """Return where the first of the words that follows a slash ends in each row, -1 where there is none.

    `ahead`: the eight bytes behind each slash, in lower case; they may reach into the next row, a word may not.
    """
    sizes = np.zeros(len(slashes), dtype=np.int64)
    for word in words:
        sizes[(ahead & text.MASKS[len(word)]) == np.uint64(int.from_bytes(word, "little"))] = len(word) + 1
    told = np.flatnonzero(sizes)
    opens = slashes.take(told)
    at = np.searchsorted(opens, column.starts)
    behind = np.append(opens + sizes.take(told), len(column.data) + 1).take(at)
    inside = (np.append(opens, len(column.data)).take(at) < column.ends) & (behind <= column.ends)
    return np.where(inside, behind, -1)


def _opens(data: text.Bytes, column: Cells, piece: bytes) -> Bools:
    out = column.sizes >= len(piece)
    for offset, letter in enumerate(piece):
        out[out] = data[column.starts[out] + offset] == letter
    return out


def _decoded(column: Cells) -> Cells:
    places = np.flatnonzero(column.data == PERCENT)
    if not len(places):
        return column
    # Rows with such letters are read anew and put where they were: they are shorter now.
    told = np.flatnonzero(np.diff(np.searchsorted(places, np.append(column.starts, len(column.data)))))
    part = column.narrowed(column.starts.take(told), column.ends.take(told))
    data = part.data
    places = np.flatnonzero(data == PERCENT)
    places = places[places + 2 < part.ends[np.searchsorted(part.ends, places, side="right")]]
    data[places] = _HEX[data[places + 1]] * 16 + _HEX[data[places + 2]]
    keep = np.ones(len(data), dtype=np.bool_)
    keep[places + 1] = keep[places + 2] = False
    part = Cells(data, part.starts, part.ends).kept(keep)
    data, starts, ends = column.data.copy(), column.starts.take(told), column.ends.copy()
    data[np.arange(len(part.data)) + np.repeat(starts - part.starts, part.sizes)] = part.data
    ends[told] = starts + part.sizes
    return Cells(data, column.starts, ends)


def _folded(column: Cells) -> Cells:
    """Return slugs in lower case without accents, hyphens kept, outer hyphens and dots off."""
    plain = letters_of(column)
    return Cells(_HYPHENS.take(plain.data), plain.starts, plain.ends)


def _stem_ends(column: Cells) -> Ints:
    """Return where each slug ends without a last piece of six or more letters and digits, some of them digits."""
    last = spans.last_of(np.flatnonzero(column.data == HYPHEN), column.starts, column.ends, column.ends)
    digit = spans.last_of(np.flatnonzero(_DIGITS.take(column.data)), column.starts, column.ends, column.starts)
    return np.where((column.ends - last > 5) & (digit > last) & (last > column.starts), last, column.ends)
