"""Pairs of segment and workflow as people type them."""

from __future__ import annotations

import pytest

from pipeline.planning.workflows import starts_of
from pipeline.rules import packaged
from pipeline.setup import files
from pipeline.setup.answers import from_text
from pipeline.setup.workflows import pairs

SEGMENTS = ("priority", "core", "nurture")
THERE = (("u1", "Hello, again"), ("u2", "Twin"), ("u3", "twin"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("None", {}),
        ("core=1", {"core": "Hello, again"}),
        ("core = hello, again", {"core": "Hello, again"}),
        ("nurture=u2, priority=Hello, again", {"priority": "Hello, again", "nurture": "u2"}),
        ("core=3", {"core": "u3"}),
    ],
)
def test_a_workflow_is_meant_by_number_name_or_id_and_kept_by_name_where_one_has_it(
    text: str, found: dict[str, str]
) -> None:
    assert pairs(text, SEGMENTS, THERE) == found
    told = starts_of({**packaged(), "enrolments": files.enrolments(found)})
    assert {start.segment: start.workflow for start in told} == found


def test_a_file_of_answers_nests_them() -> None:
    told = from_text("workflows: {core: 'Hello, again', nurture: 2}")["workflows"]
    assert pairs(told, SEGMENTS, THERE) == {"core": "Hello, again", "nurture": "u2"}
