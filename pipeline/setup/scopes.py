"""What leadflow has to be allowed at each vendor, as it is pasted there."""

from __future__ import annotations

ZOHO_SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.org.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.ALL",
    "ZohoFiles.files.ALL",
    "ZohoSearch.securesearch.READ",
)
"""Zoho fact sheet §1; joined by commas."""

GHL_SCOPES = (
    "contacts.readonly",
    "contacts.write",
    "opportunities.readonly",
    "conversations.readonly",
    "conversations/message.readonly",
    "calendars.readonly",
    "calendars/events.readonly",
    "locations.readonly",
    "locations/customFields.readonly",
    "locations/tags.readonly",
    "workflows.readonly",
    "users.readonly",
    "emails/schedule.readonly",
    "emails/stats.readonly",
    "emails/campaigns.readonly",
)
"""GoHighLevel fact sheet §1, without the write scopes of what leadflow only reads."""

APOLLO_ENDPOINTS = (
    "api/v1/mixed_people/api_search",
    "api/v1/people/bulk_match",
    "api/v1/usage_stats/credit_usage_stats",
    "api/v1/emailer_messages/search",
)
"""Apollo fact sheet §1: entries of a key that is no master key."""


def api_console(accounts_url: str) -> str:
    """Return the address of Zoho's API console of a data centre, from that of its accounts server.

    >>> api_console("https://accounts.zoho.eu")
    'https://api-console.zoho.eu'
    """
    return accounts_url.replace("accounts.", "api-console.", 1)
