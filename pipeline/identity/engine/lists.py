"""Word lists of `words.yaml` as sorted hashes, to look up a million tokens at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import yaml

from pipeline.identity.engine import text

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Lookup:
    """Hashes in ascending order and what each stands for; `doors` tells which first 16 bits occur at all."""

    keys: text.Hashes
    values: NDArray[np.uint64]
    doors: text.Bools

    def has(self, wanted: text.Hashes) -> text.Bools:
        """Return which of the hashes are listed."""
        found: text.Bools = self.doors.take((wanted >> _DOOR).view(np.int64))
        maybe = np.flatnonzero(found)
        found[maybe] = self.keys[self._near(wanted[maybe])] == wanted[maybe]
        return found

    def of(self, wanted: text.Hashes, otherwise: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the value of each listed hash, else `otherwise`."""
        out = otherwise.copy()
        maybe = np.flatnonzero(self.doors.take((wanted >> _DOOR).view(np.int64)))
        near = self._near(wanted[maybe])
        right = self.keys[near] == wanted[maybe]
        out[maybe[right]] = self.values[near[right]]
        return out

    def _near(self, wanted: text.Hashes) -> NDArray[np.int64]:
        return np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)


_DOOR = np.uint64(48)


def _lookup(keys: text.Hashes, values: NDArray[np.uint64]) -> Lookup:
    doors = np.zeros(1 << 16, dtype=np.bool_)
    doors[keys >> _DOOR] = True
    order = np.argsort(keys)
    return Lookup(keys[order], values[order], doors)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _document() -> dict[str, str]:
    place = files("pipeline") / "identity" / "engine" / "words.yaml"
    document = yaml.load(place.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader in C
    return {str(name): str(words) for name, words in document.items()}


def _hashed(words: list[str]) -> text.Hashes:
    return text.hashes(text.of(words))


def listed(name: str) -> list[str]:
    """Return the words of a list as they stand; KeyError for an unknown list."""
    return _document()[name].split()


@cache
def word_set(name: str) -> Lookup:
    """Return a list of words; KeyError for an unknown list."""
    words = {undoubled(word) if name in NAME_LISTS else word for word in _document()[name].split()}
    keys = _hashed(sorted(words))
    return _lookup(keys, np.ones(len(keys), dtype=np.uint64))


NAME_LISTS = frozenset({"honorifics", "credentials", "short_credentials", "particles", "nobody", "male", "female"})


def undoubled(word: str) -> str:
    """Return a word without the e that spells an umlaut, as names are folded."""
    for vowel in "aou":
        word = word.replace(f"{vowel}e", vowel)
    return word


@cache
def word_map(name: str, *, folded: bool) -> Lookup:
    """Return `word:meaning` pairs with the hash of each meaning's last meaning; folded as names are, if asked."""
    pairs = dict(pair.split(":") for pair in reversed(_document()[name].split()))
    if folded:
        pairs = {undoubled(word): undoubled(meaning) for word, meaning in pairs.items()}
    ends = {}
    for word in pairs:
        seen, meaning = {word}, pairs[word]
        while meaning in pairs and meaning not in seen:
            seen.add(meaning)
            meaning = pairs[meaning]
        ends[word] = meaning
    words = list(ends)
    return _lookup(_hashed(words), _hashed([ends[word] for word in words]))


@cache
def letter_map() -> Lookup:
    """Return for each nickname the first letter of the name it stands for."""
    pairs = dict(pair.split(":") for pair in reversed(_document()["nicknames"].split()))
    return _lookup(
        _hashed([undoubled(word) for word in pairs]),
        np.array([ord(name[0]) for name in pairs.values()], dtype=np.uint64),
    )


@cache
def number_map(name: str) -> Lookup:
    """Return `word:number` pairs."""
    pairs = [pair.split(":") for pair in _document()[name].split()]
    return _lookup(_hashed([word for word, _ in pairs]), np.array([int(n) for _, n in pairs], dtype=np.uint64))
