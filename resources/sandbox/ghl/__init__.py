"""GoHighLevel, simulated: one sub-account (location) written from its documentation."""

from __future__ import annotations

from resources.sandbox.ghl.vendor import GhlSandbox

__all__ = ["GhlSandbox"]
