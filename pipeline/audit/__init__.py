"""The audit: what is wrong today in a CRM and an outreach platform, as findings with their rows."""

from __future__ import annotations
