"""The end state by business keys: equal for two runs that did the same, whatever ids and times came out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.store import Record, Table


def end_state(organisation: Organisation) -> dict[str, Any]:
    """Give per module: business key → values, tags, owner, converted; and the keys that were deleted.

    Records that share a key are told apart as `key`, `key#2` … in the order of their content.
    """
    state: dict[str, Any] = {"automations": dict(sorted(organisation.automations.items()))}
    for name, table in organisation.tables.items():
        state[name] = _records(organisation, table)
        state[f"{name}.deleted"] = sorted(entry.key for entry in table.deleted)
    return state


def _records(organisation: Organisation, table: Table) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in table.ordered():
        groups.setdefault(organisation.business_key(record), []).append(_shown(organisation, record))
    found: dict[str, Any] = {}
    for key in sorted(groups):
        alike = sorted(groups[key], key=lambda shown: json.dumps(shown, sort_keys=True, ensure_ascii=False))
        for place, shown in enumerate(alike, start=1):
            found[key if place == 1 else f"{key}#{place}"] = shown
    return found


def _shown(organisation: Organisation, record: Record) -> dict[str, Any]:
    values = {name: _plain(organisation, value) for name, value in sorted(record.values.items())}
    user = organisation.user(record.owner)
    shown: dict[str, Any] = {
        **values,
        "Owner": user.email if user else None,
        "Tag": sorted(record.tags),
    }
    if record.converted is not None:
        shown["converted"] = {
            module: _named(organisation, record.converted.get(module)) for module in ("Contacts", "Accounts", "Deals")
        }
    return shown


def _plain(organisation: Organisation, value: Any) -> Any:
    return _named(organisation, value.get("id")) if isinstance(value, dict) else value


def _named(organisation: Organisation, ident: str | None) -> str | None:
    for table in organisation.tables.values():
        if ident in table.records:
            return organisation.business_key(table.records[ident])
    return None if ident is None else "(gone)"
