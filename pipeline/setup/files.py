"""Answers as files: lines of `.env`, rule files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
_NAME = re.compile(r"^(?P<off>#\s?)?(?:export\s+)?(?P<name>[A-Z][A-Z0-9_]*)\s*=.*?(?P<remark>\s+#.*)?$")


def environment(text: str, values: Mapping[str, str]) -> str:
    """Return the text of an `.env` file with these values: known lines are changed in place, others stay.

    A line that is commented out (`#NAME=...`) is used when its name has no other; what has no line is added at the
    end. Remarks behind a value stay. A name that has several lines gets the value in each: the last one wins.
    """
    lines = text.splitlines()
    names = [_NAME.match(line) for line in lines]
    active = {found["name"] for found in names if found and not found["off"]}
    placed: set[str] = set()
    for number, found in enumerate(names):
        name = found["name"] if found else ""
        if found is None or name not in values or (found["off"] and (name in active or name in placed)):
            continue
        lines[number] = f"{name}={quoted(values[name])}{found['remark'] or ''}"
        placed.add(name)
    lines += [f"{name}={quoted(value)}" for name, value in values.items() if name not in placed]
    return "\n".join(lines) + "\n"


def quoted(value: str) -> str:
    """Return a value as `.env` holds it."""
    if not value or _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def owners(emails: Sequence[str]) -> str:
    """Return `owners.yaml`: these users take turns."""
    return _yaml(
        "Who owns a new record in the CRM, by e-mail address of the user; several take turns.",
        {
            "territories": [],
            "otherwise": list(emails),
        },
    )


def enrolments(starts: Mapping[str, str]) -> str:
    """Return `enrolments.yaml`: segment → workflow."""
    note = (
        "Which segment starts which GoHighLevel workflow, once a person; also again_after_days and channels, see the "
        "shipped file."
    )
    return _yaml(note, {"starts": [{"segment": segment, "workflow": workflow} for segment, workflow in starts.items()]})


def searches(*, seniorities: Sequence[str], countries: Sequence[str], max_people: int) -> str:
    """Return `searches.yaml`: one search."""
    filters: dict[str, Any] = {"person_seniorities": list(seniorities)}
    if countries:
        filters["person_locations"] = list(countries)
    search = {"name": "first", "max_people": max_people, "filters": filters}
    note = (
        "Saved people searches at Apollo: its own filter names; max_people caps what one run may buy (one credit each)."
    )
    return _yaml(note, {"searches": [search]})


def mapping(text: str, fields: Mapping[str, str | None]) -> str:
    """Return the text of `mappings/zoho.yaml` with other field names: shipped name → name there, None: not sent."""
    lines = []
    for line in text.splitlines():
        found = re.match(r"^(\s+)([A-Za-z_]+)(:.*)$", line)
        if found and found[2] in fields:
            name = fields[found[2]]
            if name is None:
                continue
            line = f"{found[1]}{name}{found[3]}"  # noqa: PLW2901 - the line as it is written
        lines.append(line)
    return "\n".join(lines) + "\n"


def _yaml(note: str, document: Mapping[str, Any]) -> str:
    return f"# {note}\n" + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
