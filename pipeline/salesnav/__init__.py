"""Lead lists that come from Sales Navigator exporters, Apollo's own CSV export and hand-made sheets.

LinkedIn offers no lead export: each file is the work of a third-party tool. `detect` tells the tool from the
header row, `canonical` turns one line into the names of `pipeline.salesnav.formats.CANONICAL`.
"""

from __future__ import annotations

from pipeline.salesnav.exporters import FORMATS
from pipeline.salesnav.formats import CANONICAL, detect
from pipeline.salesnav.rows import Reject, canonical

__all__ = ["CANONICAL", "FORMATS", "Reject", "canonical", "detect"]
