"""How a message that did not go out is told from one that may have."""

from __future__ import annotations

from pipeline.errors import LeadflowError


class NotDelivered(LeadflowError):
    """Certainly nobody was told: sending again does no harm."""

    retryable = True


class PerhapsDelivered(LeadflowError):
    """The answer was lost: somebody may have been told, so it is not sent again."""
