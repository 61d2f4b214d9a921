"""Notes and tasks of a contact (GHL fact sheet §4); creating them is not safe to repeat."""

from __future__ import annotations

from typing import Any

from resources.sandbox.ghl.ids import iso, parse_time
from resources.sandbox.ghl.refusals import not_found_by_id, unprocessable
from resources.sandbox.ghl.routing import Request, Route
from resources.sandbox.ghl.shapes import FLAG, shape, texts

Record = dict[str, Any]
Result = tuple[int, Record]

_NOTE = {**texts("body userId title color"), "pinned": FLAG}
_NEW_NOTE, _CHANGED_NOTE = shape(_NOTE, "body"), shape(_NOTE)
_TASK = {**texts("title body dueDate assignedTo"), "completed": FLAG}
_NEW_TASK, _CHANGED_TASK = shape(_TASK, "title", "dueDate", "completed"), shape(_TASK)
_COMPLETED = shape({"completed": FLAG}, "completed")


def _own(request: Request, table: str, what: str) -> Record:
    """Give the row named by the path; it must belong to the contact of the path."""
    contact = request.account.contacts.get(request.ids[0])
    row = request.account.row(table, request.ids[1], what)
    if row["contactId"] != contact["id"]:
        raise not_found_by_id(what, request.ids[1])
    return row


def _of_contact(request: Request, table: str) -> list[Record]:
    contact = request.account.contacts.get(request.ids[0])
    return [row for row in request.account[table].values() if row["contactId"] == contact["id"]]


def _touch(request: Request) -> None:
    contact = request.account.contacts.get(request.ids[0])
    request.account.contacts.put({**contact, "lastActivity": request.now}, request.now)


def _given(body: Record) -> Record:
    if body.get("dueDate") and parse_time(body["dueDate"]) is None:
        raise unprocessable("dueDate must be a valid ISO 8601 date string")
    return {key: value for key, value in body.items() if value is not None}


def _note_view(note: Record) -> Record:
    return {**note, "dateAdded": iso(note["dateAdded"])}


def notes(request: Request) -> Result:
    """GET /contacts/{id}/notes."""
    return 200, {"notes": [_note_view(note) for note in _of_contact(request, "notes")]}


def note(request: Request) -> Result:
    """GET /contacts/{id}/notes/{note}."""
    return 200, {"note": _note_view(_own(request, "notes", "Note"))}


def add_note(request: Request) -> Result:
    """POST /contacts/{id}/notes."""
    contact = request.account.contacts.get(request.ids[0])
    body = _given(request.body(_NEW_NOTE))
    made = {"id": request.account.ids.short(), "contactId": contact["id"], "dateAdded": request.now, **body}
    request.account["notes"][made["id"]] = made
    _touch(request)
    return 201, {"note": _note_view(made)}


def change_note(request: Request) -> Result:
    """PUT /contacts/{id}/notes/{note}."""
    row = _own(request, "notes", "Note")
    row.update(_given(request.body(_CHANGED_NOTE)))
    return 200, {"note": _note_view(row)}


def drop_note(request: Request) -> Result:
    """DELETE /contacts/{id}/notes/{note}."""
    del request.account["notes"][_own(request, "notes", "Note")["id"]]
    return 200, {"succeded": True}


def tasks(request: Request) -> Result:
    """GET /contacts/{id}/tasks."""
    return 200, {"tasks": _of_contact(request, "tasks")}


def task(request: Request) -> Result:
    """GET /contacts/{id}/tasks/{task}."""
    return 200, {"task": _own(request, "tasks", "Task")}


def add_task(request: Request) -> Result:
    """POST /contacts/{id}/tasks."""
    contact = request.account.contacts.get(request.ids[0])
    body = _given(request.body(_NEW_TASK))
    made = {"id": request.account.ids.short(), "contactId": contact["id"], **body}
    request.account["tasks"][made["id"]] = made
    _touch(request)
    return 201, {"task": made}


def change_task(request: Request) -> Result:
    """PUT /contacts/{id}/tasks/{task}."""
    row = _own(request, "tasks", "Task")
    row.update(_given(request.body(_CHANGED_TASK)))
    return 200, {"task": row}


def complete_task(request: Request) -> Result:
    """PUT /contacts/{id}/tasks/{task}/completed."""
    row = _own(request, "tasks", "Task")
    row.update(request.body(_COMPLETED))
    return 200, {"task": row}


def drop_task(request: Request) -> Result:
    """DELETE /contacts/{id}/tasks/{task}."""
    del request.account["tasks"][_own(request, "tasks", "Task")["id"]]
    return 200, {"succeded": True}


ROUTES = (
    Route("GET", "/contacts/:/notes", "contacts.readonly", notes),
    Route("POST", "/contacts/:/notes", "contacts.write", add_note),
    Route("GET", "/contacts/:/notes/:", "contacts.readonly", note),
    Route("PUT", "/contacts/:/notes/:", "contacts.write", change_note),
    Route("DELETE", "/contacts/:/notes/:", "contacts.write", drop_note),
    Route("GET", "/contacts/:/tasks", "contacts.readonly", tasks),
    Route("POST", "/contacts/:/tasks", "contacts.write", add_task),
    Route("GET", "/contacts/:/tasks/:", "contacts.readonly", task),
    Route("PUT", "/contacts/:/tasks/:", "contacts.write", change_task),
    Route("PUT", "/contacts/:/tasks/:/completed", "contacts.write", complete_task),
    Route("DELETE", "/contacts/:/tasks/:", "contacts.write", drop_task),
)
