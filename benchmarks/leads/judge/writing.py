"""How sources write names, companies, phones and addresses: the same thing, differently each time."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import numpy as np

from benchmarks.leads.judge.companies import COUNTRIES, Companies
from benchmarks.leads.judge.strings import (
    DTYPE,
    Codes,
    Mask,
    Text,
    blank,
    changed,
    either,
    glue,
    join,
    kinds,
    mistyped,
    parted,
    picked,
    text,
    tokens,
)

_ROLES = ["info", "info", "info", "sales", "sales", "contact", "office", "hello", "admin", "support", "marketing", "hr"]
_HOSTS = ["https://www.linkedin.com"] * 8 + ["http://www.linkedin.com"] * 4 + ["https://linkedin.com", "linkedin.com"]
_LOCALES = ["uk", "de", "fr", "es", "in", "br", "ca", "nl", "it", "au", "se", "pl"]
_ENDINGS = [""] * 10 + ["/", "/", "/", "?trk=people-search", "/?originalSubdomain=uk", "/en", "?utm_source=export", "#"]
LOCKED = "email_not_unlocked@domain.com"


def emails(rng: np.random.Generator, kind: Codes, work: Text, personal: Text, *, domain: Text, careless: Mask) -> Text:
    """Return what stands in the e-mail column: kind 0 work, 1 personal, 2 role inbox, 3 Apollo's locked address."""
    size = len(kind)
    role = join(picked(rng, _ROLES, size), "@", domain)
    locked = np.full(size, LOCKED, dtype=DTYPE)
    found = np.select([kind == 0, kind == 1, kind == 2, kind == 3], [work, personal, role, locked], blank(size))
    local, host = parted(found, "@")
    own = kind <= 1
    plus = own & careless & (rng.random(size) < 0.12)
    tagged = join(local, "+", picked(rng, ["news", "crm", "event", "test", "demo", "linkedin"], size), "@", host)
    found = np.where(plus, tagged, found)
    google = (host == "gmail.com") & (rng.random(size) < 0.2)
    middle = np.maximum(np.strings.str_len(local) // 2, 1)
    dotted = join(np.strings.slice(local, 0, middle), ".", np.strings.slice(local, middle, 99), "@googlemail.com")
    found = np.where(google & ~plus, dotted, found)
    wrong = own & careless & (rng.random(size) < 0.03)
    found[wrong] = join(mistyped(rng, local[wrong]), "@", host[wrong])
    found = changed(careless & (rng.random(size) < 0.08), found, np.strings.upper)
    found = changed(own & (rng.random(size) < 0.03), found, np.strings.capitalize)
    untidy = careless & (found != "") & (rng.random(size) < 0.03)
    return np.where(untidy, join(picked(rng, [" ", "mailto:", "'"], size), found), found)


def phones(rng: np.random.Generator, number: Codes, country: Codes, extension: Mask) -> Text:
    """Return national numbers in the formats people and tools use; a number of -1 is none."""
    size = len(number)
    digits = np.array([row["digits"] for row in COUNTRIES.values()])[country]
    call = text(row["call"] for row in COUNTRIES.values())[country]
    national = np.strings.slice(
        (np.abs(number) + 10**10 * 2).astype(str).astype(DTYPE), 11 - np.minimum(digits, 10), 11
    )
    national = np.where(digits > 10, join("9", national), national)
    head, middle = np.strings.slice(national, 0, 3), np.strings.slice(national, 3, 6)
    tail = np.strings.slice(national, 6, 12)
    trunk = np.where(call == "1", blank(size), text(["0"])[np.zeros(size, dtype=np.int64)])
    shapes = [
        join("+", call, national),
        join("+", call, " ", head, " ", middle, " ", tail),
        join("+", call, " (", head, ") ", middle, "-", tail),
        join("(", trunk, head, ") ", middle, "-", tail),
        join(trunk, head, "-", middle, "-", tail),
        join("00", call, head, middle, tail),
        join("'+", call, " ", head, "-", middle, "-", tail),
    ]
    kind = kinds(rng, np.array([[0.34, 0.2, 0.08, 0.14, 0.1, 0.04, 0.06]]), np.zeros(size, dtype=np.int64))
    written = np.select([kind == n for n in range(7)], shapes, join(head, ".", middle, ".", tail))
    added = join(picked(rng, [" x", " ext. ", " ext "], size), rng.integers(100, 999, size).astype(str).astype(DTYPE))
    written = np.where(extension & (rng.random(size) < 0.35), join(written, added), written)
    return np.where(number < 0, blank(size), written)


def profiles(rng: np.random.Generator, kind: Codes, slug: Text, member: Text, firm: Text) -> Text:
    """Return the LinkedIn column: 0 public profile, 1 Sales Navigator lead, 2 opaque member id, 3 a company's page."""
    size = len(kind)
    host = picked(rng, _HOSTS, size)
    foreign = join("https://", picked(rng, _LOCALES, size), ".linkedin.com")
    host = np.where(rng.random(size) < 0.07, foreign, host)
    slug = changed(rng.random(size) < 0.02, slug, np.strings.upper)
    decoded = (np.strings.find(slug, "%") >= 0) & (rng.random(size) < 0.3)
    slug[decoded] = text(unquote(word) for word in slug[decoded].tolist())
    public = join(host, "/in/", slug, picked(rng, _ENDINGS, size))
    session = tokens(rng, size, 4, "ABCDEFabcdef0123456789-_")
    lead = join("https://www.linkedin.com/sales/", picked(rng, ["lead", "lead", "people"], size), "/", member)
    lead = join(lead, picked(rng, [",NAME_SEARCH,", ",name,", ",NAME_SEARCH,"], size), session)
    opaque = join("https://www.linkedin.com/in/", member)
    page = join("https://www.linkedin.com/company/", firm)
    return np.select([kind == n for n in range(4)], [public, lead, opaque, page], blank(size))


def firms_written(rng: np.random.Generator, firms: Companies, job: Codes, kind: Codes, careless: Mask) -> Text:
    """Return the company column: 0 with legal form, 1 name, 2 core, 3 acronym, 4 parent, 5 former name."""
    size = len(job)
    core, sector = firms.core[job], firms.sector[job]
    usual = glue(core, " ", sector)
    legal = np.where(rng.random(size) < 0.25, join(usual, ", ", firms.form[job]), join(usual, " ", firms.form[job]))
    parent = glue(firms.core[firms.parent[job]], " ", firms.sector[firms.parent[job]])
    short = np.array([row["short"][0] for row in COUNTRIES.values()]).astype(DTYPE)[firms.country[job]]
    branch = np.where(rng.random(size) < 0.5, join(usual, " (", short, ")"), join(usual, " - ", short))
    usual = np.where(rng.random(size) < 0.015, branch, usual)
    special = [either(kind == n, form[job], usual) for n, form in ((3, firms.acronym), (5, firms.former))]
    made = [legal, usual, core, special[0], parent, special[1]]
    found = np.select([kind == n for n in range(6)], made, blank(size))
    found = changed(careless & (rng.random(size) < 0.2), found, np.strings.upper)
    found = changed(careless & (rng.random(size) < 0.1), found, np.strings.lower)
    found = np.where(rng.random(size) < 0.01, np.strings.replace(found, " & ", " and "), found)
    return changed(careless & (rng.random(size) < 0.05), found, lambda words: mistyped(rng, words))


def websites(rng: np.random.Generator, firms: Companies, job: Codes, kind: Codes) -> Text:
    """Return the website column: 0 the main domain, 1 the other one, anything else nothing."""
    size = len(job)
    domain = either(kind == 1, firms.second[job], firms.domain[job])
    before = picked(rng, ["http://www.", "https://www.", "https://", "", "www.", "http://"], size)
    after = picked(rng, ["", "", "", "/", "/", "/en", "/contact-us"], size)
    return np.where(kind <= 1, join(before, domain, after), blank(size))


def rows(table: dict[str, list[float]], sources: list[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return one line of probabilities per source."""
    return np.array([table[name] for name in sources], dtype=np.float64)
