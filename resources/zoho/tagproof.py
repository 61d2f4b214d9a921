"""Whether a bulk read shows tags, which no document of Zoho promises (§4.6): a sample is compared with the list."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models import Json
    from resources.zoho.bulkreader import BulkPage
    from resources.zoho.reader import ZohoReader
    from resources.zoho.rows import Row

SAMPLE = 50
"""Records with tags, and as many without, that are asked for again: one call."""


def tags_agree(reader: ZohoReader, module: str, pages: Sequence[BulkPage]) -> bool:
    """Tell whether a sample of a bulk read has the tags that the list shows, and at least one record of it has any.

    A record that was modified in between proves nothing.
    """
    tagged: dict[str, Row] = {}
    plain: dict[str, Row] = {}
    for page in pages:
        for row in page.rows():
            found = tagged if row.get("Tag") else plain
            if len(found) < SAMPLE:
                found[str(row["id"])] = row
    proofs = 0
    for row in reader.by_ids(module, [*tagged, *plain]) if tagged else ():
        seen = tagged.get(str(row["id"])) or plain[str(row["id"])]
        if _moment(row) != _moment(seen):
            continue
        if _names(row) != _names(seen):
            return False
        proofs += bool(_names(row))
    return proofs > 0


def _names(row: Row) -> set[str]:
    return {str(tag["name"] if isinstance(tag, dict) else tag).casefold() for tag in row.get("Tag") or ()}


def _moment(row: Row) -> Json:
    text = str(row.get("Modified_Time"))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
