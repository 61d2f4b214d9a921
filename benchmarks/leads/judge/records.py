"""Records: what each source holds about a person at some moment, with the traps each row contains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.leads.judge import writing
from benchmarks.leads.judge.companies import COUNTRIES, WORDS, Companies
from benchmarks.leads.judge.people import END, START, People
from benchmarks.leads.judge.signatures import signatures
from benchmarks.leads.judge.strings import DTYPE, Codes, Mask, Text, blank, join, kinds, numbered, parted, text

if TYPE_CHECKING:
    from benchmarks.leads.judge.contacts import Contacts

TRAPS = [
    "namesake",
    "father_son",
    "household",
    "recycled",
    "job_changer",
    "married",
    "former_job",
    "former_mailbox",
    "recycled_mailbox",
    "household_mailbox",
    "no_email",
    "personal_email",
    "role_inbox",
    "locked_email",
    "sales_navigator_id",
    "no_profile",
    "company_page",
    "former_slug",
    "encoded_slug",
    "switchboard",
    "short_name",
    "initial",
    "other_spelling",
    "doubled_name",
    "swapped",
    "typo",
    "no_company",
    "subsidiary",
    "parent_name",
    "acronym",
    "former_company",
    "second_domain",
    "company_twin",
]
_TITLES = text(WORDS["titles"])
Columns = dict[str, Text]


def records(
    rng: np.random.Generator, size: int, rates: dict[str, Any], folk: People, firms: Companies, *, reached: Contacts
) -> tuple[Columns, Codes, Codes, Mask]:
    """Return (text columns, updated_at, person of each record, traps of each record)."""
    who = _owners(rng, size, rates["records_per_person"], len(folk.culture))
    sources = list(rates["shares"])
    source = rng.choice(len(sources), size, p=np.array(list(rates["shares"].values())))
    seen = rng.integers(START, END, size)

    def draw(what: str) -> Codes:
        return kinds(rng, writing.rows(rates[what], sources), source)

    def chance(what: str) -> Mask:
        return rng.random(size) < np.array([rates[what][name] for name in sources])[source]

    careless = np.isin(source, [sources.index(name) for name in ("crm", "webform", "event")])
    slot = (seen[:, None] >= folk.moved[who]).sum(axis=1)
    former = (slot > 0) & (rng.random(size) < rates["stale"])
    shown = slot - former
    job = folk.jobs[who, shown]
    older = (shown > 0) & (rng.random(size) < rates["old_email"])
    email, profile, phone, website = draw("email"), draw("linkedin"), draw("phone"), draw("website")
    company = draw("company")
    columns = signatures(rng, folk, reached, who, draw=draw, chance=chance)
    own_domain = parted(reached.work[who, shown], "@")[1]
    columns["email"] = writing.emails(
        rng, email, reached.work[who, shown - older], reached.personal[who], domain=own_domain, careless=careless
    )
    earlier = rng.random(size) < 0.4
    slug = np.where(earlier, reached.old_slug[who], reached.slug[who])
    columns["linkedin_url"] = writing.profiles(rng, profile, slug, reached.member[who], firms.slug[job])
    switchboard = firms.switchboard[job]
    direct = switchboard + 1 + (who * 7 + shown) % 900
    numbers = [switchboard, direct, folk.mobile[who], folk.home[who]]
    at = np.where(phone <= 1, firms.country[job], folk.country[who])
    columns["phone"] = writing.phones(rng, np.select([phone == n for n in range(4)], numbers, -1), at, phone == 0)
    columns["company"] = writing.firms_written(rng, firms, job, company, careless)
    columns["website"] = writing.websites(rng, firms, job, website)
    wording = (who * 31 + folk.jobs[who, shown] * 17 + np.where(rng.random(size) < 0.12, seen, 0)) % len(_TITLES)
    columns["title"] = np.where(chance("title"), _TITLES[wording], blank(size))
    columns |= _places(rng, folk, firms, who, job=job, known=chance("city"))
    columns["source"] = text(sources)[source]
    columns["source_id"] = join(
        np.strings.slice(columns["source"], 0, 2), "-", rng.permutation(size * 9)[:size].astype(str).astype(DTYPE)
    )
    changed = reached.slug[who] != reached.old_slug[who]
    cores = numbered(firms.core)
    twin = np.bincount(cores)[cores] > 1
    flags = {
        "namesake": folk.namesake[who],
        "father_son": folk.father[who],
        "household": folk.household[who],
        "recycled": folk.recycled[who],
        "job_changer": folk.moved[who, 0] < END,
        "married": folk.maiden[who] >= 0,
        "former_job": former,
        "former_mailbox": older & (email == 0),
        "recycled_mailbox": folk.recycled[who] & (email == 0),
        "household_mailbox": (folk.household | folk.father)[who] & (email == 1),
        "no_email": email > 3,
        "personal_email": email == 1,
        "role_inbox": email == 2,
        "locked_email": email == 3,
        "sales_navigator_id": (profile == 1) | (profile == 2),
        "no_profile": profile > 3,
        "company_page": profile == 3,
        "former_slug": (profile == 0) & earlier & changed,
        "encoded_slug": (profile == 0) & (np.strings.find(slug, "%") >= 0),
        "switchboard": phone == 0,
        "no_company": company > 5,
        "subsidiary": firms.parent[job] != job,
        "parent_name": (company == 4) & (firms.parent[job] != job),
        "acronym": (company == 3) & (firms.acronym[job] != ""),
        "former_company": (company == 5) & (firms.former[job] != ""),
        "second_domain": (website == 1) & (firms.second[job] != ""),
        "company_twin": twin[job],
    }
    traps = np.zeros(size, dtype=np.int64)
    for number, name in enumerate(TRAPS):
        traps |= np.where(flags[name] if name in flags else columns.pop(f"_{name}") == "1", 1 << number, 0)
    return columns, seen, who, traps


def _owners(rng: np.random.Generator, size: int, shares: list[float], people: int) -> Codes:
    """Return the person of each record, shuffled."""
    counts = 1 + rng.choice(len(shares), people, p=np.array(shares))
    who = np.repeat(np.arange(people), counts)[:size]
    if len(who) < size:
        raise ValueError("too few people for so many records")
    return rng.permutation(who)


def _places(
    rng: np.random.Generator, folk: People, firms: Companies, who: Codes, *, job: Codes, known: Mask
) -> Columns:
    """Return city, state and country; sometimes the company's instead of the person's."""
    size = len(who)
    flat = [(city, state) for row in COUNTRIES.values() for city, state in row["cities"].items()]
    starts = np.cumsum([0] + [len(row["cities"]) for row in COUNTRIES.values()])[:-1]
    office = rng.random(size) < 0.08
    land = np.where(office, firms.country[job], folk.country[who])
    place = starts[land] + np.where(office, 0, folk.city[who])
    city, state = text(name for name, _ in flat)[place], text(region for _, region in flat)[place]
    area = rng.random(size) < 0.05
    city = np.where(area, join("Greater ", city, " Area"), city)
    short = np.where(
        rng.random(size) < 0.25, text(row["short"][0] for row in COUNTRIES.values())[land], text(COUNTRIES)[land]
    )
    return {
        "city": np.where(known, city, blank(size)),
        "state": np.where(known & ~area & (rng.random(size) < 0.8), state, blank(size)),
        "country": np.where(known | (rng.random(size) < 0.5), short, blank(size)),
    }
