"""Mailboxes and LinkedIn profiles: built by patterns, unique, numbered when taken, passed on, shared at home."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from benchmarks.leads.judge.companies import WORDS
from benchmarks.leads.judge.names import CODES
from benchmarks.leads.judge.people import BY_FIRST_NAME, BY_POSITION
from benchmarks.leads.judge.strings import DTYPE, blank, either, join, kinds, numbered, picked, ranks, text, tokens

if TYPE_CHECKING:
    from benchmarks.leads.judge.companies import Companies
    from benchmarks.leads.judge.people import People
    from benchmarks.leads.judge.strings import Codes, Text

ACCENTED = 0.15
_ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_FREE = ["gmail.com"] * 10 + ["yahoo.com", "hotmail.com", "outlook.com", "icloud.com"] * 2 + ["aol.com", "me.com"]
_POSITIONS = text(WORDS["positions"])
_LOCAL = {
    "de": ["gmx.de", "web.de", "t-online.de"],
    "fr": ["orange.fr", "free.fr", "hotmail.fr"],
    "it": ["libero.it"],
    "pt": ["uol.com.br"],
    "ru": ["mail.ru", "yandex.ru", "ukr.net"],
    "zh": ["163.com", "qq.com"],
    "pl": ["wp.pl", "seznam.cz"],
    "in": ["rediffmail.com"],
    "ko": ["naver.com"],
}


def _patterns(first: Text, last: Text, kind: Codes) -> Text:
    """Return the local part of a mailbox by the company's pattern."""
    f, s = np.strings.slice(first, 0, 1), np.strings.slice(last, 0, 1)
    made = [
        join(first, ".", last),
        join(f, last),
        first,
        join(first, s),
        join(first, "_", last),
        join(last, ".", first),
    ]
    return np.select([kind == n for n in range(7)], [*made, join(f, ".", last)], join(last, f))


def _unique(rng: np.random.Generator, local: Text, domain: Text, order: Codes) -> Text:
    """Return addresses; who comes later to a taken one gets a number (j.smith2@)."""
    again = ranks(numbered(join(local, "@", domain)), order)
    number = (again + 1).astype(str).astype(DTYPE)
    mark = np.where(rng.random(len(local)) < 0.2, text(["."])[0], text([""])[0])
    return join(np.where(again > 0, join(local, mark, number), local), "@", domain)


def work_mailboxes(
    rng: np.random.Generator, folk: People, firms: Companies, own_pattern: float, words: tuple[Text, Text]
) -> Text:
    """Return the mailbox of each job, unique; heirs have their predecessor's."""
    first, last = words
    size = len(first)
    job = folk.jobs.ravel(order="F")
    own = rng.random(3 * size) < own_pattern
    kind = np.where(own, rng.integers(0, 8, 3 * size), firms.pattern[job])
    local = _patterns(np.tile(first, 3), np.tile(last, 3), kind)
    passed_on = np.concatenate([folk.heritage, np.zeros(2 * size, dtype=np.int64)])
    local = np.where(passed_on == BY_FIRST_NAME, np.tile(first, 3), local)
    local = np.where(passed_on == BY_POSITION, picked(rng, _POSITIONS, 3 * size), local)
    began = np.concatenate([np.arange(size), folk.moved[:, 0] + size, folk.moved[:, 1] + size])
    boxes = _unique(rng, local, firms.domain[job], began).reshape(3, size).T.copy()
    heirs = np.flatnonzero(folk.inherited >= 0)
    boxes[heirs, 1] = boxes[folk.inherited[heirs], 0]
    return boxes


def personal_mailboxes(rng: np.random.Generator, folk: People, words: tuple[Text, Text]) -> Text:
    """Return the private mailbox of each person; some are one household's."""
    first, last = words
    size = len(first)
    year = rng.integers(55, 99, size).astype(str).astype(DTYPE)
    kind = rng.integers(0, 6, size)
    initial = np.strings.slice(first, 0, 1)
    handle = tokens(rng, size, 6, "bcdfglmnprstvaeiou")
    made = [
        join(first, ".", last),
        join(first, last, year),
        join(initial, last),
        join(first, year),
        join(last, ".", first, year),
    ]
    local = np.select([kind == n for n in range(5)], made, join(handle, year))
    at_home = blank(size)
    for culture, domains in _LOCAL.items():
        at_home = np.where(folk.culture == CODES[culture], picked(rng, domains, size), at_home)
    domain = either(rng.random(size) < 0.5, at_home, picked(rng, _FREE, size))
    return _unique(rng, local, domain, np.arange(size))[folk.mailbox]


def profiles(
    rng: np.random.Generator, slug_changed: float, names: tuple[Text, Text], words: tuple[Text, Text]
) -> dict[str, Text]:
    """Return LinkedIn names, former names and member ids, all unique; some keep their accents, percent-encoded."""
    first, last = words
    written, name = names
    size = len(first)
    hyphened = np.strings.replace(np.strings.replace(np.strings.lower(name), " ", "-"), "'", "")
    accented = (written != name) & (rng.random(size) < ACCENTED)
    hyphened[accented] = text(quote(word.lower().replace(" ", "-")) for word in written[accented].tolist())
    mark = np.where(
        rng.random(size) < 0.6, tokens(rng, size, 9, "0123456789abcdef"), tokens(rng, size, 8, "0123456789")
    )
    kind = kinds(rng, np.array([[0.5, 0.25, 0.1, 0.06, 0.05]]), np.zeros(size, dtype=np.int64))
    letter = np.strings.slice(first, 0, 1)
    tail = picked(rng, ["-mba", "-phd", "-cpa", "-pmp", "-sales", "-1", "-tech"], size)
    made = [join(hyphened, "-", mark), hyphened, join(first, last), join(letter, last), join(last, first)]
    slug = np.select([kind == n for n in range(5)], made, join(hyphened, tail))
    taken = ranks(numbered(slug), rng.random(size)) > 0
    slug = np.where(taken, join(hyphened, "-", tokens(rng, size, 8, "0123456789abcdef")), slug)
    changed = rng.random(size) < slug_changed
    old = np.where(changed, join(hyphened, "-", tokens(rng, size, 7, "0123456789ab")), slug)
    member = join("ACwAA", tokens(rng, size, 34, _ID))
    return {"slug": slug, "old_slug": old, "member": member}
