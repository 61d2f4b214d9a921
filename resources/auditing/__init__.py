"""Reading a CRM and an outreach platform for an audit: nothing is written, bought or remembered."""

from __future__ import annotations
