"""Landing: each vendor answer or CSV file, kept as received before anything is made of it.

Layout: `landing/<vendor>/<object>/<day>/<moment>-<name>.gz`. A file holds one JSON line (when it was received
and what was asked) and then the bytes of the answer. Files are complete or absent: written aside, synced, renamed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Landed:
    """One kept answer: where it is, when it came, what was asked, and its bytes."""

    ref: str
    fetched_at: datetime
    context: Mapping[str, Any]
    content: bytes


class Landing:
    """The landing folder of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(
        self,
        vendor: str,
        kind: str,
        *,
        day: date,
        name: str,
        content: bytes,
        fetched_at: datetime,
        context: Mapping[str, Any] | None = None,
    ) -> str:
        """Keep one answer of `vendor` about `kind` (an object of the raw layer); return its reference."""
        folder = self.root / vendor / kind / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        safe = re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:80]
        target = folder / f"{fetched_at:%Y%m%dT%H%M%S%f}-{safe}.gz"
        header = json.dumps({"fetched_at": fetched_at.isoformat(), "context": dict(context or {})}).encode()
        aside = target.with_suffix(".part")
        with aside.open("wb") as file:
            file.write(gzip.compress(header + b"\n" + content, compresslevel=3))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
        return target.relative_to(self.root).as_posix()

    def read(self, vendor: str, kind: str, day: date | None = None) -> Iterator[Landed]:
        """Yield what was kept of a day (of every day when None), oldest first."""
        folder = self.root / vendor / kind
        pattern = f"{day.isoformat()}/*.gz" if day else "*/*.gz"
        for path in sorted(folder.glob(pattern)):
            yield self._open(path)

    def digests(self, vendor: str, kind: str, day: date) -> dict[str, str]:
        """Return what was kept of a day, oldest first: reference → SHA-256 of the file as it lies."""
        found = sorted((self.root / vendor / kind / day.isoformat()).glob("*.gz"))
        return {path.relative_to(self.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}

    def contexts(self, vendor: str, kind: str) -> Iterator[Mapping[str, Any]]:
        """Yield what was asked for everything that was kept, oldest first; the answers are not unpacked."""
        for path in sorted((self.root / vendor / kind).glob("*/*.gz")):
            with gzip.open(path) as file:
                yield json.loads(file.readline())["context"]

    def get(self, ref: str) -> Landed:
        """Return one kept answer by its reference; FileNotFoundError when it is gone."""
        return self._open(self.root / ref)

    def _open(self, path: Path) -> Landed:
        header, _, content = gzip.decompress(path.read_bytes()).partition(b"\n")
        told = json.loads(header)
        return Landed(
            ref=path.relative_to(self.root).as_posix(),
            fetched_at=datetime.fromisoformat(told["fetched_at"]),
            context=told["context"],
            content=content,
        )
