"""LinkedIn addresses: the public slug of a person, or the member id of Sales Navigator; company pages are neither.

The two are different id spaces and never compared with each other (Sales Navigator fact sheet §1, row 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.identity.engine import text
from pipeline.identity.engine.folding import folded as letters_of
from pipeline.identity.engine.text import Bools, Cells, Hashes, Ints

SLASH, PERCENT, HYPHEN = 47, 37, 45
_HEX = np.zeros(256, dtype=np.uint8)
for _digit in "0123456789abcdef":
    _HEX[ord(_digit)] = _HEX[ord(_digit.upper())] = int(_digit, 16)
_STOPS = np.zeros(256, dtype=np.bool_)
for _mark in "/?#,&; \t\r\n\"'<>":
    _STOPS[ord(_mark)] = True
_LETTERS, _DIGITS = (np.zeros(256, dtype=np.bool_) for _ in range(2))
_LETTERS[97:123] = _LETTERS[65:91] = _LETTERS[128:] = True
_DIGITS[48:58] = True


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
    is_person = _after(data, b"/in/")
    is_old = _after(data, b"/pub/")
    is_sales = np.union1d(_after(data, b"/lead/"), _after(data, b"/people/"))
    start = _first(np.union1d(is_person, is_old), column)
    sales = _first(is_sales, column)
    bare = _opens(data, column, b"in/") & (start < 0)
    start = np.where(bare, column.starts + 3, start)
    sold = sales >= 0
    start = np.where(sold, sales, start)
    found = start >= 0
    start = np.where(found, start, column.ends)
    end = text.first_of(np.flatnonzero(_STOPS[data]), start, column.ends, column.ends)

    raw = column.narrowed(start, end)
    is_member = sold | (_opens(raw.data, raw, b"AC") & _third(raw) & (raw.sizes >= 12))
    member = np.where(is_member, text.hashes(raw), 0).astype(np.uint64)
    slugs = _folded(raw.narrowed(raw.starts, np.where(is_member, raw.starts, raw.ends)))
    slug = text.hashes(slugs)
    stem_end = _stem_ends(slugs)
    stems = slugs.narrowed(slugs.starts, stem_end)
    return Profiles(
        slug=slug,
        stem=text.hashes(stems.kept(stems.data != HYPHEN)),
        is_bare=(stem_end == slugs.ends) & (slug != 0),
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


def _after(data: text.Bytes, piece: bytes) -> Ints:
    """Return the places just after each occurrence of `piece`, whatever its case."""
    size = len(piece)
    if len(data) < size:
        return np.empty(0, dtype=np.int64)
    places = np.flatnonzero(data == SLASH)
    places = places[places <= len(data) - size]
    for offset, letter in enumerate(piece):
        here = data[places + offset]
        places = places[(here == letter) | (here == letter - 32 * (97 <= letter <= 122))]
    return places + size


def _first(places: Ints, column: Cells) -> Ints:
    missing = np.full(len(column), -1, dtype=np.int64)
    return text.first_of(places, column.starts, column.ends, missing)


def _opens(data: text.Bytes, column: Cells, piece: bytes) -> Bools:
    out = column.sizes >= len(piece)
    for offset, letter in enumerate(piece):
        out[out] = data[column.starts[out] + offset] == letter
    return out


def _decoded(column: Cells) -> Cells:
    places = np.flatnonzero(column.data == PERCENT)
    places = places[places < len(column.data) - 2]
    if not len(places):
        return column
    data = column.data.copy()
    data[places] = _HEX[data[places + 1]] * 16 + _HEX[data[places + 2]]
    keep = np.ones(len(data), dtype=np.bool_)
    keep[places + 1] = keep[places + 2] = False
    return Cells(data, column.starts, column.ends).kept(keep)


def _folded(column: Cells) -> Cells:
    """Return slugs in lower case without accents, hyphens kept, outer hyphens and dots off."""
    plain = letters_of(column)
    data = np.where(plain.data == text.SPACE, HYPHEN, plain.data).astype(np.uint8)
    return Cells(data, plain.starts, plain.ends)


def _stem_ends(column: Cells) -> Ints:
    """Return where each slug ends without a last piece of six or more letters and digits, some of them digits."""
    hyphens = np.flatnonzero(column.data == HYPHEN)
    last = text.last_of(hyphens, column.starts, column.ends, column.ends)
    size = column.ends - last - 1
    digits = np.concatenate([[0], np.cumsum(_DIGITS[column.data])])
    numbers = digits[column.ends] - digits[np.minimum(last + 1, column.ends)]
    return np.where((size >= 5) & (numbers >= 1) & (last > column.starts), last, column.ends)
