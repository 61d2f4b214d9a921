"""Records out of the CSV of a bulk read, in the shape that lists give (Zoho fact sheet §3.3, §4.6).

Pure: the same bytes and the same field kinds always give the same records, so that landing can be replayed. A cell
that does not fit its kind stays text, as received. What a CSV cannot say (`$` keys, tags' ids) is absent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.errors import UnexpectedAnswer
from resources.zoho import bulkfiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pipeline.models import Json
    from resources.zoho.rows import Row

TAGS = "tags"
NAMES = {"Account_Name": "Account_Name.Account_Name"}
"""Lookups whose name is read too, through a join: the company of a contact."""

_LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup"})
_JSON_KINDS = {"integer": "integer", "double": "double", "boolean": "boolean", "jsonarray": "list"}
_WHOLE = re.compile(r"^[+-]?\d+$")
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def kinds_of(fields: Sequence[Mapping[str, Json]]) -> dict[str, str]:
    """Return field → kind (text, lookup, integer, double, boolean, list, tags), from live metadata."""
    return {str(entry["api_name"]): _kind(entry) for entry in fields}


def records(content: bytes, kinds: Mapping[str, str], *, skip: frozenset[str] = frozenset()) -> Iterator[Row]:
    """Yield the records of one downloaded zip, without those whose id is in `skip`.

    `kinds` names every field that was asked for, with its kind.

    Raises:
        UnexpectedAnswer: no readable zip, no id, a column that was asked for is missing, or a line is cut.
    """
    lines = bulkfiles.lines(content, place="the file of Zoho's bulk read", largest=bulkfiles.LARGEST_READ)
    known = {name.lower(): name for name in ("id", *kinds, *NAMES.values())}
    header = [known.get(name.strip().lower(), name.strip()) for name in next(lines, [])]
    missing = sorted({"id", *kinds} - set(header))
    if missing:
        told = ", ".join(missing)
        raise UnexpectedAnswer(f"the file of Zoho's bulk read lacks {told}: not used", vendor="zoho")
    makers = [(name, _MAKERS.get(kinds.get(name, "text"), _text)) for name in header]
    joined = [(name, dotted) for name, dotted in NAMES.items() if dotted in header]
    for line in lines:
        if len(line) != len(header):
            raise UnexpectedAnswer("a line of Zoho's bulk read has too few or too many cells: not used", vendor="zoho")
        row = {name: make(cell) for (name, make), cell in zip(makers, line, strict=True)}
        row["id"] = line[header.index("id")].strip()
        if not row["id"]:
            raise UnexpectedAnswer("a line of Zoho's bulk read has no id: not used", vendor="zoho")
        if row["id"] not in skip:
            yield folded(row, joined)


def folded(row: Row, joined: Sequence[tuple[str, str]] = tuple(NAMES.items())) -> Row:
    """Return a row whose joined names (`Account_Name.Account_Name`) stand inside their lookups, as in lists."""
    for name, dotted in joined:
        told = row.pop(dotted, None)
        if told is not None and isinstance(row.get(name), dict):
            row[name] = {"name": told, **row[name]}
    return row


def _kind(entry: Mapping[str, Json]) -> str:
    if entry.get("api_name") == "Tag":
        return TAGS
    if entry.get("data_type") in _LOOKUPS:
        return "lookup"
    return _JSON_KINDS.get(str(entry.get("json_type")), "text")


def _text(cell: str) -> Json:
    return cell or None


def _integer(cell: str) -> Json:
    return int(cell) if _WHOLE.match(cell.strip()) else _double(cell)


def _double(cell: str) -> Json:
    try:
        return float(cell) if cell.strip() else None
    except ValueError:
        return cell


def _boolean(cell: str) -> Json:
    return _TRUTH.get(cell.strip().lower(), cell or None)


def _list(cell: str) -> Json:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _lookup(cell: str) -> Json:
    return {"id": cell.strip()} if cell.strip() else None


def _tags(cell: str) -> Json:
    return [{"name": part.strip()} for part in re.split(r"[,;]", cell) if part.strip()]


_MAKERS: Mapping[str, Callable[[str], Json]] = {
    "integer": _integer,
    "double": _double,
    "boolean": _boolean,
    "list": _list,
    "lookup": _lookup,
    TAGS: _tags,
}
