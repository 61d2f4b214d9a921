"""Phone numbers as the vendor stores them: E.164 whatever was sent (GHL fact sheet §4)."""

from __future__ import annotations

import re

import phonenumbers

_E164 = re.compile(r"\+[1-9]\d{6,14}")


def stored_phone(text: str, country: str | None) -> str:
    """Give the E.164 form; digits that no country can own are kept as digits behind a plus."""
    stripped = text.strip()
    if _E164.fullmatch(stripped):
        return stripped
    try:
        number = phonenumbers.parse(stripped, country or "US")
    except phonenumbers.NumberParseException:
        return "+" + re.sub(r"\D", "", stripped)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
