"""What of a plan did not get through, in words."""

from __future__ import annotations

from resources.applied import unfinished
from resources.progress import Progress


def test_why_a_write_did_not_get_through_is_told_in_a_line_without_addresses() -> None:
    told = unfinished({"i1", "i2"}, Progress(untaken={"i1": "no room for ada.berg@acme.example " + "x" * 500}))

    assert told is not None
    assert told.startswith("2 of its writes did not get through: no room for a")
    assert "ada.berg@acme.example" not in told
    assert len(told) < 250


def test_what_waits_for_them_is_counted_apart_and_nothing_left_is_nothing_told() -> None:
    progress = Progress(doubts={"i1": "no answer", "i2": "no answer"}, held={"i3": "its record was not taken yet"})

    told = unfinished({"i1", "i2", "i3"}, progress)

    assert told == "2 of its writes did not get through: no answer; 1 more waits for them"
    assert unfinished({"i3"}, progress) is None
    assert unfinished(set(), progress) is None
