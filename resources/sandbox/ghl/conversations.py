"""Conversation calls: search, messages, the message export (GHL fact sheet §8)."""

from __future__ import annotations

import base64
import json
from typing import Any

from resources.sandbox.ghl.ids import parse_time
from resources.sandbox.ghl.refusals import bad_request, not_found_by_id, unprocessable
from resources.sandbox.ghl.routing import TALK_VERSION, Request, Route
from resources.sandbox.ghl.shapes import ANY, ARRAY, NUMBER, shape, texts
from resources.sandbox.ghl.threads import add_message, conversation_view, email_view, message_view

Record = dict[str, Any]
Result = tuple[int, Record]

_CHANNELS = frozenset({"Call", "SMS", "Email", "WhatsApp", "Instagram", "Facebook"})
_SEND = shape(
    {
        **texts("type contactId subject html message emailFrom emailTo threadId replyMessageId templateId status"),
        "emailCc": ARRAY,
        "emailBcc": ARRAY,
        "attachments": ARRAY,
        "scheduledTimestamp": NUMBER,
        "subType": ANY,
    },
    "type",
    "contactId",
)


def _time(request: Request, name: str) -> int | None:
    text = request.call.param(name)
    if not text:
        return None
    moment = parse_time(text)
    if moment is None:
        raise unprocessable(f"{name} must be a valid date")
    return moment


def search(request: Request) -> Result:
    """GET /conversations/search: latest message first, continued behind startAfterDate."""
    request.located()
    call, account = request.call, request.account
    limit = request.whole("limit", 20, least=1, most=100)
    rows = [conversation_view(account, thread) for thread in account["conversations"].values()]
    for name, key in (
        ("contactId", "contactId"),
        ("lastMessageType", "lastMessageType"),
        ("lastMessageDirection", "lastMessageDirection"),
        ("id", "id"),
    ):
        if call.param(name):
            rows = [row for row in rows if row[key] == call.param(name)]
    if call.param("status") == "unread":
        rows = [row for row in rows if row["unreadCount"]]
    since, until = _time(request, "startDate"), _time(request, "endDate")
    rows = [row for row in rows if (since or 0) <= row["lastMessageDate"] <= (until or request.now)]
    words = (call.param("query") or "").lower()
    rows = [row for row in rows if words in f"{row['fullName']} {row.get('email', '')}".lower()]
    sign = 1 if call.param("sort") == "asc" else -1
    rows.sort(key=lambda row: (sign * row["lastMessageDate"], row["id"]))
    total, after = len(rows), _time(request, "startAfterDate")
    if after is not None:
        rows = [row for row in rows if sign * row["lastMessageDate"] > sign * after]
    return 200, {"conversations": rows[:limit], "total": total}


def messages(request: Request) -> Result:
    """GET /conversations/{id}/messages: newest first, continued behind lastMessageId."""
    account, thread_id = request.account, request.ids[0]
    rows = [one for one in account["messages"].values() if one["conversationId"] == thread_id]
    if not rows:
        raise not_found_by_id("Conversation", thread_id)
    limit = request.whole("limit", 20, least=1, most=100)
    kinds = [kind for kind in (request.call.param("type") or "").split(",") if kind]
    rows.sort(key=lambda one: (-one["dateAdded"], one["id"]))
    rows = [one for one in rows if not kinds or one["messageType"] in kinds]
    after = request.call.param("lastMessageId")
    if after:
        places = [place for place, one in enumerate(rows) if one["id"] == after]
        rows = rows[places[0] + 1 :] if places else []
    shown = rows[:limit]
    page = {
        "lastMessageId": shown[-1]["id"] if shown else "",
        "nextPage": len(rows) > limit,
        "messages": [message_view(one) for one in shown],
    }
    return 200, {"messages": page} if account.switches.messages_nested else page


def _cursor_of(message: Record, field: str) -> str:
    return base64.b64encode(json.dumps({"lastSort": [message[field]], "lastId": message["id"]}).encode()).decode()


def _edge(cursor: str, sign: int) -> tuple[int, str]:
    try:
        read = json.loads(base64.b64decode(cursor, validate=True))
        return sign * int(read["lastSort"][0]), str(read["lastId"])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise bad_request("Invalid cursor") from error


def export(request: Request) -> Result:
    """GET /conversations/messages/export: e-mails only with channel=Email, everything else without."""
    request.located()
    call, account = request.call, request.account
    limit = request.whole("limit", 100, least=10, most=500)
    sort_by, order = call.param("sortBy") or "createdAt", call.param("sortOrder") or "desc"
    if sort_by not in ("createdAt", "updatedAt") or order not in ("asc", "desc"):
        raise unprocessable("sortBy must be one of createdAt, updatedAt; sortOrder one of asc, desc")
    channel = call.param("channel")
    if channel and channel not in _CHANNELS:
        raise unprocessable(f"channel must be one of the following values: {', '.join(sorted(_CHANNELS))}")
    field = "dateAdded" if sort_by == "createdAt" else "dateUpdated"
    dated = field if account.switches.export_dates_follow_sort else "dateAdded"
    since, until = _time(request, "startDate"), _time(request, "endDate")
    wanted = f"TYPE_{channel.upper()}" if channel else None
    rows = [
        one
        for one in account["messages"].values()
        if (one["messageType"] == wanted if wanted else one["messageType"] != "TYPE_EMAIL")
        and (since is None or one[dated] >= since)
        and (until is None or one[dated] <= until)
        and call.param("contactId") in (None, one["contactId"])
        and call.param("conversationId") in (None, one["conversationId"])
    ]
    sign = 1 if order == "asc" else -1
    rows.sort(key=lambda one: (sign * one[field], one["id"]))
    total, cursor = len(rows), call.param("cursor")
    if cursor:
        edge = _edge(cursor, sign)
        rows = [one for one in rows if (sign * one[field], one["id"]) > edge]
    shown = rows[:limit]
    following = _cursor_of(shown[-1], field) if len(rows) > limit else None
    return 200, {"messages": [message_view(one) for one in shown], "nextCursor": following, "total": total}


def conversation(request: Request) -> Result:
    """GET /conversations/{id}: `type` is a number here, where the search has a word."""
    threads = request.account["conversations"].values()  # kept by contact
    thread = next((one for one in threads if one["id"] == request.ids[0]), None)
    if thread is None:
        raise not_found_by_id("Conversation", request.ids[0])
    shown = conversation_view(request.account, thread)
    return 200, {
        **{name: shown[name] for name in ("id", "contactId", "locationId", "unreadCount")},
        "type": 2 if shown["type"] == "TYPE_EMAIL" else 1,
        "deleted": False,
        "inbox": True,
        "starred": False,
    }


def message(request: Request) -> Result:
    """GET /conversations/messages/{id}."""
    return 200, message_view(request.account.row("messages", request.ids[0], "Message"))


def email(request: Request) -> Result:
    """GET /conversations/messages/email/{id}: the id comes from meta.email.messageIds."""
    for one in request.account["messages"].values():
        if one.get("emailId") == request.ids[0]:
            return 200, email_view(request.account, one)
    raise not_found_by_id("Email message", request.ids[0])


def send(request: Request) -> Result:
    """POST /conversations/messages: never safe to repeat."""
    body = request.body(_SEND)
    contact = request.account.contacts.get(body["contactId"])
    if body["type"] not in ("Email", "SMS"):
        raise unprocessable("type must be one of the following values: Email, SMS")
    text = body.get("html") or body.get("message") or ""
    more = {"channel": body["type"], "subject": body.get("subject") or "", "source": "api"}
    made = add_message(request.account, contact, at=request.now, direction="outbound", status="sent", body=text, **more)
    answer = {"conversationId": made["conversationId"], "messageId": made["id"], "status": "pending"}
    return 200, answer | ({"emailMessageId": made["emailId"]} if "emailId" in made else {})


_READ, _WRITE = "conversations/message.readonly", "conversations/message.write"
ROUTES = (
    Route("GET", "/conversations/search", "conversations.readonly", search, TALK_VERSION),
    Route("GET", "/conversations/:", "conversations.readonly", conversation, TALK_VERSION),
    Route("GET", "/conversations/:/messages", _READ, messages, TALK_VERSION),
    Route("GET", "/conversations/messages/export", _READ, export, TALK_VERSION),
    Route("GET", "/conversations/messages/:", _READ, message, TALK_VERSION),
    Route("GET", "/conversations/messages/email/:", _READ, email, TALK_VERSION),
    Route("POST", "/conversations/messages", _WRITE, send, TALK_VERSION),
)
