"""A disk that takes nothing more, in words: SQLite, DuckDB and the operating system each say it in their own."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from pipeline.errors import LeadflowError

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
WORDS = ("no space left", "disk is full", "disk quota", "file too large", "disk i/o error")


class DiskFull(LeadflowError):
    """A file could not be written: the disk is full, or a limit of the account was reached."""


def as_full_disk(error: BaseException) -> DiskFull | None:
    """Return what to tell about an error that says, itself or in its causes, that the disk takes nothing more."""
    if any(_says_full(each) for each in _causes(error)):
        return DiskFull(
            "a file could not be written: the disk is full or does not take more; make room and run again, "
            "which continues where this run stopped"
        )
    return None


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    return any(word in str(error).lower() for word in WORDS)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__
