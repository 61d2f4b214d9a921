"""Which code made a row: what was kept of an earlier run holds only as long as the same code would make it again."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("duckdb", "phonenumbers", "pyarrow")
"""What else decides how a value is read."""


@cache
def fingerprint(*places: str) -> str:
    """Return sixteen hex digits that change with the text of any file of these places (folders or files of ours).

    Another Python, or another version of a library that reads values, changes them, too.
    """
    digest = hashlib.sha256(sys.version.encode())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}\0".encode())
    for place in places:
        for path in _files(ROOT / place):
            digest.update(f"{path.name}\0".encode())
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    return sorted(path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
