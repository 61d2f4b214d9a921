"""Seniority in Apollo's words, from an exporter's display word or, failing that, from the job title."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.salesnav.cells import REMEMBERED

_DISPLAY = {
    "c suite": "c_suite",
    "c-suite": "c_suite",
    "cxo": "c_suite",
    "vice president": "vp",
    "senior vice president": "vp",
    "individual contributor": "senior",
    "training": "intern",
}
_LEVELS = (
    "owner",
    "founder",
    "c_suite",
    "partner",
    "vp",
    "head",
    "director",
    "manager",
    "senior",
    "entry",
    "intern",
)
_TITLE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (level, re.compile(pattern, re.IGNORECASE))
    for level, pattern in (
        ("founder", r"\b(co-?)?founder\b|\bgründer(in)?\b|\bfondat(eur|rice)\b"),
        ("owner", r"(?<!product )(?<!process )(?<!service )(?<!data )\bowner\b|\binhaber(in)?\b"),
        ("vp", r"\b([es]?vp|avp)\b|\bvice[ -]president\b"),
        (
            "c_suite",
            r"\bc[etfomidprs]o\b|\bch?i?[rs]o\b|\bchief\b|\bpresident\b",
        ),
        ("c_suite", r"\bmanaging director\b|\bgeschäftsführer"),
        ("head", r"\bhead\b|\bleiter(in)?\b"),
        ("director", r"\bdirect(or|eur|rice)\b|\bdirektor"),
        ("partner", r"\b(managing|general|founding|senior|equity) partner\b|^partner\b"),
        ("intern", r"\bintern\b|\btrainee\b|\bapprentice\b|\bpraktikant"),
        ("manager", r"\bmanager\b|\bmgr\b|\bsupervisor\b|\bteam lead(er)?\b"),
        ("senior", r"\bsenior\b|\bsr\b\.?|\blead\b|\bprincipal\b|\bstaff\b"),
        ("entry", r"\bjunior\b|\bjr\b\.?|\bassistant\b|\bassociate\b"),
    )
)


@lru_cache(maxsize=REMEMBERED)
def seniority(word: str | None, title: str | None) -> str | None:
    """Return one of Apollo's seniority words; None when neither the word nor the title tells."""
    if word:
        folded = word.casefold().strip()
        spelled = _DISPLAY.get(folded, folded.replace(" ", "_"))
        if spelled in _LEVELS:
            return spelled
    if not title:
        return None
    # An assistant to the CEO is no CEO.
    told = re.split(r"\b(?:assistant|office|advisor) (?:to|of)\b", title, maxsplit=1, flags=re.IGNORECASE)
    if len(told) > 1 and not told[0].strip():
        return "entry"
    return next((level for level, pattern in _TITLE if pattern.search(told[0])), None)
