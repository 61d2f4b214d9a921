"""Bytes of a CSV file to text: encodings as they leave Excel, browsers and exporters (fact sheet §7)."""

from __future__ import annotations

import codecs
import re

from pipeline.errors import LeadflowError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or a zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a picture"),
    (b"PAR1", "a Parquet file"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_PROBE = 4096
_SAVE_AS_CSV = "save it as CSV (UTF-8) and drop it again"


class UnreadableFile(LeadflowError):
    """A file of the inbox is no lead list; the message names it, says why and what to do."""

    def __init__(self, name: str, reason: str, advice: str) -> None:
        super().__init__(f"{name} was not read: {reason}; {advice}")
        self.name = name
        self.reason = reason


def decode(content: bytes, *, name: str) -> tuple[str, str, tuple[str, ...]]:
    """Return (text, encoding, warnings). Raises UnreadableFile for empty and binary files."""
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(name, "it is empty", "export the list again")
    kind = next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)
    if kind:
        raise UnreadableFile(name, f"it is {kind}, not text", _SAVE_AS_CSV)
    told = next((encoding for bom, encoding in _BOMS if content.startswith(bom)), _unmarked_utf16(content))
    if not (told or "").startswith("utf-16"):
        _refuse_binary(content[:_PROBE].decode("latin-1"), name)
    for encoding in (told,) if told else ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding).lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
        _refuse_binary(text[:_PROBE], name)
        said = () if encoding != "cp1252" else (f"{name} is not UTF-8; it was read as Windows-1252",)
        return text, encoding, said
    reason = f"its bytes are no {told or 'UTF-8 or Windows-1252'} text"
    raise UnreadableFile(name, reason, _SAVE_AS_CSV)


def _refuse_binary(head: str, name: str) -> None:
    if len(_CONTROL.findall(head)) > len(head) // 100:
        raise UnreadableFile(name, "it is binary, not text", _SAVE_AS_CSV)


def _unmarked_utf16(content: bytes) -> str | None:
    """Return the byte order when half of the first bytes are zero, as in UTF-16 without a mark."""
    head = content[:_PROBE]
    for encoding, high, low in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if high.count(0) > len(high) * 0.8 and low.count(0) == 0:
            return encoding
    return None
