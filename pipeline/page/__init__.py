"""The morning page: one self-contained HTML file, made of the rows of sql/page/*.sql; it names nobody."""

from __future__ import annotations

from pipeline.page.document import Heading, render, statements

__all__ = ["Heading", "render", "statements"]
