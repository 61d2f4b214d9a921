"""The search index: it sees each change only some time after it happened (GHL fact sheet §0.10)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Record = dict[str, Any]


class SearchIndex:
    """Contacts as search sees them: stored versions, each visible `lag_ms` after it was written.

    Records are replaced, never changed in place, so that a version is a reference and not a copy.
    """

    def __init__(self, *, lag_ms: float) -> None:
        self.lag_ms = lag_ms
        self._seen: dict[str, Record] = {}
        self._pending: deque[tuple[float, str, Record | None]] = deque()
        self._answers: dict[str, list[Record]] = {}

    def note(self, contact_id: str, version: Record | None, now: int) -> None:
        """Take a new version of a contact; None says that it was deleted."""
        self._pending.append((now + self.lag_ms, contact_id, version))

    def settle(self, now: float) -> None:
        """Let the changes that are due become visible."""
        while self._pending and self._pending[0][0] <= now:
            _, contact_id, version = self._pending.popleft()
            self._answers.clear()
            if version is None:
                self._seen.pop(contact_id, None)
            else:
                self._seen[contact_id] = version

    def rows(self, question: str, now: int, find: Callable[[list[Record]], list[Record]]) -> list[Record]:
        """Give the answer to a question; the same question of unchanged data is answered from memory."""
        self.settle(now)
        if question not in self._answers:
            self._answers[question] = find(list(self._seen.values()))
        return self._answers[question]
