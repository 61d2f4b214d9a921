"""Date patterns of field mappings: the letters Java uses (Zoho fact sheet §4.1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

DAY, MOMENT = "MM/dd/yyyy", "MM/dd/yyyy HH:mm:ss"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TOKEN = re.compile(r"'([^']*)'|([A-Za-z])\2*|([^A-Za-z'])")
LETTERS = {
    "yyyy": r"(?P<year>\d{4})",
    "yy": r"(?P<year>\d{2})",
    "MMM": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{2})",
    "d": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{2})",
    "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<hour>\d{2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
    "SSS": r"\d{3}",
    "a": r"(?P<half>[AaPp][Mm])",
    # Offsets, with and without a colon, in the pattern letters of the vendor.
    "XXX": r"(?P<zone>Z|[+-]\d{2}:\d{2})",
    "XX": r"(?P<zone>Z|[+-]\d{4})",
    "Z": r"(?P<zone>[+-]\d{4})",
}


def parser(pattern: str, zone: tzinfo) -> Callable[[str], datetime]:
    """Give the function that reads texts of a pattern; without an offset they are in `zone`.

    Raises ValueError for letters it does not know; so does the function for a text that does not fit.
    """
    compiled = re.compile("".join(_expression(match, pattern) for match in _tokens(pattern)))

    def read(text: str) -> datetime:
        found = compiled.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} does not fit {pattern}")
        given = found.groupdict()
        year = int(given.get("year") or 1970)
        month = MONTHS.index(given["name"].lower()) + 1 if given.get("name") else int(given.get("month") or 1)
        hour = int(given.get("hour") or 0)
        if given.get("half"):
            hour = hour % 12 + (12 if given["half"].lower() == "pm" else 0)
        return datetime(
            year if year > 99 else 2000 + year,
            month,
            int(given.get("day") or 1),
            hour,
            int(given.get("minute") or 0),
            int(given.get("second") or 0),
            tzinfo=_offset(given["zone"]) if given.get("zone") else zone,
        )

    return read


def _tokens(pattern: str) -> list[re.Match[str]]:
    found = list(TOKEN.finditer(pattern))
    if not pattern or sum(len(match.group()) for match in found) != len(pattern):
        raise ValueError(f"{pattern!r} is no date pattern")
    return found


def _expression(match: re.Match[str], pattern: str) -> str:
    quoted, letter, literal = match.groups()
    if quoted is not None:
        return re.escape(quoted or "'")
    if literal is not None:
        return re.escape(literal)
    if letter is None or match.group() not in LETTERS:
        raise ValueError(f"{match.group()!r} in {pattern!r} is no letter of a date pattern")
    return LETTERS[match.group()]


def _offset(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
