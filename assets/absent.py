"""Pandas kept out of processes that do not need it.

pyarrow imports pandas, wherever there is one, to ask whether a list that it is given is a column of it: half a second
and 50 MB of every run, for nothing. Only Great Expectations needs it here.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PANDAS = "pandas"


class NotHere:
    """Asked first where modules are: says that there is no pandas."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> None:  # noqa: ARG002 - Python's signature
        """Return None, so that the next one is asked.

        Raises:
            ModuleNotFoundError: it is pandas that is looked for.
        """
        if name == PANDAS:
            raise ModuleNotFoundError(f"{name} is kept out of this process", name=name)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Say to whoever asks inside the block that there is no pandas, unless it was imported before."""
    sys.meta_path.insert(0, NotHere())
    try:
        yield
    finally:
        let_pandas_in()


def let_pandas_in() -> None:
    """Let pandas be imported again."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, NotHere)]
