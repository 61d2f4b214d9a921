"""Single cells of lead files: missing values, stray quotes, numbers, names (fact sheet §2, §5, §7)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

REMEMBERED = 65_536
"""Cells whose reading is remembered: the same names, companies and places come again and again."""

# Exact spellings: "Null" with a capital is a surname, "NULL" is a database.
_MISSING = frozenset(
    ("", "-", "--", "—", "N/A", "n/a", "#N/A", "null", "NULL", "None", "none", "NaN", "nan", "undefined"),
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
_YES = frozenset(("yes", "y", "true", "1", "x", "oui", "ja"))
_NO = frozenset(("no", "n", "false", "0", "non", "nein"))
_PARTICLES = re.compile(r"van|von|der|den|de|del|della|di|da|dos|das|du|la|le|bin|ibn|al|el|ten|ter|zu|st")
_CREDENTIAL = re.compile(r"(?i:ph\.?d|esq|jr|sr|i{2,3}|iv|dr|prof|ing|dipl|six sigma)\.?|[A-Z][A-Za-z]?[A-Z.®&-]{1,7}")
_CREDENTIAL_LAST = re.compile(r"(?i:ph\.?d)\.?|MBA|M\.?D\.?|[MB]\.?Sc\.?|CPA|CFA|PMP|CISSP|LL\.?M\.?|JD|DBA|Esq\.?")
_PLAIN_NAME = re.compile(r"[^\W\d_][a-z]+")
"""One word in which nothing can be decoration."""
_TITLE_FIRST = re.compile(r"(dr|prof|mr|mrs|ms)\.?", re.IGNORECASE)


def text(cell: str | None) -> str | None:
    """Return a cell without stray wrapping quotes, invisible characters and outer space; None if missing."""
    if cell is None:
        return None
    bare = (cell if cell.isascii() else cell.translate(_INVISIBLE).replace("\u00a0", " ")).strip()
    while len(bare) > 1 and bare[0] == bare[-1] == '"' and '"' not in bare[1:-1].replace('""', ""):
        bare = bare[1:-1].replace('""', '"').strip()
    return None if bare in _MISSING else bare


def flag(cell: str | None) -> str | None:
    """Return `yes`, `no`, or None when the cell says neither."""
    word = (text(cell) or "").casefold()
    if word in _YES:
        return "yes"
    return "no" if word in _NO else None


def whole(cell: str | None) -> str | None:
    """Return the digits of a positive whole number ("1,250", "250.0"); None for zero, ranges and words."""
    bare = re.sub(r"[\s']|[.,](?=\d{3}(?:\D|$))|[.,]0+$", "", text(cell) or "")
    return bare.lstrip("0") or None if bare.isdecimal() else None


def number(cell: str | None) -> float | None:
    """Return a positive amount ("2500000", "2.5", "$1,000,000"); None for zero and words."""
    bare = re.sub(r"[\s'$€£]|,(?=\d{3})", "", text(cell) or "")
    return float(bare) or None if re.fullmatch(r"\d+(\.\d+)?", bare) else None


def phone(cell: str | None) -> str | None:
    """Return the first number of a cell, without the apostrophe that stops Excel from computing it."""
    first = re.split(r"[;|\n]|,(?=\s*\+?\d[\d\s()./-]{5,})", text(cell) or "")[0].strip().lstrip("'").strip()
    return first if sum(char.isdigit() for char in first) >= 5 else None


def email(cell: str | None) -> str | None:
    """Return an address, None for words in its place ("Unlock") and for Apollo's shared placeholder."""
    bare = (text(cell) or "").removeprefix("mailto:").strip()
    is_address = re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", bare) is not None
    return bare if is_address and not bare.lower().startswith("email_not_unlocked@") else None


@lru_cache(maxsize=REMEMBERED)
def name(cell: str | None) -> str | None:
    """Return a person's name without emoji, pronouns and credentials ("Jane Doe, MBA 🚀" → "Jane Doe")."""
    bare = unicodedata.normalize("NFC", text(cell) or "")
    if _PLAIN_NAME.fullmatch(bare) and not _TITLE_FIRST.match(bare):
        return bare
    bare = "".join(char for char in bare if not _is_decoration(char))
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", bare)
    bare = re.split(r"\s[|•\u2013-]\s", bare.strip())[0]
    head, *tails = (part.strip() for part in bare.split(","))
    is_surname = len(tails) == 1 and " " not in head and tails[0].istitle()
    if is_surname and not _CREDENTIAL.fullmatch(tails[0]):
        head = f"{tails[0]} {head}"
    words = head.split()
    while len(words) > 1 and _CREDENTIAL_LAST.fullmatch(words[-1]):
        words.pop()
    while len(words) > 1 and _TITLE_FIRST.fullmatch(words[0]):
        words.pop(0)
    return " ".join(words) or None


def _is_decoration(char: str) -> bool:
    kind = unicodedata.category(char)
    return kind in {"So", "Cf", "Cs", "Co", "Cn", "Cc"} or char == "\ufe0f" or (kind == "Sk" and char > "\U0001f000")


def halves(full: str) -> tuple[str | None, str]:
    """Return (first name, last name) of a full name; particles belong to the last name."""
    words = full.split()
    cut = max(len(words) - 1, 0)
    while cut > 1 and _PARTICLES.fullmatch(words[cut - 1].casefold()):
        cut -= 1
    return (" ".join(words[:cut]) or None, " ".join(words[cut:]))
