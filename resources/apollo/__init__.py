"""Apollo: people search and enrichment (docs.apollo.io; its oddities: see `resources.apollo.client`)."""

from __future__ import annotations

from resources.apollo.answers import CreditUsage, MatchAnswer, SearchPage
from resources.apollo.client import ApolloClient
from resources.apollo.door import WINDOWS, apollo_door, endpoint_of, read_headers

__all__ = [
    "WINDOWS",
    "ApolloClient",
    "CreditUsage",
    "MatchAnswer",
    "SearchPage",
    "apollo_door",
    "endpoint_of",
    "read_headers",
]
