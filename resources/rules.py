"""Rule texts: what ships with leadflow, with a folder of overrides laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import rulebook, rules
from pipeline.errors import ConfigurationError
from resources.apollo.filters import check_searches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def rule_texts(folder: Path | None) -> Mapping[str, str]:
    """Return every rule text by name; files of `folder` replace shipped ones of the same name.

    Raises:
        ConfigurationError: the folder does not exist, or holds a file whose name no rule has, or that is unreadable.
    """
    texts = dict(rules.packaged())
    if folder is None:
        return texts
    if not folder.is_dir():
        raise ConfigurationError(f"LEADFLOW_RULES is {folder}: no such folder")
    for path in sorted((*folder.rglob("*.yaml"), *folder.rglob("*.yml"))):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name not in texts or path.suffix != ".yaml":
            allowed = ", ".join(f"{known}.yaml" for known in sorted(texts))
            raise ConfigurationError(f"LEADFLOW_RULES holds {name}{path.suffix}; allowed names: {allowed}")
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"LEADFLOW_RULES holds {name}.yaml, which is no readable UTF-8: {error}"
            ) from error
    return texts


def check_rules(texts: Mapping[str, str]) -> None:
    """Read every rule file: a wrong one stops a run before anything is asked, and not halfway.

    Raises:
        ConfigurationError: some are wrong; the message names file, key, value and what is allowed.
    """
    rulebook.verify(texts)
    check_searches(texts)
