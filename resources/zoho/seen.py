"""Rows of Zoho CRM as what was seen of a record: its values, its name, what it was converted to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.models import Intent, Json, Sighting

if TYPE_CHECKING:
    from resources.zoho.rows import Row


def title_of(intent: Intent) -> str:
    """Return the name under which the deleted list shows a record."""
    if intent.payload.get("Account_Name") and intent.object == "Accounts":
        return plain(intent.payload["Account_Name"])
    return plain(" ".join(str(intent.payload.get(name) or "") for name in ("First_Name", "Last_Name")))


def plain(name: Json) -> str:
    """Return a name without what differs by the way it was written: case and spaces."""
    return " ".join(str(name or "").split()).casefold()


def indexed(rows: Iterable[Row]) -> dict[str, Row]:
    """Return id → row."""
    return {str(row["id"]): row for row in rows}


def sighting(home: str, row: Row | None, fields: Sequence[str]) -> Sighting:
    """Return what was seen of a record in its module: these fields of its row, and its tags by name."""
    if row is None:
        return Sighting(found=False)
    values: dict[str, Json] = {name: row.get(name) for name in fields}
    if isinstance(row.get("Tag"), list):
        values["tags"] = values["Tag"] = [str(_name(tag)) for tag in row["Tag"]]
    return Sighting(found=True, object=home, record_id=str(row["id"]), values=values)


def _name(tag: Json) -> Json:
    return tag.get("name") if isinstance(tag, Mapping) else tag


def is_converted(row: Row) -> bool | None:
    """Return whether a row is a converted lead; None when the row does not say."""
    for mark in ("$converted", "Converted__s"):
        if isinstance(row.get(mark), bool):
            return bool(row[mark])
    return None


def contact_of(lead: Row | None) -> str | None:
    """Return the contact that a converted lead names; the place of the id differs by version."""
    if lead is None:
        return None
    detail = lead.get("$converted_detail")
    told = detail.get("contact") if isinstance(detail, Mapping) else None
    for value in (lead.get("Converted_Contact"), told):
        found = value.get("id") if isinstance(value, Mapping) else value
        if found:
            return str(found)
    return None
