"""E-mail addresses: as given, canonical for matching, and whose mailbox they are."""

from __future__ import annotations

import re

from pipeline.normalize.text import clean, words

_SHAPE = re.compile(r"^[^\s@,;<>\"()]+@(?:[^\s@.,;<>\"()]+\.)+[^\s@.,;<>\"()\d]{2,}$")
_WRAPPED = re.compile(r"^(?:mailto:|'+)|'+$", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"^(?:email_not_unlocked@.*|(?:no-?reply|do-?not-?reply|no-?email)@.*|.*@(?:noemail|nomail)\.\w+)$"
)
STATUSES = {
    "verified": "verified",
    "valid": "verified",
    "safe": "verified",
    "deliverable": "verified",
    "guessed": "guessed",
    "extrapolated": "guessed",
    "likely to engage": "guessed",
    "risky": "guessed",
    "riskier": "guessed",
    "accept all": "guessed",
    "catch all": "guessed",
    "unverified": "guessed",
    "user managed": "guessed",
    "email no longer verified": "guessed",
    "update required": "guessed",
    "pending manual fulfillment": "unavailable",
    "unavailable": "unavailable",
    "unfound": "unavailable",
    "not found": "unavailable",
    "bounced": "bounced",
    "invalid": "bounced",
    "undeliverable": "bounced",
}


def address(value: str | None) -> str | None:
    """Return the address as given, trimmed; None for none or a placeholder (Apollo's locked address)."""
    text = clean(value)
    if text is None:
        return None
    text = _WRAPPED.sub("", text).strip()
    if not _SHAPE.match(text) or _PLACEHOLDER.match(text.casefold()):
        return None
    return text


def canonical(value: str | None) -> str | None:
    """Return the address for matching: lower case, without plus tag, without the dots Gmail ignores."""
    text = address(value)
    if text is None:
        return None
    local, _, domain = text.casefold().rpartition("@")
    local = local.split("+", 1)[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def is_role(value: str | None) -> bool:
    """Return whether the mailbox belongs to a role (info@, sales@) rather than to a person."""
    text = canonical(value)
    return text is not None and re.sub(r"[^a-z]", "", text.split("@", 1)[0]) in words("role_mailboxes")


def status(value: str | None) -> str | None:
    """Return `verified`, `guessed`, `unavailable` or `bounced`; None for a word that no vendor documents."""
    text = clean(value)
    return None if text is None else STATUSES.get(re.sub(r"[_\-\s]+", " ", text.casefold()))
