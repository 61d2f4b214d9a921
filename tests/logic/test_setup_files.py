"""Answers as files: `.env` lines survive, values come back as they were given."""

from __future__ import annotations

from io import StringIO

from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from pipeline import rules
from pipeline.mapping import load
from pipeline.setup import files

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30)


@given(words)
def test_a_value_is_read_back_as_it_was_given(value: str) -> None:
    text = files.environment("A=1\n#B=\n", {"B": value, "C": value})
    told = dotenv_values(stream=StringIO(text), interpolate=False)
    assert told == {"A": "1", "B": value, "C": value}


def test_lines_are_changed_in_place_and_keep_their_remarks() -> None:
    text = files.environment("# top\nA=1   # one\n#B=x  # two\nexport C=3\n", {"A": "9", "B": "8", "C": "7"})
    assert text == "# top\nA=9   # one\nB=8  # two\nC=7\n"


def test_writing_twice_changes_nothing_more() -> None:
    values = {"A": "it's", "B": "two words"}
    once = files.environment("#A=\n", values)
    assert files.environment(once, values) == once


def test_every_line_of_a_name_gets_the_value() -> None:
    assert files.environment("A=1\nA=2\n#A=3\n", {"A": "9"}) == "A=9\nA=9\n#A=3\n"


def test_a_renamed_field_keeps_its_rule() -> None:
    text = files.mapping(rules.packaged()["mappings/zoho"], {"Account_Fit": "Fit", "Engagement": None})
    told = load("zoho", {**rules.packaged(), "mappings/zoho": text}).objects["Leads"].fields
    shipped = load("zoho", rules.packaged()).objects["Leads"].fields
    assert told["Fit"] == shipped["Account_Fit"]
    assert set(shipped) - set(told) == {"Account_Fit", "Engagement"}
