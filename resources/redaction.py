"""Secrets never appear in messages, logs, landing or dead letters: they are replaced here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pipeline.errors import LeadflowError, VendorError

if TYPE_CHECKING:
    from pipeline.models import Json

MASK = "•••"
_NAMES = r"access_token|refresh_token|client_secret|api_key|x-api-key|authorization|zapikey|password|secret"
_PAIR = re.compile(rf"""(?i)(["']?\b(?:{_NAMES})["']?\s*[=:]\s*["']?)([^\s"'&,}}]+)""")
_BEARER = re.compile(r"(?i)\b(bearer|zoho-oauthtoken)\s+[^\s\"',}]+")
_SECRET_KEYS = frozenset(_NAMES.split("|"))
_SHORTEST = 6


class Redactor:
    """Replaces the secret values it was told and everything that looks like a credential."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, values: Iterable[str]) -> None:
        """Remember secret values and the token behind a scheme word ("Bearer abc"), unless very short."""
        for value in values:
            for part in (value, value.rpartition(" ")[2]):
                if len(part) >= _SHORTEST:
                    self._known.add(part)

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        for value in sorted(self._known, key=len, reverse=True):
            text = text.replace(value, MASK)
        return _PAIR.sub(rf"\1{MASK}", _BEARER.sub(rf"\1 {MASK}", text)) if text else text

    def clean(self, error: LeadflowError) -> LeadflowError:
        """Take secrets out of an error's message and answer; return the same error."""
        error.args = tuple(self.text(str(arg)) for arg in error.args)
        if isinstance(error, VendorError):
            error.answer = self.json(error.answer)
        return error

    def json(self, value: Json) -> Json:
        """Return a copy of a JSON value without secrets, neither under telling keys nor inside strings."""
        if isinstance(value, Mapping):
            return {key: MASK if str(key).lower() in _SECRET_KEYS else self.json(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(item) for item in value]
        if isinstance(value, str):
            for known in self._known:
                value = value.replace(known, MASK)
        return value
