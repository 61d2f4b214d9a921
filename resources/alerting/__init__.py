"""Sending alerts: a webhook, a mail server, and the outbox that remembers what was told."""

from __future__ import annotations
