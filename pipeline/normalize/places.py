"""Countries by English name or ISO code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pipeline.normalize.text import clean, fold


@cache
def _countries() -> tuple[dict[str, str], dict[str, str]]:
    """Return (folded spelling or code → code, code → English name) of ISO 3166 from `countries.txt`."""
    codes: dict[str, str] = {}
    english: dict[str, str] = {}
    for line in (files("pipeline") / "normalize" / "countries.txt").read_text(encoding="utf-8").splitlines():
        code, *spellings = line.split("|")
        english[code] = spellings[0]
        codes[code.casefold()] = code
        codes.update({fold(spelling): code for spelling in spellings})
    return codes, english


def country_code(value: str | None) -> str | None:
    """Return the ISO 3166 alpha-2 code of a country given by name or code; None when it is not known."""
    text = clean(value)
    return _countries()[0].get(fold(text)) if text else None


def country(value: str | None) -> str | None:
    """Return the English name of a country given by name or code; an unknown one stays as given."""
    text = clean(value)
    if text is None:
        return None
    code = country_code(text)
    return _countries()[1][code] if code else text
