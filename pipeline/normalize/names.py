"""Names of people and companies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.normalize.text import clean, fold, words

_PRONOUNS = re.compile(r"\((?:[^()]*)\)|\[(?:[^\[\]]*)\]")
_SYMBOLS = re.compile(r"[^\w\s.,'\u2019`\-&/]|[\U00010000-\U0010ffff]|_")
_HONORIFIC = re.compile(
    r"^(?:dr|prof|professor|mr|mrs|ms|miss|sir|dame|herr|frau|dipl|ing|mag|rev)\.?\s+", re.IGNORECASE
)
# Short ones are surnames too (Yo-Yo Ma): they count as credentials only after a comma.
_CREDENTIAL = re.compile(
    r"\s*,\s*(?:m\.?d|m\.?a|pe|rn|j\.?d|esq|dds|ceng|llm|ba|bsc|b\.sc|msc|m\.sc|cfp|phr|sphr|shrm-cp)\.?$"
    r"|\s*[,\-\u2013|]?\s+(?:mba|ph\.?d|cpa|cfa|pmp|cissp|csm|acca|emba)\.?$",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"[\s,]+(?:jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name: what to show, and `norm`, the folded given and family name for matching."""

    first: str | None
    last: str | None
    full: str | None
    norm: str | None


def part(value: str | None) -> str | None:
    """Return one part of a name without emoji, pronouns, titles and credentials."""
    text = clean(value)
    if text is None:
        return None
    text = " ".join(_SYMBOLS.sub(" ", _PRONOUNS.sub(" ", text)).split()).strip(" ,-")
    while (shorter := _CREDENTIAL.sub("", text)) != text:
        text = shorter.strip(" ,-")
    text = _HONORIFIC.sub("", text).strip(" ,")
    return clean(text)


def person(first: str | None, last: str | None, full: str | None) -> Name:
    """Return a person's name out of its parts, or out of the full name where a part is missing."""
    given, family, whole = part(first), part(last), part(full)
    if whole and "," in whole and not (given or family):
        family, given = (piece.strip() or None for piece in whole.split(",", 1))
        whole = " ".join(piece for piece in (given, family) if piece)
    if whole and not (given and family):
        pieces = whole.split()
        if len(pieces) > 1:
            given = given or pieces[0]
            family = family or " ".join(pieces[1:])
        elif not (given or family):
            family = whole
    shown = " ".join(piece for piece in (given, family) if piece) or whole
    bare = _SUFFIX.sub("", family) if family else None
    folded = fold(f"{(given or '').split(' ')[0]} {bare or ''}") if given and bare else None
    return Name(first=given, last=family, full=shown, norm=folded or None)


def surname(norm: str | None) -> str | None:
    """Return the last word of a folded name."""
    return norm.rsplit(" ", 1)[-1] if norm else None


def company(value: str | None) -> str | None:
    """Return the core name of a company for matching: folded, without its legal form."""
    text = clean(value)
    if text is None:
        return None
    spelled = fold(_PRONOUNS.sub(" ", text).replace("&", " and ").replace(".", "")).split()
    core = [word for word in spelled if word not in words("legal_forms")]
    return " ".join(core or spelled) or None
