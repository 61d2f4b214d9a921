"""People: names, homes, careers; and the pairs of different people whom data confuses."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.leads.judge.companies import COUNTRIES, Companies
from benchmarks.leads.judge.names import CODES

if TYPE_CHECKING:
    from benchmarks.leads.judge.names import Words
    from benchmarks.leads.judge.strings import Codes, Mask

START, END = 1_577_836_800, 1_780_000_000  # 2020 to mid 2026, seconds
BY_FIRST_NAME, BY_POSITION, AS_IT_IS = 1, 2, 3
DOUBLED = np.array([CODES[name] for name in ("es", "pt")])


@dataclass(frozen=True, slots=True)
class People:
    """One row per person; `jobs` are company numbers of up to three jobs, `moved` when the second and third began."""

    culture: Codes
    gender: Codes
    given: Codes
    second: Codes
    surname: Codes
    mother: Codes
    maiden: Codes
    generation: Codes
    country: Codes
    city: Codes
    jobs: Codes
    moved: Codes
    home: Codes
    mobile: Codes
    mailbox: Codes
    inherited: Codes
    heritage: Codes
    namesake: Mask
    father: Mask
    household: Mask
    recycled: Mask

    def copied(self, what: str, source: Codes, target: Codes) -> None:
        """Give the target people what the source people have."""
        for name in what.split():
            getattr(self, name)[target] = getattr(self, name)[source]

    def checked(self) -> People:
        """Return the people, all columns of one length."""
        sizes = {len(getattr(self, field.name)) for field in fields(self)}
        if len(sizes) != 1:
            raise ValueError(f"columns of people differ in length: {sizes}")
        return self


def _employers(rng: np.random.Generator, firms: Companies, country: Codes, *, anywhere: float) -> Codes:
    """Draw an employer, by size, mostly in the person's country (companies are sorted by country)."""
    limits = np.r_[0.0, np.cumsum(firms.weights)]
    edges = np.searchsorted(firms.country, np.arange(len(COUNTRIES) + 1))
    low, high = limits[edges[country]], limits[edges[country + 1]]
    abroad = rng.random(len(country)) < anywhere
    drawn = np.where(abroad, rng.random(len(country)), low + rng.random(len(country)) * (high - low))
    return np.clip(np.searchsorted(limits, drawn, side="right") - 1, 0, len(firms.country) - 1)


def _cultures(rng: np.random.Generator, country: Codes, abroad: float) -> Codes:
    """Draw the culture of each person's name, by the shares of the country."""
    table = np.zeros((len(COUNTRIES), len(CODES)))
    for number, row in enumerate(COUNTRIES.values()):
        for culture, share in row["cultures"].items():
            table[number, CODES[culture]] = share
    drawn = (rng.random(len(country))[:, None] >= np.cumsum(table, axis=1)[country]).sum(axis=1)
    elsewhere = rng.random(len(country)) < abroad
    return np.minimum(np.where(elsewhere, rng.integers(0, len(CODES), len(country)), drawn), len(CODES) - 1)


def people(
    rng: np.random.Generator, size: int, rates: dict[str, Any], firms: Companies, *, given: Words, surnames: Words
) -> People:
    """Return `size` people of a world, among them namesakes, families and heirs of mailboxes."""
    employer = np.searchsorted(np.cumsum(firms.weights), rng.random(size))
    country = firms.country[np.minimum(employer, len(firms.country) - 1)]
    culture = _cultures(rng, country, rates["abroad"])
    gender = rng.integers(0, 2, size)
    jobs = np.stack([_employers(rng, firms, country, anywhere=0.1) for _ in range(3)], axis=1)
    changed = rng.random(size) < rates["job_changers"]
    again = changed & (rng.random(size) < rates["second_change"])
    first_move = np.where(changed, rng.integers(START, END, size), END * 2)
    second_move = np.where(again, first_move + (rng.random(size) * (END - first_move)).astype(np.int64), END * 2)
    cities = np.array([len(row["cities"]) for row in COUNTRIES.values()])[country]
    found = People(
        culture=culture,
        gender=gender,
        given=given.draw(rng, culture * 2 + gender),
        second=given.draw(rng, culture * 2 + gender),
        surname=surnames.draw(rng, culture),
        mother=np.where(
            rng.random(size) < np.where(np.isin(culture, DOUBLED), 0.55, 0.025), surnames.draw(rng, culture), -1
        ),
        maiden=np.where((gender == 1) & (rng.random(size) < rates["married"] * 2), surnames.draw(rng, culture), -1),
        generation=np.zeros(size, dtype=np.int64),
        country=country,
        city=np.minimum((rng.random(size) ** 1.8 * cities).astype(np.int64), cities - 1),
        jobs=jobs,
        moved=np.stack([first_move, second_move], axis=1),
        home=rng.integers(2_000_000, 9_999_999, size) * 1000 + rng.integers(0, 1000, size),
        mobile=rng.integers(2_000_000, 9_999_999, size) * 1000 + rng.integers(0, 1000, size),
        mailbox=np.arange(size),
        inherited=np.full(size, -1),
        heritage=np.zeros(size, dtype=np.int64),
        namesake=np.zeros(size, dtype=np.bool_),
        father=np.zeros(size, dtype=np.bool_),
        household=np.zeros(size, dtype=np.bool_),
        recycled=np.zeros(size, dtype=np.bool_),
    ).checked()
    _confuse(rng, found, rates)
    return found


def _confuse(rng: np.random.Generator, found: People, rates: dict[str, Any]) -> None:
    """Turn disjoint pairs of people into namesakes, fathers and sons, couples, and heirs of a mailbox."""
    size = len(found.culture)
    order, start = rng.permutation(size), 0
    pairs: dict[str, tuple[Codes, Codes]] = {}
    for trap in ("namesakes", "fathers", "households", "recycled"):
        count = int(
            rates[trap] * size / (1 if trap == "fathers" else 2)
        )  # half of the fathers would be women: left out
        pairs[trap] = order[start : start + count], order[start + count : start + 2 * count]
        start += 2 * count

    one, other = pairs["namesakes"]
    found.copied("culture gender given second surname mother country jobs", one, other)
    found.maiden[other] = -1

    one, other = pairs["fathers"] = tuple(side[found.gender[pairs["fathers"][0]] == 0] for side in pairs["fathers"])
    found.copied("culture gender given second surname mother country city jobs home", one, other)
    found.moved[one] = found.moved[other] = END * 2
    found.generation[one], found.generation[other] = 1, 2
    found.maiden[other] = -1
    shared = rng.random(len(one)) < 0.2
    found.mailbox[other[shared]] = one[shared]

    one, other = pairs["households"]
    found.copied("surname mother country city home", one, other)
    found.maiden[one] = found.maiden[other] = -1
    shared = rng.random(len(one)) < 0.7
    found.mailbox[other[shared]] = one[shared]

    _inherit(rng, found, *pairs["recycled"])
    for trap, mask in (
        ("namesakes", found.namesake),
        ("fathers", found.father),
        ("households", found.household),
        ("recycled", found.recycled),
    ):
        mask[np.concatenate(pairs[trap])] = True
    cities = np.array([len(row["cities"]) for row in COUNTRIES.values()])[found.country]
    found.city[:] = np.minimum(found.city, cities - 1)


def _inherit(rng: np.random.Generator, found: People, one: Codes, other: Codes) -> None:
    """Let the one leave a job and the other come after; the mailbox, of whatever kind, passes on."""
    found.moved[one, 0] = rng.integers(START, START + (END - START) // 2, len(one))
    found.moved[one, 1] = END * 2
    found.moved[other, 0] = found.moved[one, 0] + rng.integers(0, (END - START) // 4, len(one))
    found.moved[other, 1] = END * 2
    found.jobs[other, 1] = found.jobs[one, 0]
    found.copied("country", one, other)
    found.inherited[other] = one
    drawn = rng.random(len(one))
    found.heritage[one] = np.select([drawn < 0.45, drawn < 0.85], [BY_FIRST_NAME, BY_POSITION], AS_IT_IS)
    alike = drawn < 0.45
    found.copied("culture gender given second", one[alike], other[alike])
