"""Raw files: CSVs from the inbox, each content imported once and kept as received."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from assets.boundary import Counts, Stage, table_asset
from assets.raw.files import rebuild_files
from pipeline.feeds import FEEDS, Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from resources.landing import Landed, Landing

CONTENT = "leadflow/csv"
"""Run tag: the content hash of the one file that a run is to import."""

FILES, PEOPLE = FEEDS["raw.salesnav__files"], FEEDS["raw.salesnav__people"]

PROBLEMS = f"""
SELECT payload ->> 'problem' AS problem
FROM {FILES.table}
WHERE list_contains(?, landing_ref) AND payload ->> 'problem' IS NOT NULL
ORDER BY landing_ref
"""
"""What is wrong with some landed files, if anything."""


@table_asset("raw.salesnav__files", deps=[], kinds=("file", "duckdb"), is_partitioned=True)
def salesnav__files(stage: Stage) -> Counts:
    """A file belongs to the day on which it arrived; the same content twice is one import."""
    fresh: list[str] = []
    asked_for = stage.tags.get(CONTENT)
    # A run that a file asked for imports that file alone, into the day of its arrival, also when that is over by now.
    if asked_for is not None or stage.day == stage.now().date():
        known = imported(stage.landing)
        for path in stage.opened.inbox_files():
            content = whole(path)
            digest = None if content is None else hashlib.sha256(content).hexdigest()
            if content is None or digest is None or (asked_for is not None and digest != asked_for):
                continue
            if digest not in known:
                known.add(digest)
                fresh.append(
                    stage.landing.keep(
                        FILES.vendor,
                        FILES.kind,
                        day=stage.day,
                        name=path.stem,
                        content=content,
                        fetched_at=stage.now(),
                        context={"file": path.name, "sha256": digest},
                    )
                )
    counts = rebuild_files(stage, FILES, records=described)
    with stage.warehouse.open() as session:
        problems = [row["problem"] for row in session.rows(PROBLEMS, [fresh])]
    return {"fresh": len(fresh), **counts, **({"problems": "; ".join(problems)} if problems else {})}


@table_asset("raw.salesnav__people", deps=["raw.salesnav__files"], kinds=("file", "duckdb"), is_partitioned=True)
def salesnav__people(stage: Stage) -> Counts:
    """Lines that could not be split are rows, too, with the reason: staging rejects them."""
    return rebuild_files(stage, PEOPLE, records=lines)


def imported(landing: Landing) -> set[str]:
    """Return the content hashes of every file that was imported."""
    return {context["sha256"] for context in landing.contexts(FILES.vendor, FILES.kind)}


def whole(path: Path) -> bytes | None:
    """Return the content of a file, None when it is gone or was written to while it was read."""
    try:
        before = path.stat()
        content = path.read_bytes()
        after = path.stat()
    except FileNotFoundError:
        return None
    is_still = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and len(
        content
    ) == after.st_size
    return content if is_still else None


def described(landed: Landed) -> list[Record]:
    """Return the one record that describes a landed file: its layout and counts, or why it cannot be read."""
    from resources.salesnav import Line, UnreadableFile, opened

    told: dict[str, object] = {"file": landed.context["file"], "sha256": landed.context["sha256"]}
    try:
        file = opened(landed.content, name=landed.context["file"])
        counts = Counter(isinstance(line, Line) for line in file.lines())
        if not counts:
            raise file.empty()
    except UnreadableFile as error:
        told["problem"] = str(error)
    else:
        told |= {
            "format": file.head.format,
            "encoding": file.encoding,
            "delimiter": file.head.delimiter,
            "rows": counts[True],
            "rejects": counts[False],
            "warnings": list(file.warnings),
        }
    return [Record(0, landed.context["sha256"], told)]


def lines(landed: Landed) -> Iterator[Record]:
    """Yield the lines of a landed file by line number; none when it cannot be read (its own row says why)."""
    from resources.salesnav import Line, UnreadableFile, opened

    try:
        file = opened(landed.content, name=landed.context["file"])
    except UnreadableFile:
        return
    context = {"format": file.head.format}
    for line in file.lines():
        told = {"cells": line.cells} if isinstance(line, Line) else {"reject": line.reason, "text": line.text}
        yield Record(line.line_no, None, {"line": line.line_no, **told}, context)
