"""Reading back what was written, and carrying over what a conversion dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.followups import FOLLOW_UP, lacking
from resources.progress import Progress
from resources.reading import ReadBack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.models import Intent, Writer
    from resources.interjecting import Interjector
    from resources.ledger import Ledger
    from resources.reading import Reader
    from resources.sending import Sender

ROUNDS = 3
"""Readings after which opt-outs that were told meanwhile wait for the next one."""


class CarryOver:
    """Reads back for one vendor. Use it under the applier's lock only.

    Args:
        ledger: the ledger of the workspace.
        writer: the vendor.
        sender: sends what is carried over.
        reader: reads back and compares.
        interjector: tells opt-outs that are given meanwhile.
        follow_ups: updates of other records that conversions made, written where those lack the values.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        writer: Writer,
        sender: Sender,
        reader: Reader,
        interjector: Interjector,
        follow_ups: Callable[[], Sequence[Intent]],
    ) -> None:
        self.ledger = ledger
        self.writer = writer
        self.follow_ups = follow_ups
        self._sender = sender
        self._reader = reader
        self._interjector = interjector

    def read_back(self) -> ReadBack:
        """Read back everything confirmed and not yet read; write what is lacking, and read that back, too.

        Raises:
            QuotaExhausted, VendorError: the vendor could not be asked, or sending stopped; the next reading continues.
        """
        found = self._read()
        missing = [*found.uncarried, *lacking(self.writer, self.follow_ups())]
        if missing:
            wanted = self.ledger.add_intents(missing, reason=FOLLOW_UP)
            self._sender.send([intent for intent in wanted if intent.state == "planned"], Progress())
            return ReadBack(_joined(found, self._read()), found.uncarried)
        return found

    def _read(self) -> ReadBack:
        """Read back what waits for it, and opt-outs that were told while that was read."""
        # What was told before this is read with everything else.
        self._interjector.was_heard()
        found = self._reader.read()
        for _ in range(ROUNDS):
            if not self._interjector.was_heard():
                break
            more = self._reader.read()
            found = ReadBack(_joined(found, more), (*found.uncarried, *more.uncarried))
        return found


def _joined(found: ReadBack, more: ReadBack) -> dict[str, int]:
    return {name: found.counts.get(name, 0) + more.counts.get(name, 0) for name in {**found.counts, **more.counts}}
