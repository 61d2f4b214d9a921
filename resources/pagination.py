"""Paging as small loops: the short last page is kept, shifting lists lose and repeat nothing, loops end.

`fetch` asks for one page; each function yields pages whose `rows` hold every record once. No HTTP here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.errors import UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Row = dict[str, Any]

MOST_PASSES = 4
"""How often a list is read again because it moved while it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: its rows, its bytes as received, whether more follow, and where the next one begins.

    `more` None means that the vendor does not say; then a full page is followed by another question.
    """

    rows: Sequence[Row]
    content: bytes = b""
    more: bool | None = None
    cursor: str | None = None


def by_number(
    fetch: Callable[[int], Page],
    *,
    vendor: str,
    size: int,
    key: Callable[[Row], str] = lambda row: str(row["id"]),
    moved: Callable[[frozenset[str]], bool] | None = None,
) -> Iterator[Page]:
    """Yield pages 1, 2, 3 … of `size` rows.

    A record that leaves the list while it is read moves its followers one place up, and the first of the next
    page would never be seen. `moved(keys so far)` tells after the last page whether that happened; then the
    list is read again and only what is new is yielded.

    Raises:
        UnexpectedAnswer: a page repeats its predecessor, so that the list would never end.
    """
    seen: set[str] = set()
    for _ in range(MOST_PASSES):
        number, before = 1, None
        while True:
            page = fetch(number)
            keys = [key(row) for row in page.rows]
            if keys and keys == before:
                raise _repeats(vendor, f"page {number}")
            yield from _fresh(page, keys, seen)
            before = keys
            if not _goes_on(page, size):
                break
            number += 1
        if number == 1 or moved is None or not moved(frozenset(seen)):
            return


def by_cursor(
    fetch: Callable[[str | None], Page],
    *,
    vendor: str,
    size: int,
    key: Callable[[Row], str] = lambda row: str(row["id"]),
    moved: Callable[[frozenset[str]], bool] | None = None,
) -> Iterator[Page]:
    """Yield the pages of a list whose pages name their successor; the first is asked for with None.

    `moved` as in `by_number`: a cursor may be nothing but a page number in disguise.

    Raises:
        UnexpectedAnswer: a cursor comes a second time, or is missing though more is said to follow.
    """
    seen: set[str] = set()
    for _ in range(MOST_PASSES):
        cursors: set[str] = set()
        cursor: str | None = None
        while True:
            page = fetch(cursor)
            yield from _fresh(page, [key(row) for row in page.rows], seen)
            if not _goes_on(page, size) or (page.cursor is None and page.more is None):
                break
            if page.cursor is None:
                raise UnexpectedAnswer(f"{vendor} says that more follows, but not where it begins", vendor=vendor)
            if page.cursor in cursors:
                raise _repeats(vendor, "a cursor")
            cursors.add(page.cursor)
            cursor = page.cursor
        if cursor is None or moved is None or not moved(frozenset(seen)):
            return


def by_key(
    fetch: Callable[[str | None], Page],
    *,
    vendor: str,
    size: int,
    key: Callable[[Row], str] = lambda row: str(row["id"]),
) -> Iterator[Page]:
    """Yield pages in the order of a key: each question asks for what lies behind the last key seen.

    Raises:
        UnexpectedAnswer: the last key comes again, so that the list would never end.
    """
    last: str | None = None
    while True:
        page = fetch(last)
        if page.rows:
            yield page
        if not _goes_on(page, size):
            return
        following = key(page.rows[-1])
        if following == last:
            raise _repeats(vendor, "a page")
        last = following


def _goes_on(page: Page, size: int) -> bool:
    return bool(page.rows) and (len(page.rows) >= size if page.more is None else page.more)


def _fresh(page: Page, keys: Sequence[str], seen: set[str]) -> Iterator[Page]:
    rows = []
    for row, name in zip(page.rows, keys, strict=True):
        if name not in seen:
            seen.add(name)
            rows.append(row)
    if rows:
        yield replace(page, rows=rows)


def _repeats(vendor: str, what: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"{vendor} gave {what} a second time: the list would never end", vendor=vendor)
