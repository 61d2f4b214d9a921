"""`leadflow audit`: a page, CSV files and a summary of what is wrong today; nothing is written to any platform."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from assets.audit import Audit, look
from assets.surroundings import sandbox_if_needed
from pipeline.audit.lines import lines
from pipeline.audit.page import INLINE, Subject, render
from resources.publishing import write_atomically
from resources.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from resources.settings import Settings

PAGE = "audit.html"
FOLDER = "audit"


def audit(*, output: Path | None, stale_days: int, show_pii: bool, as_json: bool) -> int:
    """Look, write the page and the files, print the summary; return 1 where a platform could not be read."""
    with sandbox_if_needed(None):
        settings = load_settings()
        folder = (output or settings.data_dir / FOLDER).absolute()
        found = look(settings, folder=folder, stale_days=stale_days, show=show_pii, told=_progress)
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    write_page(settings, found, folder, stale_days=stale_days)
    if as_json:
        sys.stdout.write(f"{json.dumps(as_object(settings, found, folder))}\n")
    else:
        told = lines(found.results, counts=found.counts, vendors=list(found.seen.pages), left_out=found.seen.left_out)
        sys.stdout.write("".join(f"{line}\n" for line in told))
        calls = ", ".join(f"{number} to {vendor}" for vendor, number in sorted(found.calls.items()))
        sys.stdout.write(f"\npage     {folder / PAGE}\ncalls    {calls}; nothing was written or bought\n")
    return 1 if any("was not looked at" in note for note in found.seen.left_out) else 0


def write_page(settings: Settings, found: Audit, folder: Path, *, stale_days: int) -> None:
    """Write the page; small CSV files are put into it, so that it can be sent on alone."""
    beside: dict[str, bytes | None] = {}
    for result in found.results:
        if result.csv:
            path = folder / result.csv
            beside[result.csv] = path.read_bytes() if path.stat().st_size <= INLINE else None
    subject = Subject(
        workspace=settings.workspace,
        began_at=found.began_at,
        platforms={vendor: found.seen.names.get(vendor, "") for vendor in found.seen.pages},
        counts=found.counts,
        stale_days=stale_days,
        left_out=found.seen.left_out,
        calls=found.calls,
    )
    write_atomically(folder / PAGE, render(subject, found.results, [dict(row) for row in found.fields], beside))


def as_object(settings: Settings, found: Audit, folder: Path) -> dict[str, Any]:
    """Return the audit as the object of `--json`."""
    return {
        "workspace": settings.workspace,
        "began_at": found.began_at.isoformat(timespec="seconds"),
        "platforms": list(found.seen.pages),
        "counts": dict(found.counts),
        "findings": [
            {
                "name": result.finding.name,
                "title": result.finding.title,
                "level": result.finding.level,
                "rows": result.rows,
                "of": result.of or None,
                "share": None if result.share is None else round(result.share, 4),
                "advice": result.finding.advice,
                "csv": str(folder / result.csv) if result.csv else None,
            }
            for result in found.results
        ],
        "left_out": list(found.seen.left_out),
        "calls": dict(found.calls),
        "page": str(folder / PAGE),
    }


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
