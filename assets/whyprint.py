"""The story of a person on a terminal, or as plain lines elsewhere; nothing in it is read as markup."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.whyview.page import Section, headline, section, sections

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = 160
"""Columns where there is no terminal: files and pipes."""
NARROWEST = 80


def console() -> Console:
    """Return a console that takes every text as it is."""
    width = None if sys.stdout.isatty() else PAGE
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


def show(told: Mapping[str, Any]) -> None:
    """Print a story, or the people to choose from."""
    printed = console()
    if told["status"] == "several":
        names = ("key", "full_name", "title", "company_name", "email", "records")
        rows = [tuple(row[name] for name in names) for row in told["matches"]]
        several = section(
            f"{len(rows)} people answer to this ({told['read_as']})", "key|name|title|company|e-mail|records", rows, ""
        )
        show_section(printed, several)
        printed.print(Text("see one of them: leadflow why KEY", style="dim"))
        return
    first, *rest = headline(told)
    printed.print(Text(first, style="bold"))
    for line in rest:
        printed.print(Text(line))
    if told["is_old_key"]:
        printed.print(Text("you asked by a key that was merged into this person", style="yellow"))
    for part in sections(told):
        show_section(printed, part)


def show_section(printed: Console, part: Section) -> None:
    """Print one section: a table, or the sentence that says why there is none."""
    printed.print()
    if not part.rows:
        printed.print(Text.assemble((part.title, "bold"), ": ", (part.none, "dim")))
        return
    printed.print(Text(part.title, style="bold"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in part.columns:
        table.add_column(Text(name), overflow="fold")
    for row in part.rows:
        table.add_row(*(Text(cell) for cell in row))
    printed.print(table)
