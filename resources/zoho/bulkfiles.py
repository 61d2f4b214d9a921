"""The zip files of bulk jobs: packed the same way every time, unpacked within limits (Zoho fact sheet §4.1, §4.4)."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from pipeline.errors import RequestRefused, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LARGEST_UPLOAD = 25 * 1024 * 1024
MOST_ROWS = 25_000
MOST_COLUMNS = 200
LARGEST_RESULT = 128 * 1024 * 1024
LARGEST_READ = 1024 * 1024 * 1024
"""Unpacked bytes that are read of a write's result (25,000 rows of six columns) and of one page of a bulk read."""

_BEGINNING = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
# What zipfile raises on a damaged file; NotImplementedError is its word for a compression it does not know.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


class _Counted(io.RawIOBase):
    """A stream that refuses to give more than its limit: a zip may unpack to a thousand times its size."""

    def __init__(self, source: IO[bytes], limit: int) -> None:
        self._source, self._left = source, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        part = self._source.read(len(buffer))
        self._left -= len(part)
        if self._left < 0:
            raise UnexpectedAnswer("Zoho's result file unpacks to more than is believable: not used", vendor="zoho")
        buffer[: len(part)] = part
        return len(part)


def packed(name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return a zip with one CSV: the same rows always give the same bytes.

    Raises:
        RequestRefused: more rows, columns or bytes than one job takes; nothing was sent.
    """
    if not 0 < len(rows) <= MOST_ROWS:
        raise refusal("TOO_MANY_ROWS", f"{len(rows)} rows, where a job takes 1 to {MOST_ROWS}")
    if len(header) > MOST_COLUMNS:
        raise refusal("HEADER_LIMIT_EXCEEDED", f"{len(header)} columns, where a job takes {MOST_COLUMNS}")
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    target = io.BytesIO()
    entry = zipfile.ZipInfo(name, _BEGINNING)
    entry.external_attr, entry.compress_type, entry.create_system = _READABLE, zipfile.ZIP_DEFLATED, 3
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(entry, text.getvalue().encode("utf-8"), compresslevel=6)
    content = target.getvalue()
    if len(content) > LARGEST_UPLOAD:
        size, most = len(content) / 2**20, LARGEST_UPLOAD >> 20
        raise refusal("FILE_TOO_LARGE", f"a zip of {size:.1f} MB, where a job takes {most} MB")
    return content


def lines(content: bytes, *, place: str, largest: int = LARGEST_RESULT) -> Iterator[list[str]]:
    """Yield the lines of the CSV inside a zip, the header first; empty lines are left out.

    `place` names the file in messages. Only `largest` unpacked bytes are read.

    Raises:
        UnexpectedAnswer: no zip, not exactly one CSV inside, damaged, or larger than `largest` unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(names) != 1:
                raise UnexpectedAnswer(f"{place} holds {len(names)} files, not one CSV: not used", vendor="zoho")
            with archive.open(names[0]) as source:
                counted = io.BufferedReader(_Counted(source, largest))  # type: ignore[type-var]
                with io.TextIOWrapper(counted, encoding="utf-8-sig", newline="") as text:
                    yield from (line for line in csv.reader(text, strict=True) if line)
    except (*_BROKEN, UnicodeDecodeError, csv.Error) as error:
        raise UnexpectedAnswer(f"{place} is no readable zip with a CSV ({error}): not used", vendor="zoho") from error


def refusal(code: str, reason: str) -> RequestRefused:
    """Return our own refusal of a bulk job; nothing was sent."""
    return RequestRefused(f"the bulk job was not sent ({code}): {reason}", vendor="zoho", code=code)
