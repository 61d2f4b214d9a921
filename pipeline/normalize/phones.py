"""Phone numbers: E.164 where they can be read, else as given."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from pipeline.normalize.text import clean

ABROAD = ("+", "00")
"""What a number begins with that names its country."""

_PLAIN = re.compile(r"^\+[1-9][\d\s.\-]{7,20}$")
_NOT_DIGIT = re.compile(r"\D")


@lru_cache(maxsize=65536)
def phone(value: str | None, region: str | None = None) -> str | None:
    """Return a phone number as E.164, else as given; None for no number.

    `region`: ISO alpha-2 code by which a national number is read. Excel's guarding apostrophe is removed, and
    of several numbers in one cell the first counts.
    """
    text = clean(value)
    if text is None:
        return None
    text = text.lstrip("'").strip()
    text = re.split(r"\s*[,;|/]\s*(?=[+(\d])", text)[0].strip()
    if text.startswith("00"):
        text = f"+{text[2:]}"
    if _PLAIN.match(text) and 8 <= len(digits := _NOT_DIGIT.sub("", text)) <= 15:
        return f"+{digits}"
    if len(_NOT_DIGIT.sub("", text)) < 5:
        return None
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(parsed):
        return text
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def alike(left: str, right: str) -> bool:
    """Return whether two numbers are one when a national one is read in the country that the other one names.

    So `030 123` is `+49 30 123`, and `+43 30 123` as well. Of two national numbers nothing is known: False.
    """
    for number in (left, right):
        named = _parsed(number, None) if number.strip().startswith(ABROAD) else None
        if named is not None and named.country_code is not None:
            region = phonenumbers.region_code_for_country_code(named.country_code)
            first, second = _parsed(left, region), _parsed(right, region)
            return first is not None and first == second
    return False


@lru_cache(maxsize=65536)
def _parsed(value: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    text = value.strip()
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
