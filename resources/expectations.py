"""Great Expectations behind one function: rows, what is expected of them, and what does not hold.

Importing this module takes seconds: whoever needs it imports it late, with GX_ANALYTICS_ENABLED=false in the
environment. The context is ephemeral: nothing is written, nothing is sent anywhere. Rows are judged in pandas, with
the columns of the suite alone.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import great_expectations as gx
import pandas as pd
from great_expectations.data_context.types.base import ProgressBarsConfig

from pipeline.errors import LeadflowError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.contracts import Expectation

SHOWN = 50
"""Offending rows that are named per expectation, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An expectation that does not hold: for how many rows, and the names of the first of them."""

    meaning: str
    rows: int
    names: tuple[str, ...]


class SuiteFailed(LeadflowError):
    """A suite could not be judged: an error of the engine, not of the data."""


def judge(rows: Sequence[Mapping[str, Any]], expectations: Sequence[Expectation], *, named_by: str) -> list[Broken]:
    """Return the expectations that do not hold; none for no rows.

    Args:
        rows: what is judged; only the columns that the expectations name are taken.
        expectations: the suite.
        named_by: column whose values name a row in the answer; never one with personal data.

    Raises:
        SuiteFailed: the engine raised an error for an expectation; it tells nothing about the rows.
    """
    if not rows:
        return []
    with warnings.catch_warnings():
        # Its own use of what it depends on is not ours to mend.
        warnings.simplefilter("ignore")
        results = _validated(rows, expectations, named_by)
    found = []
    for expectation, result in zip(expectations, results, strict=True):
        if error := _error(result.get("exception_info") or {}):
            raise SuiteFailed(f"{expectation.meaning}: could not be judged: {error}")
        if not result["success"]:
            told = result.get("result") or {}
            names = [str(row[named_by]) for row in told.get("unexpected_index_list") or ()]
            count = int(told.get("unexpected_count") or len(names) or 1)
            found.append(Broken(meaning=expectation.meaning, rows=count, names=tuple(names[:SHOWN])))
    return found


def _validated(
    rows: Sequence[Mapping[str, Any]], expectations: Sequence[Expectation], named_by: str
) -> list[Mapping[str, Any]]:
    wanted = dict.fromkeys([named_by, *(name for each in expectations for name in each.columns)])
    # As objects: a column of whole numbers with gaps would become one of floating point numbers.
    frame = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in wanted})
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("boundary")
    batches = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    suite = gx.ExpectationSuite(name="boundary")
    for number, each in enumerate(expectations):
        made = getattr(gx.expectations, each.kind)
        suite.add_expectation(made(**each.options, meta={"number": number}))
    asked = {"result_format": "COMPLETE", "unexpected_index_column_names": [named_by]}
    told = batches.get_batch({"dataframe": frame}).validate(suite, result_format=asked)
    results: list[Mapping[str, Any]] = told.to_json_dict()["results"]  # type: ignore[no-untyped-call]  # not annotated there
    return sorted(results, key=lambda result: result["expectation_config"]["meta"]["number"])


def _error(info: Mapping[str, Any]) -> str | None:
    """Return the first error in `exception_info`, which holds one entry, or one per metric."""
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "an error without a message").splitlines()[0][:300]
    return None
