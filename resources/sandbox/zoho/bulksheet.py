"""The table in an uploaded zip: one CSV, its encoding and its delimiter found out (Zoho fact sheet §4.1)."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.sandbox.zoho.problems import CallError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS = 25_000
DELIMITERS = ",;:|"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One CSV: its name in the zip, the header's cells and the rows' cells as text."""

    name: str
    encoding: str
    header: list[str]
    rows: list[list[str]]


def read_sheet(content: bytes, *, encoding: str | None, names: Sequence[str] | None) -> Sheet:
    """Unpack and read a zip's only CSV.

    Refuses the call with FILE_NOT_SUPPORTED when there is not exactly one, when it cannot be read or holds
    more than 25,000 rows, with FILE_NOT_FOUND when `names` does not name it.
    """
    name, raw = _unpacked(content)
    if names is not None and list(names) != [name]:
        raise CallError(400, "FILE_NOT_FOUND", "file not found", {"file_names": list(names)})
    text, spoken = _decoded(raw, encoding)
    first = text.partition("\n")[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(first))
    try:
        header = next(lines, [])
        rows = [line for line in lines if line]
    except csv.Error as error:
        raise not_supported(reason=str(error)) from None
    if not any(cell.strip() for cell in header):
        raise not_supported(reason="the file is empty")
    if len(rows) > MOST_ROWS:
        raise not_supported(maximum_length=MOST_ROWS)
    return Sheet(name, spoken, [cell.strip() for cell in header], rows)


def delimiter(line: str) -> str:
    """Give the delimiter that a header line uses most, outside of quotes; a comma when it uses none."""
    counts = dict.fromkeys(DELIMITERS, 0)
    is_quoted = False
    for char in line:
        if char == '"':
            is_quoted = not is_quoted
        elif not is_quoted and char in counts:
            counts[char] += 1
    return max(DELIMITERS, key=lambda char: counts[char])


def not_supported(**details: Any) -> CallError:
    """Refuse a file that bulk write cannot take."""
    return CallError(400, "FILE_NOT_SUPPORTED", "File not supported for bulk write", details)


def _unpacked(content: bytes) -> tuple[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
            if len(names) != 1 or not names[0].lower().endswith(".csv"):
                raise not_supported(file_names=names)
            return names[0].rpartition("/")[2], archive.read(names[0])
    # NotImplementedError is the word of zipfile for a compression it does not know.
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise not_supported(reason=str(error)) from None


def _decoded(raw: bytes, encoding: str | None) -> tuple[str, str]:
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError:
            details = {"api_name": "character_encoding"}
            raise CallError(400, "INVALID_DATA", "invalid data", details) from None
    tried = [encoding] if encoding else ["UTF-16"] if raw[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else []
    for name in (*tried, "UTF-8"):
        try:
            return raw.decode("utf-8-sig" if name.upper() in {"UTF-8", "UTF8"} else name), name
        except UnicodeError:
            continue
    return raw.decode("cp1252", "replace"), "windows-1252"
