"""Tag names and tag definitions (Zoho fact sheet §7.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.metadata import asked_module
from resources.sandbox.zoho.problems import Json, item, success

if TYPE_CHECKING:
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.request import Request

LONGEST = 25
FORBIDDEN = re.compile("[<>,\U0001f000-\U0001faff\u2600-\u27bf]")


class TagError(Exception):
    """A tag name or list that Zoho does not take."""

    def __init__(self, code: str, message: str, details: Json) -> None:
        super().__init__(f"{code}: {message}")
        self.item = item(code, message, details)


def tag_names(organisation: Organisation, module: str, value: Any) -> list[str]:
    """Read a `Tag` list of a row or the `tags` of a body: `[{"name": …}]` or `[{"id": …}]`."""
    if not isinstance(value, list):
        raise TagError("INVALID_DATA", "invalid data", {"api_name": "Tag", "expected_data_type": "jsonarray"})
    by_id = {ident: name for name, ident in organisation.tags[module].items()}
    names: list[str] = []
    for entry in value:
        name = entry.get("name") or by_id.get(str(entry.get("id"))) if isinstance(entry, dict) else None
        if not isinstance(name, str):
            raise TagError("INVALID_DATA", "invalid data", {"api_name": "name"})
        names.append(fit_name(name))
    if len(names) > organisation.switches.tags_per_record:
        raise TagError("LIMIT_EXCEEDED", "tag limit exceeded", {"limit": organisation.switches.tags_per_record})
    return names


def fit_name(name: str) -> str:
    """Give a trimmed tag name; raise TagError for a long one or forbidden characters."""
    kept = name.strip()
    if not kept or len(kept) > LONGEST:
        raise TagError("INVALID_DATA", "invalid data", {"api_name": "name", "maximum_length": LONGEST})
    if FORBIDDEN.search(kept):
        raise TagError("INVALID_DATA", "special characters found in the given name", {"api_name": "name"})
    return kept


def tags(request: Request) -> Answer:
    """GET /settings/tags?module=."""
    organisation = request.organisation
    known = organisation.tags[asked_module(request).name]
    if not known:
        return Answer(status=204)
    me, stamp = organisation.reference(organisation.me), organisation.shown(organisation.founded)
    stamps = {"created_time": stamp, "modified_time": stamp, "created_by": me, "modified_by": me}
    shown = [{"name": name, "id": ident, "color_code": None, **stamps} for name, ident in known.items()]
    info = {"count": len(shown), "allowed_count": organisation.switches.tags_per_module}
    return Answer(body={"tags": shown, "info": info})


def create_tags(request: Request) -> Answer:
    """POST /settings/tags?module=."""
    organisation = request.organisation
    module = asked_module(request).name
    items: list[Json] = []
    for row in request.rows("tags"):
        try:
            name = fit_name(str(row["name"]) if isinstance(row, dict) and row.get("name") else "")
        except TagError as refused:
            items.append(refused.item)
            continue
        known = {tag.casefold(): ident for tag, ident in organisation.tags[module].items()}
        if name.casefold() in known:
            details = {**request.place("name"), "id": known[name.casefold()]}
            items.append(item("DUPLICATE_DATA", "duplicate data", details))
            continue
        if len(known) >= organisation.switches.tags_per_module:
            items.append(item("LIMIT_EXCEEDED", "tag limit exceeded"))
            continue
        stamp, me = organisation.shown(organisation.moment()), organisation.reference(organisation.me)
        details = {
            "id": organisation.tag_id(module, name),
            "created_time": stamp,
            "modified_time": stamp,
            "created_by": me,
            "modified_by": me,
            "color_code": None,
        }
        items.append(success("tags created successfully", details))
    return request.batch(items, all_passed=201, key="tags")
