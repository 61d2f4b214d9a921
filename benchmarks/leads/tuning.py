"""Leads with known truth for tuning the identity engine: people, what sources say about them, and what goes wrong.

`--people` and corruption come from `--seed`; numpy draws numbers and flags, one SELECT writes them as text. The
output has the columns of issue 4 item 8 plus `truth` in a second file: `record_id`, `person_id`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.leads import words

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

SQL = Path(__file__).with_name("tuning.sql")
SOURCES = ["salesnav", "apollo", "zoho", "ghl", "csv"]
RECORDS = [0.34, 0.28, 0.2, 0.11, 0.05, 0.02]
"""Share of people with one, two, three ... records: 2.3 on average."""


def zipf(rng: Generator, size: int, among: int, power: float) -> Ints:
    """Draw `size` numbers below `among`, the first the most often."""
    weights = 1.0 / np.arange(1, among + 1) ** power
    return np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(size)).astype(np.int64).clip(0, among - 1)


def surnames(rng: Generator, size: int) -> list[str]:
    """Return distinct surnames: known ones first, then made-up ones."""
    known = [w for w in words.SURNAMES.split() if w not in {"van", "der", "de", "berg", "vries"}]
    known += [" ".join(parts) for parts in words.PARTICLED]
    parts = [words.ONSETS, words.VOWELS, words.CODAS, words.VOWELS, words.CODAS, words.ENDINGS]
    drawn = [[part[i] for i in rng.integers(0, len(part), size * 2)] for part in parts]
    made = ["".join(bits) if bits[-1] else "".join(bits[:3]) for bits in zip(*drawn, strict=True)]
    return list(dict.fromkeys(known + made))[:size]


def dictionaries(rng: Generator, companies: int) -> dict[str, pa.Table]:
    """Return the lists that the SELECT looks numbers up in."""
    given = [entry.split(":") for entry in words.GIVEN.split()]
    first, second = words.COMPANY_FIRST.split(), words.COMPANY_SECOND.split()
    rank = np.arange(companies)
    one, two = rng.integers(0, len(first), companies), rng.integers(0, len(second), companies)
    third = surnames(rng, 20000)
    named = [
        f"{third[(7 * n) % len(third)] if n % 3 == 0 else first[a]} {second[b]}"
        if n % 5
        else f"{first[a]} {first[(a + b + 1) % len(first)]} {second[b]}"
        for n, a, b in zip(rank.tolist(), one.tolist(), two.tolist(), strict=True)
    ]
    seen: dict[str, int] = {}
    label = []
    for name in named:
        bare = name.replace(" ", "").replace("'", "").encode("ascii", "ignore").decode()
        seen[bare] = seen.get(bare, 0) + 1
        label.append(bare if seen[bare] == 1 else f"{bare}{seen[bare]}")
    places = [line.split("|") for line in words.CITIES.replace("\n", ";").split(";")]
    texts = surnames(rng, 30000)
    return {
        "given": pa.table(
            {"id": np.arange(len(given)), "formal": [g[0] for g in given], "nicks": [g[1:] for g in given]}
        ),
        "surname": pa.table({"id": np.arange(len(texts)), "surname": texts}),
        "company": pa.table(
            {
                "id": rank,
                "name": named,
                "label": label,
                "tld": [words.TLDS[n] for n in rng.integers(0, len(words.TLDS), companies)],
                "legal": [words.LEGAL[n] for n in rng.integers(0, len(words.LEGAL), companies)],
                "pattern": rng.choice(5, companies, p=[0.42, 0.28, 0.12, 0.1, 0.08]),
                "switchboard": rng.integers(2_000_000, 9_999_999, companies),
                "place": rng.integers(0, len(places), companies),
                "parent": np.where(rng.random(companies) < 0.04, rank // 2, rank),
            }
        ),
        "place": pa.table(
            {
                "id": np.arange(len(places)),
                **{n: [p[k] for p in places] for k, n in enumerate(("city", "state", "country"))},
            }
        ),
    }


def people(rng: Generator, size: int, given: int, family: int, companies: int) -> dict[str, Ints]:
    """Draw people, hard cases among them: namesakes at one firm, father and son, households, numbered twins."""
    drawn = {
        "person_id": np.arange(size),
        "given_id": zipf(rng, size, given, 0.55),
        "surname_id": zipf(rng, size, family, 0.85),
        "second_surname_id": np.where(rng.random(size) < 0.05, zipf(rng, size, family, 0.7), -1),
        "middle": np.where(rng.random(size) < 0.25, rng.integers(0, 26, size), -1),
        "company_id": zipf(rng, size, companies, 0.62),
        "next_company_id": np.where(rng.random(size) < 0.16, zipf(rng, size, companies, 0.62), -1),
        "mobile": rng.integers(2_000_000_000, 9_999_999_999, size),
        "handle": rng.integers(0, 1000, size),
        "title_level": rng.integers(0, len(words.LEVELS), size),
        "title_field": rng.integers(0, len(words.FIELDS), size),
        "remote": np.where(rng.random(size) < 0.3, rng.integers(0, 38, size), -1),
        "suffix": np.zeros(size, dtype=np.int64),
        "twin": np.zeros(size, dtype=np.int64),
        "household": np.arange(size),
        "slug_no": np.where(rng.random(size) < 0.4, 0, rng.integers(1, 2**31, size)),
    }
    # Each special person is a copy of another: the first half of a permutation lends to the second half.
    order = rng.permutation(size)
    shares = {"namesake": 0.012, "son": 0.004, "spouse": 0.012, "successor": 0.01}
    start = 0
    for kind, share in shares.items():
        count = int(size * share)
        model, copy = order[start : start + count], order[-start - count : size - start]
        start += count
        drawn["surname_id"][copy] = drawn["surname_id"][model]
        if kind in {"namesake", "son"}:
            drawn["given_id"][copy] = drawn["given_id"][model]
            drawn["company_id"][copy] = np.where(
                (kind == "namesake") | (rng.random(count) < 0.5), drawn["company_id"][model], drawn["company_id"][copy]
            )
            drawn["twin"][copy] = 2
        if kind == "son":
            drawn["suffix"][copy], drawn["suffix"][model] = 1, 2
        if kind in {"son", "spouse"}:
            drawn["household"][copy] = model
        if kind == "successor":
            drawn["company_id"][copy] = drawn["company_id"][model]
            drawn["surname_id"][copy] = np.where(
                rng.random(count) < 0.3, drawn["surname_id"][model], zipf(rng, count, family, 0.85)
            )
            drawn["handle"][copy] = -1 - model  # took over the mailbox of the one who left
    return drawn


def records(rng: Generator, drawn: dict[str, Ints], *, rough: float) -> pa.Table:
    """Draw what each source says about its people: `rough` scales how often something goes wrong."""
    size = len(drawn["person_id"])
    counts = rng.choice(np.arange(1, len(RECORDS) + 1), size, p=RECORDS)
    who = np.repeat(np.arange(size), counts)
    n = len(who)

    def chance(share: float) -> NDArray[np.bool_]:
        return rng.random(n) < min(0.95, share * rough)

    source = rng.choice(5, n, p=[0.26, 0.26, 0.18, 0.16, 0.14])
    columns = {name: values[who] for name, values in drawn.items()}
    moved = (columns["next_company_id"] >= 0) & (rng.random(n) < 0.45)
    model = np.where(columns["handle"] < 0, -1 - columns["handle"], who)
    columns |= {
        "source_no": source,
        "record_id": rng.permutation(n) + 10_000_000,
        "moved": moved,
        "mailbox_surname_id": drawn["surname_id"][model],
        "mailbox_given_id": drawn["given_id"][model],
        "house_surname_id": drawn["surname_id"][columns["household"]],
        "house_mobile": drawn["mobile"][columns["household"]],
        "name_shape": rng.choice(4, n, p=[0.52, 0.26, 0.2, 0.02]),
        "name_order": rng.choice(4, n, p=[0.86, 0.08, 0.03, 0.03]),
        "given_shape": np.where(chance(0.2), 1, np.where(chance(0.06), 2, 0)),
        "nick_no": rng.integers(0, 3, n),
        "plain": chance(0.3),
        "umlaut": chance(0.3),
        "upper": rng.choice(3, n, p=[0.86, 0.07, 0.07]),
        "typo": np.where(chance(0.035), rng.integers(1, 4, n), 0),
        "typo_at": rng.integers(1, 6, n),
        "decor": np.where(chance(0.06), rng.integers(1, 6, n), 0),
        "tell_middle": rng.random(n) < 0.25,
        "tell_suffix": rng.random(n) < 0.6,
        "tell_second": rng.random(n) < 0.5,
        "no_name": chance(0.012),
        "email_kind": rng.choice(6, n, p=[0.71, 0.08, 0.07, 0.015, 0.015, 0.11]),
        "plus": chance(0.05),
        "dots": chance(0.3),
        "email_alias": chance(0.06),
        "email_dirt": np.where(chance(0.1), rng.integers(1, 5, n), 0),
        "phone_kind": rng.choice(4, n, p=[0.33, 0.2, 0.01, 0.46]),
        "phone_shape": rng.integers(0, 6, n),
        "slug_kind": rng.choice(4, n, p=[0.55, 0.02, 0.01, 0.42]),
        "slug_shape": rng.integers(0, 8, n),
        "slug_fresh": chance(0.02),
        "company_shape": rng.choice(7, n, p=[0.36, 0.3, 0.08, 0.08, 0.06, 0.05, 0.07]),
        "legal_no": rng.integers(0, len(words.LEGAL), n),
        "website_kind": rng.choice(4, n, p=[0.35, 0.1, 0.02, 0.53]),
        "no_title": chance(0.15),
        "title_shape": np.where(chance(0.3), rng.integers(1, 4, n), 0),
        "no_place": chance(0.3),
        "other_place": np.where(chance(0.05), rng.integers(0, 38, n), -1),
        "updated_at": rng.integers(1_600_000_000, 1_780_000_000, n),
    }
    order = rng.permutation(n)
    return pa.table({name: values[order] for name, values in columns.items()})


def write(leads: Path, truth: Path, *, size: int, seed: int, rough: float = 1.0) -> None:
    """Write about `size` leads to `leads` and who they are to `truth`, both Parquet."""
    rng = np.random.default_rng(seed)
    persons = int(size / 2.31)
    companies = max(40, persons // 9)
    with duckdb.connect() as session:
        session.execute("SET preserve_insertion_order = true")
        tables = dictionaries(rng, companies)
        drawn = people(rng, persons, tables["given"].num_rows, tables["surname"].num_rows, companies)
        frame = records(rng, drawn, rough=rough).slice(0, size)
        for name, table in {**tables, "drawn": frame}.items():
            session.register(name, table)
        lists = {
            "sources": SOURCES,
            "legal": words.LEGAL,
            "free": words.FREE,
            "roles": words.ROLES,
            "levels": words.LEVELS,
            "fields": words.FIELDS,
        }
        made = session.sql(SQL.read_text(encoding="utf-8"), params=lists).to_arrow_table()
        session.register("made", made)
        session.execute(f"COPY (SELECT * EXCLUDE person_id FROM made) TO '{leads}' (FORMAT parquet)")
        session.execute(f"COPY (SELECT record_id, person_id FROM made) TO '{truth}' (FORMAT parquet)")


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rough", type=float, default=1.0, help="how often something goes wrong, 1 is usual")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    told = parser.parse_args()
    write(told.output, told.truth, size=told.n, seed=told.seed, rough=told.rough)


if __name__ == "__main__":
    main()
