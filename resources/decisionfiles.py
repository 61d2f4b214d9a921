"""Decisions in CSV files: what a person wrote in a sheet about who is who.

A file has the columns `left`, `right`, `decision` (same or different), `who` and `when`. A side is a record
(`zoho:Leads:4150868000000225`) or a key of ours; `when` is ISO 8601 (UTC unless it says otherwise) and may be empty.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.identity.decisions import VERDICTS, rule_on
from resources.csvtext import UnreadableFile, decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.identity.decisions import Verdict
    from resources.ledger.decisions import Decisions

FOLDER = "decisions"
"""Folder of a workspace, beside the inbox."""
COLUMNS = ("left", "right", "decision", "who", "when")
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """One line of a file. `digest` is the same for the same words, whatever the file is called."""

    file: str
    line: int
    left: str
    right: str
    verdict: Verdict
    who: str
    when: datetime | None
    digest: str

    @property
    def place(self) -> str:
        """Return where it stands: `file, line 7`."""
        return f"{self.file}, line {self.line}"


def read_decisions(folder: Path, *, now: datetime) -> tuple[list[DecisionLine], list[str]]:
    """Return the lines of every CSV file of a folder, and what is wrong with others, one sentence each.

    A file or line that cannot be read never hides another. `now` (aware UTC): a decision is not made later.
    """
    lines: list[DecisionLine] = []
    problems: list[str] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix.lower() != ".csv" or path.name.startswith((".", "~$")):
            continue
        try:
            text, _, _ = decode(path.read_bytes(), name=path.name)
        except UnreadableFile as error:
            problems.append(str(error))
            continue
        read, wrong = parse(text, name=path.name, now=now)
        lines += read
        problems += wrong
    return lines, problems


def take_in(folder: Path, decisions: Decisions, *, now: datetime) -> tuple[int, list[str]]:
    """Keep every decision of a folder's files that is not kept yet; return how many, and what is wrong with others.

    The same words are one decision, in whatever file and however often. A line about a record that is not known is
    tried again the next time. A line that was taken out of a file stays decided: decide otherwise to change it.
    """
    lines, problems = read_decisions(folder, now=now)
    known = decisions.taken_in(line.digest for line in lines)
    count = 0
    for line in sorted(lines, key=lambda line: line.when or now):
        if line.digest in known:
            continue
        left, right = decisions.side(line.left), decisions.side(line.right)
        if left is None or right is None:
            named, text = ("left", line.left) if left is None else ("right", line.right)
            expected = "expected a record such as zoho:Leads:4150868000000225, or a key of ours"
            problems.append(f"{line.place}: {named} is {text!r}, which is not known; {expected}")
            continue
        try:
            ruling = rule_on(left, right, line.verdict)
            decisions.decide(ruling, who=line.who, when=line.when or now, origin=line.file, line_hash=line.digest)
        except ConfigurationError as error:
            problems.append(f"{line.place}: {error}")
            continue
        known.add(line.digest)
        count += 1
    return count, problems


def parse(text: str, *, name: str, now: datetime) -> tuple[list[DecisionLine], list[str]]:
    """Return the lines of one file, and what is wrong with others."""
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[DecisionLine] = []
    problems: list[str] = []
    names: list[str] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if not names:
            names = [cell.strip().casefold() for cell in cells]
            missing = [column for column in COLUMNS if column not in names]
            if missing:
                expected = ", ".join(COLUMNS)
                return [], [f"{name}: the column {', '.join(missing)} is missing; expected are {expected}"]
            continue
        found = _line(dict(zip(names, (cell.strip() for cell in cells), strict=False)), name, reader.line_num, now)
        if isinstance(found, str):
            problems.append(f"{name}, line {reader.line_num}: {found}")
        else:
            lines.append(found)
    return lines, problems


def _line(cells: dict[str, str], name: str, number: int, now: datetime) -> DecisionLine | str:
    left, right, verdict, who, when = (cells.get(column, "") for column in COLUMNS)
    verdict = verdict.casefold()
    for column, value in (("left", left), ("right", right), ("who", who)):
        if not value:
            return f"{column} is empty"
    if verdict not in VERDICTS:
        return f"decision is {verdict!r}; allowed: {', '.join(VERDICTS)}"
    moment = _moment(when)
    if isinstance(moment, str):
        return moment
    if moment is not None and moment > now:
        return f"when is {when}, which is later than now: a decision is not made in the future"
    return DecisionLine(
        file=name,
        line=number,
        left=left,
        right=right,
        verdict=verdict,
        who=who,
        when=moment,
        digest=_digest((left, right, verdict, who, when)),
    )


def _moment(text: str) -> datetime | str | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return f"when is {text!r}; expected a day or moment such as 2026-11-24 or 2026-11-24T09:30"
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _digest(cells: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()
