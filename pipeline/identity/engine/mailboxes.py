"""E-mail addresses: the mailbox in canonical form, whose it can be, and the domain of the firm behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import domains, spans, text
from pipeline.identity.engine.keying import firsts
from pipeline.identity.engine.lists import word_set
from pipeline.identity.engine.text import Bools, Cells, Hashes, Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray

AT, PLUS, DOT = 64, 43, 46
_GMAIL, _GOOGLEMAIL = (int(value) for value in text.hashes(text.of(["gmail.com", "googlemail.com"])))


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """One entry per row; hashes are 0 where there is none.

    `email`: the mailbox of one person (plus tag and Gmail's dots removed), 0 for none, a role or a placeholder.
    `letters`, `digits`: of its local part, so that numbered twins are seen. `label`: the firm's part of a domain
    that is not free mail; `local`: where the local part is, to read a name from it.
    """

    email: Hashes
    letters: Hashes
    digits: Hashes
    domain: Hashes
    label: Hashes
    is_free: Bools
    plain: Cells
    local_starts: Ints
    local_ends: Ints


def _lowered() -> NDArray[np.uint8]:
    table = np.arange(256, dtype=np.uint8)
    table[ord("A") : ord("Z") + 1] += 32
    for mark in " ,;<>\"'()|:\t\r\n\\[]":
        table[ord(mark)] = text.SPACE
    return table


_TABLE = _lowered()


def mailboxes(column: Cells) -> Mailboxes:
    """Read addresses: the first one of a cell counts, wrapped or not ("<A.B@x.com>", "mailto:a.b@x.com")."""
    lowered = Cells(_TABLE.take(column.data), column.starts, column.ends)
    data = lowered.data
    at, again = spans.first_two(np.flatnonzero(data == AT), lowered.starts, lowered.ends)
    gaps = np.flatnonzero(data == text.SPACE)
    start = spans.last_of_few(gaps, lowered.starts, at, lowered.starts - 1) + 1
    end = spans.first_of_few(gaps, at, lowered.ends, lowered.ends)
    dots = np.flatnonzero(data == DOT)
    dot = spans.last_of(dots, at, end, at)
    end = np.where(dot == end - 1, end - 1, end)
    valid = (at < lowered.ends) & (at > start) & (dot > at + 1) & (again >= end)
    start, at, end = (np.where(valid, place, lowered.starts) for place in (start, at, end))

    plus = spans.first_of_few(np.flatnonzero(data == PLUS), start + 1, at, at)
    local = lowered.narrowed(start, plus)
    hosts = domains.registrable(lowered.narrowed(at + valid, end))
    gmail = (hosts.domain == _GMAIL) | (hosts.domain == _GOOGLEMAIL)
    domain = np.where(gmail, np.uint64(_GMAIL), hosts.domain)
    local_hash = text.hashes(local)
    dotted = np.flatnonzero(gmail)
    part = local.narrowed(local.starts.take(dotted), local.ends.take(dotted))
    local_hash[dotted] = text.hashes(part.kept(part.data != DOT))
    is_letter = ((local.data >= 97) & (local.data <= 122)) | (local.data >= 128)
    letters = text.hashes(local.kept(is_letter))
    digits = _digits(local)
    is_dead = word_set("dead_mailboxes").has(letters) | word_set("dead_domains").has(domain)
    is_role = word_set("role_mailboxes").has(letters)
    is_person = valid & ~is_dead & ~is_role & (local_hash != 0) & (domain != 0)
    is_free = word_set("free_labels").has(hosts.label) | word_set("free_domains").has(domain)
    email = np.where(is_person, text.mixed(local_hash + (domain * np.uint64(3)).astype(np.uint64)), 0).astype(np.uint64)
    works = valid & ~is_dead & ~is_free & ~hosts.is_shared
    return Mailboxes(
        email=email,
        letters=np.where(is_person, letters, 0).astype(np.uint64),
        digits=np.where(is_person, digits, 0).astype(np.uint64),
        domain=np.where(is_person, domain, 0).astype(np.uint64),
        label=np.where(works, hosts.label, 0).astype(np.uint64),
        is_free=is_free & is_person,
        plain=local,
        local_starts=local.starts,
        local_ends=np.where(is_person, local.ends, local.starts),
    )


def _digits(local: Cells) -> Hashes:
    """Return hashes of the digits of each local part: most have none."""
    spots = np.flatnonzero((local.data >= 48) & (local.data <= 57))
    rows = np.searchsorted(local.ends, spots, side="right")
    told = rows[firsts(rows)]
    part = local.narrowed(local.starts.take(told), local.ends.take(told))
    found = np.zeros(len(local), dtype=np.uint64)
    found[told] = text.hashes(part.kept((part.data >= 48) & (part.data <= 57)))
    return found
