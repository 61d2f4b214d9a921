"""Companies: how they are named, which domains, parents and former names they have, and how they build mailboxes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.leads.judge.names import CODES, Words
from benchmarks.leads.judge.strings import (
    Codes,
    Text,
    blank,
    either,
    glue,
    join,
    kinds,
    numbered,
    parted,
    picked,
    plain,
    ranks,
    squeezed,
    text,
)

COUNTRIES: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("places.yaml").read_text(encoding="utf-8"),
)
WORDS: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Companies:
    """One row per company; `weights` is how many people work there, `parent` is its own number when it has none."""

    core: Text
    sector: Text
    form: Text
    acronym: Text
    former: Text
    domain: Text
    second: Text
    slug: Text
    parent: Codes
    country: Codes
    pattern: Codes
    switchboard: Codes
    weights: np.ndarray[Any, np.dtype[np.float64]]


def _cores(rng: np.random.Generator, size: int, country: Codes, surnames: Words) -> tuple[Text, Text]:
    """Return (name without sector and form, acronym or nothing)."""
    homes = np.array([CODES[max(row["cultures"], key=row["cultures"].get)] for row in COUNTRIES.values()])
    family = surnames.written[surnames.draw(rng, homes[country])]
    partner = surnames.written[surnames.draw(rng, homes[country])]
    first, second = picked(rng, WORDS["beginnings"], size), picked(rng, WORDS["endings"], size)
    coined = np.strings.capitalize(
        join(
            picked(rng, WORDS["syllables"], size),
            picked(rng, WORDS["syllables"], size),
            picked(rng, WORDS["syllables"], size),
        )
    )
    coined = np.where(
        rng.random(size) < 0.35, join(coined, picked(rng, ["ly", "io", "x", "tek", "soft", "a"], size)), coined
    )
    long = join(first, " ", picked(rng, WORDS["beginnings"], size), " ", second)
    middle = parted(long, " ")[1]
    acronym = join(*(np.strings.slice(word, 0, 1) for word in (long, middle, parted(middle, " ")[1])))
    kind = kinds(rng, np.array([[0.2, 0.1, 0.22, 0.2, 0.18]]), np.zeros(size, dtype=np.int64))
    named = [family, join(family, " & ", partner), coined, join(first, second), join(first, " ", second)]
    core = np.select([kind == n for n in range(5)], named, long)
    return core, np.where(kind == 5, acronym, blank(size))


def _domains(rng: np.random.Generator, core: Text, sector: Text, acronym: Text, country: Codes) -> tuple[Text, Text]:
    """Return (main domain, another domain or nothing), each of one company."""
    size = len(core)
    base = squeezed(np.strings.replace(text(map(plain, core.tolist())), "&", ""))
    with_sector = join(base, squeezed(sector))
    hyphened = glue(base, "-", squeezed(sector))
    kind = rng.random(size)
    stem = np.select([kind < 0.4, kind < 0.62, kind < 0.72], [base, with_sector, hyphened], join("get", base))
    stem = either(
        rng.random(size) < 0.6,
        np.strings.lower(acronym),
        np.where(kind > 0.97, stem, np.where(kind > 0.72, base, stem)),
    )
    tlds = text(row["tld"] for row in COUNTRIES.values())[country]
    world = picked(rng, ["com", "com", "com", "com", "io", "net", "co", "ai"], size)
    suffix = np.where(rng.random(size) < 0.5, tlds, world)
    again = ranks(numbered(join(stem, ".", suffix)), rng.random(size))
    stem = np.select([again == 1, again > 1], [with_sector, join(stem, again.astype(str).astype(stem.dtype))], stem)
    again = ranks(numbered(join(stem, ".", suffix)), rng.random(size))
    stem = np.where(again > 0, join(stem, "-", (again + 1).astype(str).astype(stem.dtype)), stem)
    other = np.where(suffix == "com", tlds, text(["com"])[np.zeros(size, dtype=np.int64)])
    second = np.where(
        rng.random(size) < 0.5,
        join(stem, ".", other),
        join(stem, picked(rng, ["group", "hq", "corp", "global"], size), ".com"),
    )
    taken = ranks(numbered(np.concatenate([join(stem, ".", suffix), second])), np.arange(2 * size))[size:] > 0
    return join(stem, ".", suffix), np.where(taken | (rng.random(size) > 0.3), blank(size), second)


def companies(rng: np.random.Generator, size: int, rates: dict[str, Any], surnames: Words) -> Companies:
    """Return `size` companies of a world; large ones are few and hold most people."""
    shares = np.array([rates["countries"].get(name, 0.0) for name in COUNTRIES])
    country = np.sort(rng.choice(len(COUNTRIES), size, p=shares / shares.sum()))
    weights = np.minimum(rng.pareto(1.1, size) + 0.3, 0.002 * size + 5)
    core, acronym = _cores(rng, size, country, surnames)
    sector = np.where(rng.random(size) < 0.75, picked(rng, WORDS["sectors"], size), blank(size))
    twins = rng.permutation(size)[: int(rates["company_twins"] * size)]
    core[twins] = core[rng.permutation(size)[: len(twins)]]
    domain, second = _domains(rng, core, sector, acronym, country)
    parent = np.arange(size)
    children = rng.permutation(size)[: int(rates["subsidiaries"] * size)]
    large = np.argsort(-weights)[: max(10, size // 50)]
    large = large[~np.isin(large, children)]
    parent[children] = rng.choice(large, len(children))
    core[children] = join(core[parent[children]], " ", picked(rng, WORDS["units"], len(children)))
    sector[children] = ""
    acronym[children] = ""
    same = children[rng.random(len(children)) < 0.55]
    domain[same] = domain[parent[same]]
    own = children[~np.isin(children, same)]
    domain[own] = join(squeezed(np.strings.replace(text(map(plain, core[own].tolist())), "&", "")), ".com")
    second[children] = ""
    forms = np.array([len(row["forms"]) for row in COUNTRIES.values()])[country]
    table = {(n, k): form for n, row in enumerate(COUNTRIES.values()) for k, form in enumerate(row["forms"])}
    drawn = (rng.random(size) * forms).astype(np.int64)
    form = text(table[key] for key in zip(country.tolist(), drawn.tolist(), strict=True))
    renamed = rng.random(size) < rates["renamed"]
    old, _ = _cores(rng, size, country, surnames)
    former = np.where(renamed, glue(old, " ", picked(rng, WORDS["sectors"], size)), blank(size))
    second = np.where(
        renamed,
        join(
            squeezed(text(map(plain, np.strings.replace(old, "&", "").tolist()))),
            picked(rng, [".com", ".net", ".eu"], size),
        ),
        second,
    )
    return Companies(
        core=core,
        sector=sector,
        form=form,
        acronym=acronym,
        former=former,
        domain=domain,
        second=second,
        slug=np.strings.replace(np.strings.lower(glue(core, " ", sector)), " ", "-"),
        parent=parent,
        country=country,
        pattern=kinds(rng, np.array([[0.42, 0.2, 0.08, 0.06, 0.05, 0.05, 0.07, 0.04]]), np.zeros(size, dtype=np.int64)),
        switchboard=rng.integers(2_000_000, 9_999_999, size) * 1000,
        weights=weights / weights.sum(),
    )
