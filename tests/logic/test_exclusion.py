"""One applier at a time: the second waits and is told, and gets in when the first has left or died."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from resources.exclusion import Exclusion, Taken

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from sqlalchemy import create_engine
from resources.exclusion import Exclusion
with Exclusion(engine=create_engine("sqlite://"), path=Path(sys.argv[1]), wait=5).held():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def exclusion(tmp_path: Path) -> Exclusion:
    return Exclusion(engine=create_engine("sqlite://"), path=tmp_path / "zoho.lock", wait=0.1)


def test_a_second_holder_is_told_that_it_is_taken(exclusion: Exclusion, tmp_path: Path) -> None:
    other = Exclusion(engine=create_engine("sqlite://"), path=tmp_path / "zoho.lock", wait=0.1)
    with exclusion.held(), pytest.raises(Taken), other.held():
        raise AssertionError("two held it")


def test_it_is_free_again_after_the_block_also_when_it_failed(exclusion: Exclusion) -> None:
    with pytest.raises(ValueError, match="inside"), exclusion.held():
        raise ValueError("inside")
    with exclusion.held():
        pass


def test_the_lock_dies_with_the_process_that_held_it(exclusion: Exclusion, tmp_path: Path) -> None:
    words = [sys.executable, "-c", HOLDER, str(tmp_path / "zoho.lock")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Taken), exclusion.held():
            pass
        holder.kill()
        holder.wait(timeout=10)
    with exclusion.held():
        pass
