"""First names and surnames of seventeen cultures, as frequent as real ones: a short head, a long composed tail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.leads.judge.strings import Codes, Text, plain, spelled, text

CULTURES: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("names.yaml").read_text(encoding="utf-8"),
)
CODES = {name: number for number, name in enumerate(CULTURES)}
UMLAUTS = {"de", "nordic", "tr"}


@dataclass(frozen=True, slots=True)
class Words:
    """One row per name: as written, in ASCII, another spelling or none, familiar forms or none."""

    written: Text
    ascii: Text
    other: Text
    short: Text
    shorter: Text
    bounds: Codes
    cumulated: np.ndarray[Any, np.dtype[np.float64]]

    def draw(self, rng: np.random.Generator, groups: Codes) -> Codes:
        """Draw for each row one name of its group, by frequency."""
        position = np.searchsorted(self.cumulated, groups + rng.random(len(groups)), side="right")
        return np.clip(position, self.bounds[groups], self.bounds[groups + 1] - 1)


def _forms(lines: str) -> dict[str, list[str]]:
    """Read `A=B=C` words: each spelling leads to the others."""
    read = [[form.replace("_", " ") for form in word.split("=")] for word in lines.split()]
    return {forms[0]: forms[1:] for forms in reversed(read)}


def _spellings(lines: str) -> dict[str, str]:
    """Return another spelling for each name that has one, in both directions."""
    found: dict[str, str] = {}
    for first, others in _forms(lines).items():
        for left, right in [(first, others[0]), *((other, first) for other in others)]:
            found.setdefault(left, right)
    return found


def _words(groups: list[tuple[str, list[str], list[float]]]) -> Words:
    """Lay the groups of names side by side; group g owns the interval [g, g + 1) of the cumulated weights."""
    written: list[str] = []
    other: list[str] = []
    short: list[list[str]] = []
    cumulated: list[np.ndarray[Any, np.dtype[np.float64]]] = []
    bounds = [0]
    for number, (culture, names, weights) in enumerate(groups):
        variants, forms = _spellings(CULTURES[culture]["variants"]), _forms(CULTURES[culture].get("short", ""))
        for name in names:
            written.append(name)
            by_hand = spelled(name) if culture in UMLAUTS and spelled(name) != plain(name) else ""
            other.append(variants.get(name, by_hand))
            short.append(forms.get(name, []))
        shares = np.cumsum(weights) / np.sum(weights)
        cumulated.append(number + shares)
        bounds.append(bounds[-1] + len(names))
    return Words(
        written=text(written),
        ascii=text(map(plain, written)),
        other=text(other),
        short=text(forms[0] if forms else "" for forms in short),
        shorter=text(forms[-1] if forms else "" for forms in short),
        bounds=np.array(bounds, dtype=np.int64),
        cumulated=np.concatenate(cumulated),
    )


def _falling(count: int, bend: float, power: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return weights that fall like those of names do (Zipf with a flattened top), adding up to 1."""
    weights = 1.0 / np.power(np.arange(count) + bend, power)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def given_names() -> Words:
    """Return first names; group = culture * 2 + gender (1 = female)."""
    groups = []
    for culture, words in CULTURES.items():
        for gender in ("male", "female"):
            names = list(dict.fromkeys(words[gender].replace("_", " ").split(" ")))
            groups.append((culture, names, list(_falling(len(names), 4.0, 0.95))))
    return _words(groups)


def surnames(rng: np.random.Generator) -> Words:
    """Return surnames; group = culture. The tail is composed of stems and endings in an order drawn by the seed."""
    groups = []
    for culture, words in CULTURES.items():
        head = list(dict.fromkeys(word.replace("_", " ") for word in words["surnames"].split()))
        composed = [stem + ending for stem in words["stems"].split() for ending in words["endings"].split()]
        tail = [composed[n] for n in rng.permutation(len(composed)) if composed[n] not in set(head)]
        shares = [
            *(words["head"] * _falling(len(head), 3.0, 0.8)),
            *((1 - words["head"]) * _falling(len(tail), 12, 0.55)),
        ]
        groups.append((culture, head + tail, shares))
    return _words(groups)
