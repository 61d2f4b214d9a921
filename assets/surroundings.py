"""What a command runs in: an open workspace, a sandbox where none is running, progress lines."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import TYPE_CHECKING

from resources.settings import Settings, load_settings
from resources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFLINE = frozenset({"files", "staging", "identity", "qualify", "reports"})
"""Jobs that call no vendor."""


@contextlib.contextmanager
def opened(settings: Settings | None = None) -> Iterator[Workspace]:
    """Open the workspace for the length of a command."""
    workspace = Workspace.open(settings)
    try:
        yield workspace
    finally:
        workspace.close()


@contextlib.contextmanager
def sandbox_if_needed(select: str | None) -> Iterator[None]:
    """In the sandbox, when no address is set: serve the local vendors for as long as the command runs."""
    settings = load_settings()
    if settings.env != "sandbox" or settings.base_urls or select in OFFLINE:
        yield
        return
    from assets.play import beside

    with beside(people=None, seed=None) as environment:
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextlib.contextmanager
def progress(*, as_json: bool) -> Iterator[None]:
    """Print a line per finished asset; on standard error when the last line of the output is JSON."""
    logger = logging.getLogger("leadflow.progress")
    handler = logging.StreamHandler(sys.stderr if as_json else sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
