"""Zoho CRM, simulated from its documentation."""

from resources.sandbox.zoho.simulator import ZohoSandbox

__all__ = ["ZohoSandbox"]
