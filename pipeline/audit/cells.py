"""Cells of a CSV file."""

from __future__ import annotations

from datetime import datetime

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> object:
    """Return a value as a CSV cell; what a spreadsheet would run as a formula is quoted as text."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
