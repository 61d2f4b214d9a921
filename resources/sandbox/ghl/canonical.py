"""The end state by business keys, without ids and times: equal for two runs that did the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.book import name_of
from resources.sandbox.ghl.ids import short_id

if TYPE_CHECKING:
    from resources.sandbox.ghl.account import Account

Record = dict[str, Any]
_VOLATILE = frozenset({"id", "locationId", "dateAdded", "dateUpdated", "lastActivity", "businessId"})


def business_key(account: Account, contact: Record) -> str:
    """Give leadflow_id, else e-mail, else phone, else name of a contact."""
    key_field = short_id(f"{account.salt}:field:leadflow_id")
    value = contact.get("customFields", {}).get(key_field)
    if value:
        return str(value)
    return str(contact.get("email", "").lower() or contact.get("phone") or name_of(contact))


def canonical(account: Account) -> Record:
    """Describe contacts with all that hangs on them, and the location's tags and fields."""
    shown: dict[str, list[Record]] = {}
    hanging = _by_contact(account)
    for contact in account.contacts:
        shown.setdefault(business_key(account, contact), []).append(
            _contact(account, contact) | hanging.get(contact["id"], {})
        )
    contacts: Record = {}
    for key in sorted(shown):
        same = sorted(shown[key], key=lambda one: json.dumps(one, sort_keys=True))
        for number, one in enumerate(same, start=1):
            contacts[key if number == 1 else f"{key}#{number}"] = one
    fields = sorted(field["fieldKey"] for field in account["custom_fields"].values())
    return {"contacts": contacts, "tags": sorted(account["tags"]), "custom_fields": fields}


def _contact(account: Account, contact: Record) -> Record:
    shown = {key: value for key, value in contact.items() if key not in _VOLATILE and value not in ([], {})}
    fields = account["custom_fields"]
    values = {fields[one]["fieldKey"]: value for one, value in contact.get("customFields", {}).items()}
    if values:
        shown["customFields"] = dict(sorted(values.items()))
    if "assignedTo" in shown:
        shown["assignedTo"] = account["users"].get(shown["assignedTo"], {}).get("email", shown["assignedTo"])
    if "tags" in shown:
        shown["tags"] = sorted(shown["tags"])
    return shown


def _by_contact(account: Account) -> dict[str, dict[str, list[Any]]]:
    """Collect messages, enrolments, opportunities, meetings, notes and tasks per contact."""
    found: dict[str, dict[str, list[Any]]] = {}

    def add(row: Record, what: str, value: Any) -> None:
        found.setdefault(row["contactId"], {}).setdefault(what, []).append(value)

    for row in account["messages"].values():
        add(row, "messages", [row["direction"], row["messageType"], row["status"], row["body"]])
    for row in account["enrolments"].values():
        add(row, "enrolments", [account["workflows"][row["workflowId"]]["name"], row["times"]])
    for row in account["opportunities"].values():
        pipeline = account["pipelines"][row["pipelineId"]]
        stage = next(one["name"] for one in pipeline["stages"] if one["id"] == row["pipelineStageId"])
        add(row, "opportunities", [pipeline["name"], stage, row["status"], row["name"], row["monetaryValue"]])
    for row in account["events"].values():
        add(row, "meetings", [row["title"], row["appointmentStatus"]])
    for row in account["notes"].values():
        add(row, "notes", [row["body"]])
    for row in account["tasks"].values():
        add(row, "tasks", [row["title"], bool(row.get("completed"))])
    for lists in found.values():
        for values in lists.values():
            values.sort(key=repr)
    return found
