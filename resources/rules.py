"""Rule texts: what ships with leadflow, with a folder of overrides laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import rules
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def rule_texts(folder: Path | None) -> Mapping[str, str]:
    """Return every rule text by name; files of `folder` replace shipped ones of the same name.

    Raises:
        ConfigurationError: the folder does not exist, or holds a file whose name no rule has.
    """
    texts = dict(rules.packaged())
    if folder is None:
        return texts
    if not folder.is_dir():
        raise ConfigurationError(f"LEADFLOW_RULES is {folder}: no such folder")
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name not in texts:
            raise ConfigurationError(f"LEADFLOW_RULES holds {name}.yaml; allowed names: {', '.join(sorted(texts))}")
        texts[name] = path.read_text(encoding="utf-8")
    return texts
