"""What a person is called and reached by: every form of the name, mailboxes and profiles, one row per person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.leads.judge.addresses import personal_mailboxes, profiles, work_mailboxes
from benchmarks.leads.judge.names import CODES, CULTURES, Words
from benchmarks.leads.judge.strings import Text, blank, glue, join, squeezed, text

if TYPE_CHECKING:
    from benchmarks.leads.judge.companies import Companies
    from benchmarks.leads.judge.people import People


@dataclass(frozen=True, slots=True)
class Contacts:
    """Names in every form, and addresses; `work` has a column per job."""

    given: Text
    given_ascii: Text
    given_other: Text
    given_short: Text
    surname: Text
    surname_ascii: Text
    surname_other: Text
    surname_part: Text
    maiden: Text
    work: Text
    personal: Text
    slug: Text
    old_slug: Text
    member: Text


def contacts(
    rng: np.random.Generator, folk: People, firms: Companies, rates: dict[str, Any], *, given: Words, surnames: Words
) -> Contacts:
    """Return how each person is written and reached."""
    size = len(folk.culture)
    cultures = list(CULTURES)
    joiner = text(CULTURES[name]["given_joiner"] for name in cultures)[folk.culture]
    share = np.array([CULTURES[name]["double"] for name in cultures])[folk.culture]
    doubled = (np.modf(folk.given * 0.618 + folk.second * 0.383)[0] < share) & (folk.given != folk.second)
    syllabic = np.isin(folk.culture, [CODES["zh"], CODES["ko"]]) & doubled

    def full(forms: Text) -> Text:
        later = np.where(syllabic, np.strings.lower(forms[folk.second]), forms[folk.second])
        return np.where(doubled, join(forms[folk.given], joiner, later), forms[folk.given])

    written, ascii_form = full(given.written), full(given.ascii)
    spaced = join(
        given.ascii[folk.given],
        " ",
        np.where(syllabic, np.strings.lower(given.ascii[folk.second]), given.ascii[folk.second]),
    )
    merged = join(given.ascii[folk.given], np.strings.lower(given.ascii[folk.second]))
    regrouped = np.where(rng.random(size) < 0.5, spaced, merged)
    other = np.where(doubled, np.where(joiner == " ", given.written[folk.given], regrouped), given.other[folk.given])
    choice = np.where(rng.random(size) < 0.75, given.short[folk.given], given.shorter[folk.given])
    short = np.where(doubled & ~syllabic, given.written[folk.given], choice)
    mother = np.maximum(folk.mother, 0)
    two = folk.mother >= 0
    between = np.where(np.isin(folk.culture, [CODES["es"], CODES["pt"]]), text([" "])[0], text(["-"])[0])

    def last(forms: Text) -> Text:
        return np.where(two, join(forms[folk.surname], between, forms[mother]), forms[folk.surname])

    surname, surname_ascii = last(surnames.written), last(surnames.ascii)
    part = np.where(two, surnames.written[folk.surname], blank(size))
    surname_other = np.where(
        two, join(surnames.ascii[folk.surname], " ", surnames.ascii[mother]), surnames.other[folk.surname]
    )
    first_word = squeezed(np.where(doubled & ~syllabic, given.ascii[folk.given], ascii_form))
    last_word = squeezed(np.where(two & (rng.random(size) < 0.6), surnames.ascii[folk.surname], surname_ascii))
    names = glue(written, "-", surname), glue(ascii_form, "-", surname_ascii)
    words = (first_word, last_word)
    return Contacts(
        given=written,
        given_ascii=ascii_form,
        given_other=other,
        given_short=short,
        surname=surname,
        surname_ascii=surname_ascii,
        surname_other=surname_other,
        surname_part=part,
        maiden=np.where(folk.maiden >= 0, surnames.written[np.maximum(folk.maiden, 0)], blank(size)),
        work=work_mailboxes(rng, folk, firms, rates["own_pattern"], words),
        personal=personal_mailboxes(rng, folk, words),
        **profiles(rng, rates["slug_changed"], names, words),
    )
