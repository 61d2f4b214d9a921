"""For every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

LONGEST = ("faults", "runs")
"""Folders whose files take longest, longest first: what is begun last is what the others wait for."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files; among alike ones the order stays random."""
    items.sort(key=lambda item: _place(item.path.parts))


def _place(parts: Sequence[str]) -> int:
    return next((place for place, name in enumerate(LONGEST) if name in parts), len(LONGEST))
