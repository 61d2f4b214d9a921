"""Alerts: which ones a run gives rise to, and their words. Sending is `resources.alerting`."""

from __future__ import annotations
