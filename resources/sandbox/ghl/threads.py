"""Threads: how a message comes into a contact's conversation, and how both are read (GHL fact sheet §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.book import name_of
from resources.sandbox.ghl.ids import iso

if TYPE_CHECKING:
    from resources.sandbox.ghl.account import Account

Record = dict[str, Any]
TYPES = {"Call": 1, "SMS": 2, "Email": 3}
_PRIVATE = ("subject", "emailId", "sourceId", "sentAt", "unsubscribed")


def add_message(
    account: Account, contact: Record, *, at: int, direction: str, status: str, body: str, **more: Any
) -> Record:
    """Store a message at `at` (epoch ms); the conversation and lastActivity move with it.

    `more`: channel (Email by default), subject, source, sourceId (workflow or campaign).
    """
    threads = account["conversations"]
    if contact["id"] not in threads:
        threads[contact["id"]] = {"id": account.ids.short(), "contactId": contact["id"], "unreadCount": 0}
    thread = threads[contact["id"]]
    channel = more.pop("channel", "Email")
    message = {
        "id": account.ids.short(),
        "type": TYPES[channel],
        "messageType": f"TYPE_{channel.upper()}",
        "locationId": account.location_id,
        "contactId": contact["id"],
        "conversationId": thread["id"],
        "dateAdded": at,
        "dateUpdated": at,
        "body": body,
        "direction": direction,
        "status": status,
        "contentType": "text/html" if channel == "Email" else "text/plain",
        "attachments": [],
        **more,
    }
    if channel == "Email":
        message["emailId"] = account.ids.short()
    account["messages"][message["id"]] = message
    thread["unreadCount"] += direction == "inbound"
    thread["lastMessageId"], thread["lastMessageDate"] = message["id"], at
    # A reply is a change of the contact; a message of ours only moves its last activity.
    current = account.contacts.rows[contact["id"]]
    active = {**current, "lastActivity": max(at, current.get("lastActivity", 0))}
    account.contacts.put(active, at, touched=direction == "inbound")
    return message


def message_view(message: Record) -> Record:
    """Give a message as it is read; an e-mail points to its e-mail records."""
    shown = {key: value for key, value in message.items() if key not in _PRIVATE}
    shown |= {"dateAdded": iso(message["dateAdded"]), "dateUpdated": iso(message["dateUpdated"])}
    if "emailId" in message:
        shown["meta"] = {"email": {"messageIds": [message["emailId"]]}}
    return shown


def email_view(account: Account, message: Record) -> Record:
    """Give the e-mail record of a message, with subject and addresses."""
    address = account.contacts.rows[message["contactId"]].get("email", "")
    office = "Outreach <office@outreach.example>"
    inbound = message["direction"] == "inbound"
    status = "opened" if message["status"] == "clicked" else message["status"]
    kept = (
        "locationId",
        "contactId",
        "conversationId",
        "body",
        "direction",
        "contentType",
        "attachments",
        "source",
    )
    return {
        **{key: message[key] for key in kept if key in message},
        "id": message["emailId"],
        "altId": message["id"],
        "threadId": message["conversationId"],
        "dateAdded": iso(message["dateAdded"]),
        "subject": message.get("subject", ""),
        "status": status,
        "from": address if inbound else office,
        "to": [office if inbound else address],
        "cc": [],
        "bcc": [],
        "provider": "leadconnector",
    }


def conversation_view(account: Account, thread: Record) -> Record:
    """Give a conversation as search lists it."""
    contact = account.contacts.rows[thread["contactId"]]
    last = account["messages"][thread["lastMessageId"]]
    shown = {
        "id": thread["id"],
        "contactId": contact["id"],
        "locationId": account.location_id,
        "lastMessageBody": last["body"],
        "lastMessageType": last["messageType"],
        "lastMessageDirection": last["direction"],
        "lastMessageDate": thread["lastMessageDate"],
        "type": "TYPE_EMAIL" if last["messageType"] == "TYPE_EMAIL" else "TYPE_PHONE",
        "unreadCount": thread["unreadCount"],
        "fullName": name_of(contact),
        "contactName": name_of(contact),
        "sort": [thread["lastMessageDate"]],
    }
    return shown | {key: contact[key] for key in ("email", "phone") if key in contact}
