"""Whether two values of a field mean the same: the one place that knows how vendors rewrite what they store.

Zoho fact sheet §10 (datetimes without milliseconds in the user's zone, lookups as objects), GoHighLevel fact
sheet §4 (phones stored in E.164, tags lower-cased, absent instead of null).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, get_args

from pipeline.normalize.phones import alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pipeline.models import Json

FieldType = Literal[
    "text",
    "email",
    "phone",
    "url",
    "picklist",
    "multipicklist",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "lookup",
    "tags",
    "json",
]
FIELD_TYPES: tuple[str, ...] = get_args(FieldType)

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_NATIONAL_DIGITS = 9
_LONGEST_COUNTRY_CODE = 3


def is_blank(value: Json) -> bool:
    """Return whether a value says nothing: null, empty, or spaces."""
    # Asked for every field of every record: the usual answers first, and no copy of the text.
    if value is None:
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    return value in ([], {})


def equivalent(kind: str, left: Json, right: Json) -> bool:
    """Return whether two values of a field of type `kind` mean the same. Blank equals blank only."""
    if type(left) is type(right) and left == right and not isinstance(left, dict | list):
        return True
    if is_blank(left) or is_blank(right):
        return is_blank(left) and is_blank(right)
    if kind == "phone":
        return _same_phone(str(left), str(right))
    if kind == "json":
        return contains(left, right) and contains(right, left)
    return form(kind, left) == form(kind, right)


def form(kind: str, value: Json) -> object:
    """Return what a value that is not blank means as one of type `kind`, except of phones and JSON."""
    return _FORMS.get(kind, _text)(value)


def contains(whole: Json, part: Json) -> bool:
    """Return whether every leaf of `part` is in `whole`, so that a vendor may add keys of its own."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            name in whole and contains(whole[name], value) for name, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and {_text(item) for item in part} <= {_text(item) for item in whole}
    return _text(whole) == _text(part) if not isinstance(whole, dict) else False


def tag_set(value: Json) -> frozenset[str]:
    """Return tag names of any vendor's form: a list of names, or of objects with a name."""
    items: Iterable[Json] = value if isinstance(value, list | tuple | set | frozenset) else [value]
    names = (item.get("name") if isinstance(item, dict) else item for item in items)
    return frozenset(str(name).strip().casefold() for name in names if not is_blank(name))


def _text(value: Json) -> str:
    if isinstance(value, str):
        return " ".join((value if value.isascii() else unicodedata.normalize("NFC", value)).split())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    return " ".join(unicodedata.normalize("NFC", str(value)).split())


def _folded(value: Json) -> str:
    return _text(value).casefold()


def _number(value: Json) -> str:
    try:
        # Whole numbers as they are: ids and long integers have more digits than a float keeps.
        if _WHOLE.fullmatch(str(value).strip()):
            return str(int(str(value)))
        return f"{float(value):.6f}".rstrip("0").rstrip(".")
    except (TypeError, ValueError):
        return str(value).strip()


def _boolean(value: Json) -> str:
    return "true" if str(value).strip().casefold() in {"true", "1", "yes"} else "false"


def _url(value: Json) -> str:
    return re.sub(r"^https?://(www\.)?", "", _folded(value)).rstrip("/")


def _moment(value: Json) -> str:
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return _text(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def _day(value: Json) -> str:
    return str(value).strip()[:10]


def _lookup(value: Json) -> str:
    return str(value.get("id") if isinstance(value, dict) else value).strip()


def _choices(value: Json) -> frozenset[str]:
    items = value if isinstance(value, list) else str(value).split(";")
    return frozenset(_folded(item) for item in items if not is_blank(item))


def _same_phone(left: str, right: str) -> bool:
    first, second = (re.sub(r"\D", "", value).lstrip("0") for value in (left, right))
    short, long = sorted((first, second), key=len)
    if not short:
        return _text(left) == _text(right)
    added = len(long) - len(short)
    # A vendor may put the country code in front of a national number, never cut one down to less.
    is_whole = len(short) >= _NATIONAL_DIGITS and added <= _LONGEST_COUNTRY_CODE and long.endswith(short)
    return short == long or is_whole or alike(left, right)


_FORMS: Mapping[str, Callable[[Json], object]] = {
    "text": _text,
    "email": _folded,
    "url": _url,
    "picklist": _folded,
    "multipicklist": _choices,
    "integer": _number,
    "number": _number,
    "boolean": _boolean,
    "date": _day,
    "datetime": _moment,
    "lookup": _lookup,
    "tags": tag_set,
}
