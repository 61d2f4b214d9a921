"""Whether an e-mail address or a phone number can be right as it stands, and if not, why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
import pyarrow as pa

from pipeline.normalize import emails, places
from pipeline.normalize.text import clean
from pipeline.planview.masks import mask

if TYPE_CHECKING:
    from collections.abc import Iterable

FEWEST_DIGITS = 5
IMPOSSIBLE = {
    phonenumbers.ValidationResult.TOO_SHORT: "too short for its country",
    phonenumbers.ValidationResult.TOO_LONG: "too long for its country",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "no country has this code",
    phonenumbers.ValidationResult.INVALID_LENGTH: "no number of its country has this length",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
}


def email_problem(value: str) -> str | None:
    """Return why an address cannot be used, None where it can."""
    if emails.address(value) is not None:
        return None
    text = clean(value) or ""
    local, _, domain = text.partition("@")
    problems = (
        (text.count("@") != 1, "no single @"),
        (not local or not domain, "nothing before or after the @"),
        (any(sign in text for sign in ' ,;<>"()'), "holds more than an address"),
        (".." in domain or domain.startswith(".") or domain.endswith("."), "a dot too many"),
        ("." not in domain, "the domain has no ending"),
        (emails.address(f"x@{domain}") is None, "the domain cannot exist"),
    )
    return next((told for is_so, told in problems if is_so), "a placeholder")


def phone_problem(value: str, country: str | None) -> str | None:
    """Return why a number cannot be used, None where it can; `country` is the record's, as it stands."""
    text = (clean(value) or "").lstrip("'").strip()
    text = f"+{text[2:]}" if text.startswith("00") else text
    region = places.country_code(country)
    if sum(sign.isdigit() for sign in text) < FEWEST_DIGITS:
        return "too few digits"
    if not text.startswith("+") and region is None:
        return "no country code, and the record names no known country"
    try:
        reason = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return "no phone number"
    return IMPOSSIBLE.get(reason)


def judged(given: Iterable[tuple[str, str, str | None]], *, show: bool) -> pa.Table:
    """Return one row per distinct (kind, value, country): `problem` or null, and the value as it may be `shown`."""
    rows = [
        {
            "kind": kind,
            "value": value,
            "country": country,
            "problem": email_problem(value) if kind == "email" else phone_problem(value, country),
            "shown": value if show else str(mask(value, kind)),
        }
        for kind, value, country in given
    ]
    schema = pa.schema([(name, pa.string()) for name in ("kind", "value", "country", "problem", "shown")])
    return pa.Table.from_pylist(rows, schema=schema)
