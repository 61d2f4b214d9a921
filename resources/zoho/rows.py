"""Rows and pages out of Zoho's answers; a shape that is not documented is an error, never an empty list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import UnexpectedAnswer
from resources.pagination import Page

if TYPE_CHECKING:
    from resources.replies import Reply

Row = dict[str, Any]


def page_of(reply: Reply, wrapper: str) -> Page:
    """Return a page of a list with what `info` says about the next one."""
    rows = rows_of(reply, wrapper)
    body = reply.json()
    info = (body.get("info") if isinstance(body, dict) else None) or {}
    return Page(rows=rows, content=reply.content, more=info.get("more_records"), cursor=info.get("next_page_token"))


def rows_of(reply: Reply, wrapper: str, *, needs: str = "id") -> list[Row]:
    """Return the rows under a wrapper key, ids as text; 204, 304 and null have none.

    Raises:
        UnexpectedAnswer: the wrapper key, or the field `needs` of a row, is missing.
    """
    if reply.status in {204, 304}:
        return []
    body = reply.json()
    rows = body.get(wrapper) if isinstance(body, dict) else None
    if rows is None and isinstance(body, dict) and wrapper in body and not _says_some(body.get("info")):
        return []
    if not isinstance(rows, list):
        raise UnexpectedAnswer(
            f"Zoho answered {reply.request} without the list {wrapper!r}; nothing of it was used",
            vendor="zoho",
            status=reply.status,
        )
    for row in rows:
        if not isinstance(row, dict) or row.get(needs) in (None, ""):
            raise UnexpectedAnswer(
                f"Zoho answered {reply.request} with an item of {wrapper!r} without the field {needs!r}; "
                f"nothing of it was used",
                vendor="zoho",
                status=reply.status,
            )
        if isinstance(row.get("id"), int):
            _write_ids(row)
    return rows


def _says_some(info: Any) -> bool:
    """Tell whether what stands beside a list says that there are records: null is no empty list then."""
    return isinstance(info, dict) and bool(info.get("count") or info.get("more_records"))


def _write_ids(value: Any) -> None:
    """Make text of ids that came as JSON numbers, in place and at every depth: elsewhere an id is opaque text."""
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            _write_ids(each)
    if isinstance(value, dict) and type(value.get("id")) is int:
        value["id"] = str(value["id"])


def first_of(reply: Reply, wrapper: str, *, needs: str) -> Row:
    """Return the only row under a wrapper key; UnexpectedAnswer when there is none."""
    rows = rows_of(reply, wrapper, needs=needs)
    if not rows:
        raise UnexpectedAnswer(f"Zoho answered {reply.request} with an empty {wrapper!r}", vendor="zoho")
    return rows[0]
