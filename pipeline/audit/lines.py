"""An audit in the terminal: what is wrong first, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.audit.findings import Result, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NAMES = {"zoho": "Zoho", "ghl": "GoHighLevel"}
SIGNS = {"bad": "✗", "warn": "!", "note": "·"}


def lines(
    results: Sequence[Result], *, counts: Mapping[str, int], vendors: Sequence[str], left_out: Sequence[str]
) -> Iterator[str]:
    """Yield the summary line by line."""
    parts = ", ".join(f"{counts[vendor]:,} in {NAMES[vendor]}" for vendor in vendors)
    yield f"{counts['records']:,} records of {counts['people']:,} people: {parts}"
    yield ""
    for result in ordered(results):
        finding = result.finding
        if result.rows is None:
            yield f"  - {finding.title}: not looked at, what it needs was not read"
            continue
        share = f" ({100 * result.share:.1f} % of {result.of:,})" if result.share is not None else ""
        sign = SIGNS[finding.level] if result.rows else "✓"
        yield f"  {sign} {result.rows:>7,}  {finding.title}{share if result.rows else ''}"
        if result.rows:
            yield f"             {finding.advice}"
    if left_out:
        yield ""
        yield from (f"note     {note}" for note in left_out)
