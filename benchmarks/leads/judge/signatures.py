"""How sources write people's names: familiar forms, initials, spellings, order, titles, and slips of the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.leads.judge.strings import DTYPE, blank, changed, either, glue, join, mistyped, picked, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.leads.judge.contacts import Contacts
    from benchmarks.leads.judge.people import People
    from benchmarks.leads.judge.strings import Codes, Mask, Text


def signatures(
    rng: np.random.Generator,
    folk: People,
    reached: Contacts,
    who: Codes,
    *,
    draw: Callable[[str], Codes],
    chance: Callable[[str], Mask],
) -> dict[str, Text]:
    """Return full, first and last name as each source writes them, and the marks of what was done to them."""
    size = len(who)
    first_kind, last_kind, layout = draw("given"), draw("surname"), draw("layout")
    given = reached.given[who]
    initial = join(
        np.strings.slice(reached.given_ascii[who], 0, 1),
        np.where(rng.random(size) < 0.6, text(["."])[0], text([""])[0]),
    )
    forms = [given, either(first_kind == 1, reached.given_short[who], given), initial]
    forms += [either(first_kind == 3, reached.given_other[who], given), reached.given_ascii[who]]
    first = np.select([first_kind == n for n in range(5)], forms, given)
    surname = reached.surname[who]
    married = (reached.maiden[who] != "") & (rng.random(size) < 0.35)
    surname = np.where(married, reached.maiden[who], surname)
    letter = join(np.strings.slice(surname, 0, 1), ".")
    forms = [surname, letter, either(last_kind == 2, reached.surname_other[who], surname)]
    forms += [np.where(married, surname, reached.surname_ascii[who])]
    last = np.select(
        [last_kind == n for n in range(4)], forms, either(last_kind == 4, reached.surname_part[who], surname)
    )
    slip = chance("typos")
    both = rng.random(size) < 0.5
    first = changed(slip & both, first, lambda words: mistyped(rng, words))
    last = changed(slip & ~both, last, lambda words: mistyped(rng, words))
    middle = (rng.random(size) < 0.05) & (layout != 1)
    first = np.where(
        middle, join(first, " ", picked(rng, [f"{letter}." for letter in "ABCDEFGHJKLMPRST"], size)), first
    )
    generation = np.array(["", " Sr.", " Jr."]).astype(DTYPE)[folk.generation[who]]
    last = np.where(rng.random(size) < 0.6, join(last, generation), last)
    shouted = chance("shouted")
    loud = rng.random(size) < 0.5
    for mask, case in ((shouted & loud, np.strings.upper), (shouted & ~loud, np.strings.lower)):
        first, last = changed(mask, first, case), changed(mask, last, case)
    swapped = chance("swapped")
    first, last = np.where(swapped, last, first), np.where(swapped, first, last)
    comma = rng.random(size) < 0.04
    full = np.where(comma, glue(last, ", ", first), glue(first, " ", last))
    full = np.where(
        rng.random(size) < 0.025,
        join(picked(rng, ["Dr. ", "Mr. ", "Ms. ", "Prof. ", "Dr ", "Ing. "], size), full),
        full,
    )
    full = np.where(
        rng.random(size) < 0.025,
        join(full, picked(rng, [", PhD", " MBA", ", CPA", " PMP", " (She/Her)", " 🚀", ", P.E."], size)),
        full,
    )
    return {
        "full_name": np.where(layout <= 1, full, blank(size)),
        "first_name": np.where(layout == 1, blank(size), first),
        "last_name": np.where(layout == 1, blank(size), last),
        "_short_name": _mark((first_kind == 1) & (reached.given_short[who] != "")),
        "_initial": _mark((first_kind == 2) | (last_kind == 1)),
        "_other_spelling": _mark((first_kind == 3) | (last_kind == 2)),
        "_doubled_name": _mark(reached.surname_part[who] != ""),
        "_swapped": _mark(swapped),
        "_typo": _mark(slip),
    }


def _mark(mask: Mask) -> Text:
    return np.where(mask, text(["1"])[0], text([""])[0])
