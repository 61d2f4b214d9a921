"""Phone numbers: E.164 where they can be read, else as given."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from pipeline.normalize.text import clean

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
