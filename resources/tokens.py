"""Access tokens shared by every process of a workspace: one refresh at a time, mode 0600."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from pipeline.errors import VendorUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LOCK_WAIT_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token. `renew_at` (aware UTC) lies before its end; `facts` came with it (api_domain)."""

    access: str = field(repr=False)
    renew_at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)


class TokenStore:
    """Keeps the token of one grant in a file; refreshes ahead of its end, or when a vendor refused it.

    `owner` names the grant (a digest, no secret): a file of another grant is replaced. `fetch` asks
    the vendor for a new token. Several threads and processes may ask at once: one fetches, the others wait.
    """

    def __init__(
        self,
        *,
        vendor: str,
        path: Path,
        owner: str,
        fetch: Callable[[], Token],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._vendor, self._path, self._owner = vendor, path, owner
        self._fetch, self._clock = fetch, clock
        self._handed = threading.local()
        self._current: Token | None = None

    def get(self, *, refused: bool = False) -> Token:
        """Return a token to use now; `refused` says that the vendor refused the one this thread got last.

        Raises:
            VendorUnavailable: another process held the lock for too long.
            LeadflowError: whatever `fetch` raised; the stored token is kept.
        """
        token = self._current
        if refused or token is None or not self._fresh(token):
            token = self._renew(refused=refused)
        self._current = self._handed.token = token
        return token

    def _renew(self, *, refused: bool) -> Token:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._path.with_suffix(".lock"), timeout=LOCK_WAIT_SECONDS):
                stored = self._load()
                last: Token | None = getattr(self._handed, "token", None)
                known_bad = refused and stored is not None and last is not None and stored.access == last.access
                if stored is not None and self._fresh(stored) and not known_bad:
                    return stored
                token = self._fetch()
                self._save(token)
                return token
        except Timeout as error:
            raise VendorUnavailable(
                f"another process has been renewing the {self._vendor} token for {LOCK_WAIT_SECONDS:g} s "
                f"(lock {self._path.with_suffix('.lock')}); run again",
                vendor=self._vendor,
            ) from error

    def _fresh(self, token: Token) -> bool:
        return self._clock() < token.renew_at

    def _load(self) -> Token | None:
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            if told["owner"] != self._owner:
                return None
            renew_at = datetime.fromisoformat(told["renew_at"])
            return Token(access=told["access"], renew_at=renew_at, facts=told["facts"])
        except (OSError, ValueError, KeyError, TypeError):
            # Missing, cut or foreign: a new token is cheaper than a question to a person.
            return None

    def _save(self, token: Token) -> None:
        told = {
            "owner": self._owner,
            "access": token.access,
            "renew_at": token.renew_at.isoformat(),
            "facts": dict(token.facts),
        }
        aside = self._path.with_suffix(".part")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)
