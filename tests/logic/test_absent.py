from __future__ import annotations

import subprocess
import sys

RUN = """
import sys
from assets.absent import let_pandas_in, without_pandas
with without_pandas():
    import pyarrow as pa
    assert pa.Table.from_pylist([{"a": 1}]).num_rows == 1
    assert "pandas" not in sys.modules
    {inside}
import pandas
assert pandas.DataFrame({"a": [1]}).shape == (1, 1)
"""


def ran(inside: str) -> int:
    code = RUN.replace("{inside}", inside)
    return subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode


def test_pandas_is_not_imported_for_a_list_of_rows_and_can_be_afterwards() -> None:
    assert ran("pass") == 0


def test_pandas_can_be_let_in_before_the_end() -> None:
    assert ran("let_pandas_in(); import pandas") == 0
