"""Marks in rows of bytes: each way to look for them finds the same ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity.engine import spans, text
from pipeline.identity.engine.domains import registrable
from pipeline.identity.engine.keying import once
from pipeline.identity.engine.mailboxes import mailboxes
from pipeline.identity.engine.phones import phones
from pipeline.identity.engine.profiles import profiles

marked = st.lists(st.text("a@ ", max_size=6), max_size=8)
numbers = st.lists(st.integers(0, 3) | st.integers(0, 2**64 - 1), max_size=40)
spellings = {
    mailboxes: ("a.b@x.co", "@", " ", ".", "+", "<", ">", ";"),
    profiles: ("linkedin.com", "/in/", "/lead/", "ACwAA", "-1a2b3c", "%C3%A9", "%2F", "?", "josé"),
    phones: ("+49", "00", "170 1234567", "x", "ext. 5", " ", ".0"),
}


@given(marked)
def test_few_marks_are_found_as_many_are(values: list[str]) -> None:
    column = text.of(values)
    marks = np.flatnonzero(column.data == ord("@"))
    places = np.arange(len(values))
    for starts, ends in ((column.starts, column.ends), (np.minimum(column.starts + 1, column.ends), column.ends)):
        for few, many in ((spans.first_of_few, spans.first_of), (spans.last_of_few, spans.last_of)):
            assert few(marks, starts, ends, places).tolist() == many(marks, starts, ends, places).tolist()


@given(marked)
def test_the_first_two_marks_of_a_row(values: list[str]) -> None:
    column = text.of(values)
    marks = np.flatnonzero(column.data == ord("@"))
    found = np.stack(spans.first_two(marks, column.starts, column.ends), axis=1)
    for value, start, end, told in zip(values, column.starts, column.ends, found, strict=True):
        assert told.tolist() == ([start + place for place, sign in enumerate(value) if sign == "@"] + [end, end])[:2]


@given(numbers)
def test_each_hash_once(values: list[int]) -> None:
    hashes = np.array(values, dtype=np.uint64)
    first, places = once(hashes)
    assert hashes[first][places].tolist() == values
    assert sorted(hashes[first].tolist()) == sorted(set(values))


@given(st.data(), st.sampled_from(list(spellings)))
def test_a_row_full_of_marks_is_read_the_same_whatever_stands_beside_it(data: st.DataObject, read: object) -> None:
    pieces = st.lists(st.sampled_from(spellings[read]), max_size=5).map("".join)
    values = data.draw(st.lists(pieces, min_size=1, max_size=6))
    together = fields(read(text.of(values)))
    assert [fields(read(text.of([value])))[0] for value in values] == together


def test_hosts_are_read_once_and_told_to_each_row() -> None:
    hosts = registrable(text.of(["acme.com", "x.de", "mail.acme.com", "acme.com", ""]))
    assert hosts.domain[0] == hosts.domain[2] == hosts.domain[3] != hosts.domain[1]
    assert hosts.domain[4] == 0


def fields(found: object) -> list[tuple[int, ...]]:
    """Return what was read of each row."""
    if isinstance(found, np.ndarray):
        return [(int(value),) for value in found]
    names = {"email", "letters", "digits", "domain", "label", "is_free", "slug", "stem", "is_bare", "member"}
    return list(zip(*(getattr(found, name).tolist() for name in sorted(names) if hasattr(found, name)), strict=True))
