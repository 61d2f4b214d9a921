"""Text of a CSV file to lines of cells under their original headers (fact sheet §6, §7).

A quote that is never closed would swallow the lines below it: only the line that opened it becomes a reject,
and reading goes on at the next line that is a full record.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pipeline.salesnav import FORMATS, detect
from resources.csvtext import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS = (",", ";", "\t", "|")
PREAMBLE = 25
"""Lines that may stand above the header row."""
LONGEST_CELL = 8 * 1024 * 1024
_SEP = re.compile(r"\ufeff?sep=(.)?\s*", re.IGNORECASE)


class Line(NamedTuple):
    """One line below the header: its number in the file, and original header → cell as written."""

    line_no: int
    cells: dict[str, str]


class CsvReject(NamedTuple):
    """One line that could not be read: its number in the file, why (in words), and its text."""

    line_no: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Header:
    """The header row: its names, how the file is written, its lines, and the first one below it."""

    names: tuple[str, ...]
    format: str
    delimiter: str
    lines: list[str]
    start: int


def header(text: str, *, name: str) -> Header:
    """Return the header row, wherever it stands. Raises UnreadableFile when there is none of people."""
    # csv keeps this limit per process; long descriptions and keyword lists go beyond its default.
    csv.field_size_limit(LONGEST_CELL)
    lines = io.StringIO(text, newline="").readlines()
    seen: tuple[str, ...] = ()
    for index, line in enumerate(lines[:PREAMBLE]):
        if not line.strip() or _SEP.fullmatch(line):
            continue
        for delimiter in sorted(DELIMITERS, key=lambda each: -_outside_quotes(line).count(each)):
            cells, used = _record(lines, index, delimiter)
            names = _unique(cells)
            form = detect(names)
            if form is not None:
                return Header(names, form, delimiter, lines, index + used)
            seen = seen or tuple(each for each in names if each)
    known = ", ".join(each.name for each in FORMATS)
    raise UnreadableFile(
        name,
        f"no header row was recognised (first row: {', '.join(map(repr, seen[:12]))})",
        f"known formats: {known}; a plain list needs columns such as First Name, Last Name, Email, Company",
    )


def records(head: Header) -> Iterator[Line | CsvReject]:
    """Yield the lines below the header and what could not be read, as they stand; blank lines are neither."""
    width, index = len(head.names), head.start
    while index < len(head.lines):
        cells, used = _record(head.lines, index, head.delimiter)
        resume = _resume(head, index, used, cells)
        if resume is not None:
            reason, used = "a quote is opened and not closed", resume - index
        elif any(cell.strip() for cell in cells[width:]):
            reason = f"{len(cells)} cells in a file of {width} columns"
        else:
            reason = None
        if reason:
            raw = "".join(head.lines[index : index + used]).rstrip("\r\n")
            yield CsvReject(index + 1, reason, raw)
        elif any(cell.strip() for cell in cells):
            padded = [*cells[:width], *[""] * (width - len(cells))]
            yield Line(index + 1, dict(zip(head.names, padded, strict=True)))
        index += used


def _record(lines: list[str], index: int, delimiter: str) -> tuple[list[str], int]:
    """Return the cells of the record that begins at a physical line, and how many lines it takes."""
    reader = csv.reader(map(lines.__getitem__, range(index, len(lines))), delimiter=delimiter)
    try:
        cells = next(reader, [])
    except csv.Error:
        # A cell beyond the limit: only a quote that is never closed makes one.
        return [], len(lines) - index
    return cells, max(reader.line_num, 1)


def _resume(head: Header, index: int, used: int, cells: list[str]) -> int | None:
    """Return the line to go on at when a record's quotes are broken, None when they can be trusted.

    Stray quotes inside a cell are forgiven as long as the number of cells is right and no full record hides
    inside the cell.
    """
    lines = head.lines[index : index + used]
    fits = len(cells) == len(head.names)
    if (fits and used == 1) or _is_strict(lines, head.delimiter):
        return None
    sound = (
        candidate
        for candidate in range(index + 1, index + used)
        if len(_record(head.lines, candidate, head.delimiter)[0]) == len(head.names)
    )
    resume = next(sound, None)
    swallowed_all = index + used == len(head.lines) and sum(line.count('"') for line in lines) % 2
    if fits and resume is None and not swallowed_all:
        return None
    return resume or index + used


def _is_strict(lines: list[str], delimiter: str) -> bool:
    """Tell whether every quote of a record is opened, closed and doubled as RFC 4180 says."""
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error:
        return False
    return True


def _unique(cells: list[str]) -> tuple[str, ...]:
    """Return header names without outer space and quotes; repeated ones get `.2`, empty ones their place."""
    names: dict[str, None] = {}
    for place, cell in enumerate(cells, start=1):
        bare = cell.strip("\ufeff \t\r\n\"'\u00a0") or f"column {place}"
        name, number = bare, 1
        while name in names:
            number += 1
            name = f"{bare}.{number}"
        names[name] = None
    return tuple(names)


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)
