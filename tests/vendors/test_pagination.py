"""Paging: what was collected is the world, for every size around the page limit, also while it moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UnexpectedAnswer
from resources.pagination import Page, by_cursor, by_key, by_number

SIZE = 5
AROUND = sorted({0, 1, *(pages * SIZE + step for pages in (1, 2, 3) for step in (-1, 0, 1))})


def world(count):
    return [{"id": f"{number:04}"} for number in range(count)]


def collected(pages):
    return [row["id"] for page in pages for row in page.rows]


def number_server(rows, *, told):
    def fetch(number):
        part = rows[(number - 1) * SIZE : number * SIZE]
        return Page(rows=part, more=number * SIZE < len(rows) if told else None)

    return fetch


def cursor_server(rows, *, told):
    def fetch(cursor):
        start = int(cursor or 0)
        more = start + SIZE < len(rows)
        return Page(
            rows=rows[start : start + SIZE],
            more=more if told else None,
            cursor=str(start + SIZE) if more or not told else None,
        )

    return fetch


def key_server(rows, *, told):
    def fetch(last):
        behind = [row for row in rows if last is None or row["id"] > last]
        return Page(rows=behind[:SIZE], more=len(behind) > SIZE if told else None)

    return fetch


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("count", AROUND)
@pytest.mark.parametrize(
    ("walk", "server"), [(by_number, number_server), (by_cursor, cursor_server), (by_key, key_server)]
)
def test_collected_is_the_world(walk, server, count, told):
    rows = world(count)
    assert collected(walk(server(rows, told=told), vendor="x", size=SIZE)) == [row["id"] for row in rows]


@given(
    count=st.integers(0, 4 * SIZE),
    deletions=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 100)), max_size=4),
)
def test_records_deleted_while_a_list_is_read_hide_no_others(count, deletions):
    rows = world(count)
    deleted: set[str] = set()
    asked = 0

    def fetch(number):
        nonlocal asked
        for moment, which in deletions:
            if moment == asked and rows:
                deleted.add(rows.pop(which % len(rows))["id"])
        asked += 1
        return number_server(rows, told=True)(number)

    noticed: set[str] = set()

    def moved(seen):
        fresh = (deleted & seen) - noticed
        noticed.update(fresh)
        return bool(fresh)

    found = collected(by_number(fetch, vendor="x", size=SIZE, moved=moved))
    assert {row["id"] for row in rows} <= set(found)
    assert len(found) == len(set(found))


@given(count=st.integers(0, 4 * SIZE), moments=st.lists(st.integers(0, 4), max_size=3))
def test_records_put_in_front_while_a_list_is_read_repeat_none(count, moments):
    rows = world(count)
    before = {row["id"] for row in rows}
    asked = 0

    def fetch(number):
        nonlocal asked
        if asked in moments:
            rows.insert(0, {"id": f"new-{asked}"})
        asked += 1
        return number_server(rows, told=True)(number)

    found = collected(by_number(fetch, vendor="x", size=SIZE))
    assert before <= set(found)
    assert len(found) == len(set(found))


def test_pages_keep_the_bytes_that_were_received():
    pages = by_number(lambda _: Page(rows=world(1), content=b"raw", more=False), vendor="x", size=SIZE)
    assert [page.content for page in pages] == [b"raw"]


def test_a_list_that_repeats_its_page_for_ever_is_an_error():
    with pytest.raises(UnexpectedAnswer, match="second time"):
        collected(by_number(lambda _: Page(rows=world(SIZE), more=True), vendor="x", size=SIZE))


def test_a_cursor_that_comes_twice_is_an_error():
    with pytest.raises(UnexpectedAnswer, match="second time"):
        collected(by_cursor(lambda _: Page(rows=world(SIZE), more=True, cursor="a"), vendor="x", size=SIZE))


def test_more_without_a_cursor_is_an_error():
    with pytest.raises(UnexpectedAnswer, match="where it begins"):
        collected(by_cursor(lambda _: Page(rows=world(SIZE), more=True), vendor="x", size=SIZE))


def test_a_key_that_does_not_move_is_an_error():
    with pytest.raises(UnexpectedAnswer, match="second time"):
        collected(by_key(lambda _: Page(rows=world(SIZE), more=True), vendor="x", size=SIZE))
