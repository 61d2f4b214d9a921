"""Rules are YAML files beside this module; a folder named by LEADFLOW_RULES may replace any of them.

`packaged()` gives the texts that ship with leadflow, `resources/rules.py` lays overrides over them, `parse`
turns one text into its frozen model, and `fingerprint` names the whole set in metadata and plan hashes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable

    from pydantic_core import ErrorDetails


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


LONGEST_VALUE = 200
"""Characters of a wrong value that a message repeats: it may be half a file."""


class Rule(BaseModel):
    """Base of every rules model: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=BaseModel)
Value = TypeVar("Value")
VENDORS = ("apollo", "zoho", "ghl")


def of_each(said: dict[str, Value], names: Sequence[str] = VENDORS, *, is_whole: bool = True) -> dict[str, Value]:
    """Return what a rule says by name; ValueError where a name is unknown or, with `is_whole`, one is missing."""
    allowed = ", ".join(names)
    if unknown := [name for name in said if name not in names]:
        raise ValueError(f"{', '.join(unknown)}: there is no such key; allowed: {allowed}")
    if lacking := [name for name in names if is_whole and name not in said]:
        raise ValueError(f"{', '.join(lacking)} is missing; each of {allowed} has its part")
    return said


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
        problems = "; ".join(_told(model, item) for item in error.errors())
        raise ConfigurationError(f"rules/{name}.yaml: {problems}") from error


def _told(model: type[BaseModel], item: ErrorDetails) -> str:
    """Return one problem in words: key, value, and what is allowed."""
    place = ".".join(str(part) for part in item["loc"]) or "(file)"
    if item["type"] == "extra_forbidden":
        names = ", ".join(_names(model, item["loc"][:-1]))
        return f"{place} = {_short(item['input'])}: there is no such key; allowed: {names}"
    if item["type"] == "missing":
        return f"{place} is missing"
    return f"{place} = {_short(item['input'])}: {item['msg']}"


def _names(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """Return the keys that the part of a file at `place` may have."""
    found: list[Any] = [model]
    for part in place:
        inside: list[Any] = []
        for kind in found:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                fields = kind.model_fields
                inside += [field.annotation for name, field in fields.items() if part in {name, field.alias}]
            else:
                # The kind of the values of a mapping stands last, that of a list's items first and alone.
                inside += [item for item in get_args(kind)[-1:] + get_args(kind)[:1] if item is not Ellipsis]
        found = [kind for each in inside for kind in _alternatives(each)]
    models = [kind for kind in found if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return sorted({field.alias or name for kind in models for name, field in kind.model_fields.items()})


def _alternatives(kind: Any) -> list[Any]:
    """Return what a kind may be in its place: the members of a union, else itself."""
    if get_origin(kind) in {Union, UnionType}:
        return [member for member in get_args(kind) if member is not type(None)]
    return [kind]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir() and not entry.name.startswith("__"):
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            found.append((f"{prefix}{entry.name[:-5]}", entry.read_text(encoding="utf-8")))
    return found
