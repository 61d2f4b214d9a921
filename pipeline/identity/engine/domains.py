"""Web hosts: the domain a firm registered and its label ("acme" of de.acme.co.uk)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import spans, text
from pipeline.identity.engine.keying import once
from pipeline.identity.engine.lists import word_set
from pipeline.identity.engine.text import Bools, Cells, Hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOT, SLASH, HYPHEN = 46, 47, 45
FEWEST = 4
"""Letters that a label keeps at least."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """One entry per row: hashes of the registered domain and of its label without hyphens (0 for none)."""

    domain: Hashes
    label: Hashes
    is_shared: Bools


def registrable(column: Cells) -> Hosts:
    """Read bare lower-case hosts, each once; `is_shared` tells hosts where many firms have a page."""
    first, places = once(text.hashes(column))
    hosts = _registrable(column.narrowed(column.starts.take(first), column.ends.take(first)))
    return Hosts(hosts.domain.take(places), hosts.label.take(places), hosts.is_shared.take(places))


def _registrable(column: Cells) -> Hosts:
    dots = np.flatnonzero(column.data == DOT)
    starts, ends = column.starts, column.ends
    none = starts - 1
    last, second, third = spans.last_ones(dots, starts, ends, 3)
    hasher = text.Hasher(column.data)
    found = last > none
    registry = word_set("second_level").has(hasher(np.where(found, second + 1, starts), np.where(found, last, starts)))
    registry &= (second > none) & (ends - last <= 3)
    begin = np.where(found, np.where(registry, third, second) + 1, starts)
    stop = np.where(found, np.where(registry, second, last), starts)
    domain = hasher(begin, np.where(found, ends, begin))
    begin, stop = _bare(column, begin, stop)
    label = text.hashes(_without_hyphens(column, begin, stop)) if (column.data == HYPHEN).any() else hasher(begin, stop)
    shared = word_set("shared_labels").has(label) | word_set("shared_domains").has(domain)
    return Hosts(domain, label, shared)


def _bare(column: Cells, begin: text.Ints, stop: text.Ints) -> tuple[text.Ints, text.Ints]:
    """Return labels without what firms add when the plain one is taken: getacme.com, acmehq.com."""
    for piece in (b"get", b"try", b"join"):
        fits = np.flatnonzero(stop - begin >= len(piece) + FEWEST)
        for offset, letter in enumerate(piece):
            fits = fits[column.data[begin[fits] + offset] == letter]
        begin[fits] += len(piece)
    for piece in (b"hq", b"app", b"inc", b"corp", b"group", b"gmbh", b"llc", b"ltd"):
        fits = np.flatnonzero(stop - begin >= len(piece) + FEWEST)
        for offset, letter in enumerate(reversed(piece), start=1):
            fits = fits[column.data[stop[fits] - offset] == letter]
        stop[fits] -= len(piece)
    return begin, stop


def _without_hyphens(column: Cells, starts: text.Ints, ends: text.Ints) -> Cells:
    part = Cells(column.data, starts, np.maximum(starts, ends))
    return part.kept(column.data != HYPHEN)


def _lowered() -> NDArray[np.uint8]:
    table = np.arange(256, dtype=np.uint8)
    table[ord("A") : ord("Z") + 1] += 32
    for mark in " ?#:,;|<>\"'()\t\r\n":
        table[ord(mark)] = SLASH
    table[ord("@")] = SLASH
    return table


_TABLE = _lowered()


def websites(column: Cells) -> Hashes:
    """Return the label of the firm's domain in whatever was given as its web site, 0 for none or a shared host.

    The host is the first piece between slashes that has a dot: "https://www.acme.com/about", "acme.com".
    """
    lowered = Cells(_TABLE.take(column.data), column.starts, column.ends)
    dot = lowered.first(DOT, lowered.ends)
    slashes = np.flatnonzero(lowered.data == SLASH)
    start = spans.last_of_few(slashes, lowered.starts, dot, lowered.starts - 1) + 1
    end = spans.first_of_few(slashes, dot, lowered.ends, lowered.ends)
    start = np.where(dot < lowered.ends, start, end)
    hosts = registrable(lowered.narrowed(start, end))
    free = word_set("free_labels").has(hosts.label) | word_set("free_domains").has(hosts.domain)
    return np.where(hosts.is_shared | free, 0, hosts.label).astype(np.uint64)
