"""The inbox: CSV files of Sales Navigator exporters, Apollo exports and hand-made sheets, as lines of cells.

Encodings: BOM, else UTF-8, else Windows-1252 with a warning. Delimiters `, ; tab |`, told by the header row,
which may come after a preamble (LinkedIn's own archive) or Excel's `sep=;` line. Ragged lines: short ones are
padded, long ones and broken quotes are rejects with their text (Sales Navigator fact sheet §6, §7).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resources.csvlines import CsvReject, Header, Line, header, records
from resources.csvtext import UnreadableFile, decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CsvFile", "CsvReject", "Inbox", "Line", "OpenFile", "UnreadableFile", "opened", "parse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFile:
    """One file of the inbox: where it came from, how it is written, its lines and what could not be read.

    `rows` holds (line number, original header → cell as written); line numbers count from 1, preamble
    included. `rejects` holds (line number, reason, text). Together they are all that is below the header,
    blank lines apart.
    """

    name: str
    sha256: str
    encoding: str
    delimiter: str
    format: str
    headers: tuple[str, ...]
    rows: list[Line]
    rejects: list[CsvReject] = field(default_factory=list)
    warnings: tuple[str, ...] = ()


class Inbox:
    """Finds and reads the files people drop."""

    def files(self, folder: Path) -> list[Path]:
        """Return the CSV files of a folder by name, without hidden and lock files."""
        if not folder.is_dir():
            return []
        found = (path for path in folder.iterdir() if path.suffix.lower() == ".csv" and path.is_file())
        return sorted(path for path in found if not path.name.startswith((".", "~$")))

    def read(self, path: Path) -> CsvFile:
        """Return a file's lines. Raises UnreadableFile with a sentence that names the file."""
        return parse(path.read_bytes(), name=path.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A file whose header was read: how it is written, and its lines one after the other."""

    name: str
    encoding: str
    head: Header = field(repr=False)
    warnings: tuple[str, ...]

    def lines(self) -> Iterator[Line | CsvReject]:
        """Yield every line below the header, blank ones apart. A large file never is in memory as cells."""
        return records(self.head)

    def empty(self) -> UnreadableFile:
        """Return what to say of a file without any line."""
        return UnreadableFile(self.name, "it has a header row but no line below it", "export the list again")


def opened(content: bytes, *, name: str) -> OpenFile:
    """Return a file that was kept as bytes, its header read. Raises UnreadableFile as `Inbox.read` does."""
    text, encoding, warnings = decode(content, name=name)
    return OpenFile(name=name, encoding=encoding, head=header(text, name=name), warnings=warnings)


def parse(content: bytes, *, name: str) -> CsvFile:
    """Return the lines of a file that was kept as bytes. Raises UnreadableFile as `Inbox.read` does."""
    file = opened(content, name=name)
    rows: list[Line] = []
    rejects: list[CsvReject] = []
    for line in file.lines():
        if isinstance(line, Line):
            rows.append(line)
        else:
            rejects.append(line)
    if not rows and not rejects:
        raise file.empty()
    return CsvFile(
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        encoding=file.encoding,
        delimiter=file.head.delimiter,
        format=file.head.format,
        headers=file.head.names,
        rows=rows,
        rejects=rejects,
        warnings=file.warnings,
    )
