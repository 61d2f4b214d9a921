"""Rules are YAML files beside this module; a folder named by LEADFLOW_RULES may replace any of them.

`packaged()` gives the texts that ship with leadflow, `resources/rules.py` lays overrides over them, `parse`
turns one text into its frozen model, and `fingerprint` names the whole set in metadata and plan hashes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Rule(BaseModel):
    """Base of every rules model: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=BaseModel)


@cache
def packaged() -> Mapping[str, str]:
    """Return the shipped rule texts by name: `scoring`, `segments`, `mappings/zoho`, ..."""
    return dict(_walk(files("pipeline") / "rules", ""))


UNDECIDING = frozenset({"alerts"})
"""Rule files by which nothing is decided about people: a plan that waits stays good when they change."""


def fingerprint(texts: Mapping[str, str]) -> str:
    """Return twelve hex digits that change when the text of any rule that decides something changes."""
    digest = hashlib.sha256()
    for name in sorted(texts.keys() - UNDECIDING):
        digest.update(f"{name}\0{texts[name]}\0".encode())
    return digest.hexdigest()[:12]


def parse(model: type[Model], name: str, texts: Mapping[str, str]) -> Model:
    """Return rule file `name` as `model`.

    Raises:
        ConfigurationError: the file is missing, is not YAML, or a key or value is wrong; the message
            names the file, the key, the value and what is allowed.
    """
    if name not in texts:
        message = f"rules/{name}.yaml is missing; known rule files: {', '.join(sorted(texts))}"
        raise ConfigurationError(message)
    return cast("Model", _parsed(model, name, texts[name]))


@cache
def _parsed(model: type[BaseModel], name: str, text: str) -> BaseModel:
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - the C twin of the safe loader
    except yaml.YAMLError as error:
        raise ConfigurationError(f"rules/{name}.yaml is not valid YAML: {error}") from error
    try:
        return model.model_validate(document if document is not None else {})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or '(file)'} = {item['input']!r}: {item['msg']}"
            for item in error.errors()
        )
        raise ConfigurationError(f"rules/{name}.yaml: {problems}") from error


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir() and not entry.name.startswith("__"):
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            found.append((f"{prefix}{entry.name[:-5]}", entry.read_text(encoding="utf-8")))
    return found
