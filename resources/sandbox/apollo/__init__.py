"""A local Apollo.io: people search, enrichment that costs credits, saved contacts, usage."""

from __future__ import annotations

from resources.sandbox.apollo.vendor import ApolloSandbox

__all__ = ["ApolloSandbox"]
