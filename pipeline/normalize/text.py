"""Text as people type it: invisible characters, words that mean nothing, accents."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

import yaml

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_SPACE = re.compile(r"\s+")
_NOTHING = frozenset({"", "n/a", "-", "--", ".", "null", "none", "nan", "unknown", "[not provided]", "undefined"})
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "\u0131": "i",
    }
)
_NOT_WORD = re.compile(r"[^\w]+|_+")


def clean(value: str | None) -> str | None:
    """Return the text with single spaces, without invisible characters and wrapping quotes.

    None when it says nothing: "N/A", "-", "null", "Unknown" (Sales Navigator fact sheet §7).
    """
    if value is None:
        return None
    text = _SPACE.sub(" ", _INVISIBLE.sub("", value)).strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    return None if text.casefold() in _NOTHING else text


@lru_cache(maxsize=65536)
def fold(value: str) -> str:
    """Return the text in lower case, without accents and punctuation, words one space apart."""
    lowered = value.casefold().translate(_LETTERS)
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(mark))
    return _NOT_WORD.sub(" ", plain).strip()


@cache
def words(name: str) -> frozenset[str]:
    """Return one word list of `words.yaml`; KeyError for an unknown one."""
    document = yaml.safe_load((files("pipeline") / "normalize" / "words.yaml").read_text(encoding="utf-8"))
    return frozenset(str(document[name]).split())
