"""Opt-outs that are given while something else is being sent, read back or waited for: told at the next pause."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.errors import LeadflowError
from pipeline.planning.plans import OPERATIONS
from resources.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.models import Intent
    from resources.ledger import Ledger
    from resources.sending import Sender
    from resources.settler import Settler


class Interjector:
    """Tells opt-outs between two batches of anything else. Use it under the applier's lock only.

    `meanwhile` gives the opt-outs that were given since the sending began, told or not.
    """

    def __init__(
        self, *, ledger: Ledger, sender: Sender, settler: Settler, meanwhile: Callable[[], Sequence[Intent]]
    ) -> None:
        self.ledger = ledger
        self.sender = sender
        self.settler = settler
        self.meanwhile = meanwhile
        self._is_telling = False
        self._has_told = False

    def tell(self, optouts: Sequence[Intent]) -> None:
        """Send opt-outs, and nothing else of what is given.

        Raises:
            QuotaExhausted, VendorError: sending stopped; telling again continues.
        """
        progress = Progress()
        wanted = self.ledger.add_intents([intent for intent in optouts if intent.lane == "optout"])
        ready = [intent for intent in wanted if intent.state == "planned"]
        # What comes in while these are sent has its turn after them.
        was_telling, self._is_telling = self._is_telling, True
        try:
            for operation in OPERATIONS:
                alike = [intent for intent in ready if intent.operation == operation]
                if alike and progress.stopped is None:
                    self.sender.send(alike, progress)
        finally:
            self._is_telling = was_telling
        if progress.is_unfinished:
            self.settler.settle(0)

    def interject(self) -> bool:
        """Tell what was given meanwhile; return whether there was anything.

        Raises:
            QuotaExhausted, VendorError: sending stopped; telling again continues.
        """
        if self._is_telling:
            return False
        self._is_telling = True
        try:
            found = self.meanwhile()
            if found:
                self._has_told = True
                self.tell(found)
        finally:
            self._is_telling = False
        return bool(found)

    def glance(self) -> None:
        """Do the same where nothing is being sent: what is under way goes on without it."""
        with suppress(LeadflowError):
            self.interject()

    def pause(self, pause: Callable[[float], None], seconds: float) -> None:
        """Look once more, then wait for so many seconds."""
        self.glance()
        pause(seconds)

    def was_heard(self) -> bool:
        """Return whether anything was told since this was asked last."""
        has_told, self._has_told = self._has_told, False
        return has_told
