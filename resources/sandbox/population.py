"""How people and companies come to be: each from a generator of its own."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from resources.sandbox import names, places
from resources.sandbox.entities import Company, Person, ascii_word, hex24

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from resources.sandbox.world import World

_T = TypeVar("_T")
_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SENIORITY_WEIGHTS = tuple(accumulate(weight for _, weight, _ in places.SENIORITIES))
_PLACE_WEIGHTS = tuple(accumulate(place.weight for place in places.PLACES))
_PLACE_BY_CITY = {place.city: place for place in places.PLACES}


def _digits(pattern: str, rng: random.Random) -> str:
    """Fill each # of a telephone pattern; the first one is 2..9, as number plans demand."""
    first, rest = pattern.split("#", 1)
    return first + str(rng.randint(2, 9)) + "".join(str(rng.randrange(10)) if c == "#" else c for c in rest)


def make_companies(world: World, count: int) -> list[Company]:
    """Make the companies number 0 to `count` - 1."""
    made: list[Company] = []
    slugs: set[str] = set()
    for index in range(count):
        rng = world.rng("company", index)
        place = _weighted(places.PLACES, _PLACE_WEIGHTS, rng)
        stem, kind = rng.choice(places.COMPANY_STEMS), rng.choice(places.COMPANY_KINDS)
        slug = ascii_word(f"{stem} {kind}")
        if slug in slugs:
            second = rng.choice(places.COMPANY_STEMS)
            stem, slug = f"{stem} {second}", ascii_word(f"{stem} {second} {kind}")
        slug = slug if slug not in slugs else f"{slug}-{index}"
        slugs.add(slug)
        form = rng.choice(places.COMPANY_FORMS[place.country])
        employees = int(10 ** rng.uniform(0.5, 4.2))
        # A subsidiary writes from the domain of its group: two companies, one domain.
        shared = index > 0 and rng.random() < 0.02
        made.append(
            Company(
                index=index,
                id24=hex24("company", world.seed, index),
                name=f"{stem} {kind} {form}".strip(),
                domain=made[index - 1].domain if shared else f"{slug.replace('-', '')}.example",
                industry=rng.choice(places.INDUSTRIES),
                employees=employees,
                revenue=employees * rng.randrange(80, 260) * 1000,
                city=place.city,
                state=place.state,
                country=place.country,
                phone=_digits(place.phone, rng),
                linkedin_slug=slug,
                linkedin_id=str(1_000_000 + index * 37 + rng.randrange(37)),
            )
        )
    return made


def make_people(world: World, count: int) -> list[Person]:
    """Make the people number 0 to `count` - 1 at the companies of the world."""
    made: list[Person] = []
    addresses: set[str] = set()
    companies = world.companies
    for index in range(count):
        rng = world.rng("person", index)
        # Half of the people spread evenly, so nobody's company is empty; the rest favour the first ones.
        company = companies[index // 2 % len(companies) if index % 2 else int(len(companies) * rng.random() ** 2)]
        home = _PLACE_BY_CITY[company.city]
        place = home if rng.random() < 0.75 else _weighted(places.PLACES, _PLACE_WEIGHTS, rng)
        first, last = rng.choice(names.FIRST_NAMES[place.region]), rng.choice(names.LAST_NAMES[place.region])
        if made and rng.random() < 0.01:  # two people, one name
            twin = rng.choice(made)
            first, last = twin.first_name, twin.last_name
        seniority, _, patterns = _weighted(places.SENIORITIES, _SENIORITY_WEIGHTS, rng)
        department, word = rng.choice(places.DEPARTMENTS)
        top = seniority in {"owner", "founder", "c_suite"}
        slug = "-".join(part for part in (ascii_word(first), ascii_word(last)) if part)
        member = "".join(rng.choices(_BASE64URL, k=33))
        made.append(
            Person(
                index=index,
                id24=hex24("person", world.seed, index),
                first_name=first,
                last_name=last,
                title=rng.choice(patterns).format(d=word, c=places.C_TITLES[word]),
                seniority=seniority,
                departments=("c_suite", department) if top else (department,),
                email=_address(first, last, company, addresses, rng),
                personal_email=f"{slug.replace('-', '.')}{index}@{rng.choice(places.FREE_MAIL)}",
                phone=_digits(place.phone, rng),
                linkedin_slug=f"{slug}-{hex24('slug', world.seed, index)[:8]}",
                member_id=f"ACwAA{member}",
                company=company,
                city=place.city,
                state=place.state,
                country=place.country,
            )
        )
    return made


def _address(first: str, last: str, company: Company, taken: set[str], rng: random.Random) -> str | None:
    """Give a work address in the company's own style, or None for about one person in fourteen."""
    if rng.random() < 0.07:
        return None
    given, family = ascii_word(first), ascii_word(last)
    style = company.index % 10
    local = f"{given}.{family}" if style < 6 else f"{given[:1]}{family}" if style < 9 else given
    address, turn = f"{local}@{company.domain}", 2
    while address in taken:
        address, turn = f"{local}{turn}@{company.domain}", turn + 1
    taken.add(address)
    return address


def _weighted(options: Sequence[_T], cumulative: Sequence[int], rng: random.Random) -> _T:
    return rng.choices(options, cum_weights=cumulative, k=1)[0]
