"""Letters as they are compared: lower case, without accents and marks, for a whole column at once."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np

from pipeline.identity.engine.text import DROPPED, SPACE, Bytes, Cells, Ints

_LETTERS = {"ß": "ss", "æ": "a", "œ": "o", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "\u0131": "i"}
"""What Unicode does not take apart; æ and œ lose their e because `ae` and `oe` do (see names)."""


_TWO = 2
"""Bytes of Greek and Cyrillic letters, which keep their script and lose their case only."""


@lru_cache(maxsize=1)
def _ascii() -> Bytes:
    table = np.full(256, SPACE, dtype=np.uint8)
    for code in range(128, 256):
        table[code] = code
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789":
        table[ord(letter)] = ord(letter)
        table[ord(letter.upper())] = ord(letter)
    for mark in "'`\x00":
        table[ord(mark)] = DROPPED
    for mark in ",()\x1f":
        table[ord(mark)] = ord(mark)
    return table


def _plain(code: int) -> str | None:
    """Return the ASCII letters of a character, "" for none to show, " " for a separator, None to leave it."""
    character = chr(code)
    lowered = character.lower()
    if lowered in _LETTERS:
        return _LETTERS[lowered]
    kind = unicodedata.category(character)
    if kind in {"Mn", "Cf"} or character in "\u2019\u2018\u00b4":
        return ""
    if kind[0] in "PSZC":
        return " "
    letters = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    if letters.isascii() and 0 < len(letters) <= 2:
        return letters
    return lowered if lowered != character and len(lowered.encode()) == len(character.encode()) == _TWO else None


@lru_cache(maxsize=1)
def _wide() -> Bytes:
    """For each code point below 0x2100 the bytes that stand for it, 255 where it stays as it is."""
    table = np.full((0x2100, 2), 255, dtype=np.uint8)
    for code in [*range(0x80, 0x500), *range(0x1E00, 0x1F00), *range(0x2000, 0x2100)]:
        plain = _plain(code)
        if plain is not None:
            raw = plain.encode().ljust(2, b"\0")
            table[code] = (raw[0], raw[1])
    return table


def folded(column: Cells) -> Cells:
    """Return the rows in lower case without accents and apostrophes; other marks become spaces.

    Comma, brackets and the unit separator stay (names read them); letters of other scripts stay as they are.
    """
    out = _ascii().take(column.data)
    lead = np.flatnonzero(column.data >= 0xC2)
    if not len(lead):
        return Cells(out, column.starts, column.ends).kept(out != DROPPED)
    data = np.append(column.data, np.zeros(3, dtype=np.uint8)).astype(np.int64)
    two, three, four = (
        lead[(data[lead] >= low) & (data[lead] < high)] for low, high in ((0xC2, 0xE0), (0xE0, 0xF0), (0xF0, 0x100))
    )
    _replace(out, two, (data[two] & 31) << 6 | data[two + 1] & 63, 2)
    _replace(out, three, (data[three] & 15) << 12 | (data[three + 1] & 63) << 6 | data[three + 2] & 63, 3)
    for place in range(4):  # emoji and rare scripts
        out[np.minimum(four + place, len(out) - 1)] = SPACE
    return Cells(out, column.starts, column.ends).kept(out != DROPPED)


def _replace(out: Bytes, places: Ints, codes: Ints, width: int) -> None:
    known = codes < 0x2100
    places, codes = places[known], codes[known]
    plain = _wide()[codes]
    told = plain[:, 0] != 255
    places, plain = places[told], plain[told]
    out[places], out[places + 1] = plain[:, 0], plain[:, 1]
    if width == 3:
        out[places + 2] = DROPPED
