"""The result file of a bulk write: three mapped columns and what became of each row (Zoho fact sheet §4.4)."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resources.sandbox.zoho.bulkasking import Plan
    from resources.sandbox.zoho.settings import Switches

TOLD = ("STATUS", "RECORD_ID", "ERRORS")
COLUMNS = 3


def result_zip(plan: Plan, outcomes: Sequence[Sequence[Any]], *, job: str, switches: Switches) -> bytes:
    """Write the zip; an outcome is [place of the row, STATUS, RECORD_ID, ERRORS]."""
    columns = [(column.index, column.header) for column in plan.columns if column.index is not None][:COLUMNS]
    told = list(outcomes)
    if switches.bulk_shuffled:
        random.Random(job).shuffle(told)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(header for _, header in columns), *TOLD])
    for place, status, ident, errors in told:
        cells = plan.sheet.rows[place]
        first = [cells[index] if index < len(cells) else "" for index, _ in columns]
        writer.writerow([*first, status.lower() if switches.bulk_lower_case else status, ident, errors])
    return zipped(f"{plan.module.name}-{plan.sheet.name}", out.getvalue())


def zipped(name: str, text: str) -> bytes:
    """Give a zip that holds one text."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(name, text)
    return held.getvalue()
