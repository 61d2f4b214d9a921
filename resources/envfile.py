"""Files of settings, replaced as a whole; what was there stays beside them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_aside(path: Path, text: str, *, mode: int) -> None:
    """Replace a file by `text` with this mode; another text that was there is kept as `<name>.before`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        before = path.read_text(encoding="utf-8")
        if before == text:
            return
        _write(path.with_name(f"{path.name}.before"), before, mode)
    _write(path, text, mode)


def _write(path: Path, text: str, mode: int) -> None:
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
