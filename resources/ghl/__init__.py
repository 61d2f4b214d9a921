"""GoHighLevel (LeadConnector): contacts, tags, do-not-disturb, feeds (oddities: `resources.ghl.client`)."""

from __future__ import annotations

from resources.ghl.client import GhlClient
from resources.ghl.contacts import flatten, keys_of
from resources.ghl.door import WINDOWS, ghl_door, read_headers
from resources.ghl.writer import GhlWriter

__all__ = ["WINDOWS", "GhlClient", "GhlWriter", "flatten", "ghl_door", "keys_of", "read_headers"]
