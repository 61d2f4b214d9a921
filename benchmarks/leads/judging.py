"""B2B leads with the truth about who is who, for judging identity: `python benchmarks/leads/judging.py --n 100000`.

Worlds differ in countries, sources and rates of corruption (`judge/worlds.yaml`).
Nothing here is shared with the generator the engine was tuned on. Data on which canonical exact e-mail already reaches
a pair F1 above 0.5 is refused: it would be too easy to judge anything by.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks.leads.judge.companies import companies
from benchmarks.leads.judge.contacts import contacts
from benchmarks.leads.judge.names import given_names, surnames
from benchmarks.leads.judge.people import people
from benchmarks.leads.judge.records import TRAPS, records
from benchmarks.leads.judge.strings import Codes, Text, numbered, parted
from pipeline.identity.scores import pair_scores

COLUMNS = [
    "source",
    "source_id",
    "full_name",
    "first_name",
    "last_name",
    "title",
    "company",
    "website",
    "email",
    "phone",
    "linkedin_url",
    "city",
    "state",
    "country",
]
TOO_EASY = 0.5
_ROLES = ["info", "sales", "contact", "office", "hello", "admin", "support", "marketing", "hr", "email_not_unlocked"]


@dataclass(frozen=True, slots=True)
class World:
    """Leads and truth: `leads` has the columns of the benchmark, `truth` has record_id, person_id and traps (bits)."""

    leads: pa.Table
    truth: pa.Table
    email_f1: float

    @property
    def person(self) -> Codes:
        """Return the true person of each lead."""
        return np.asarray(self.truth["person_id"].to_numpy(), dtype=np.int64)

    @property
    def traps(self) -> Codes:
        """Return what is difficult about each lead, as bits in the order of TRAPS."""
        return np.asarray(self.truth["traps"].to_numpy(), dtype=np.int64)


def rates(world: str) -> dict[str, Any]:
    """Return the rates of a world (`a`, or another one's changes laid over it)."""
    told = yaml.safe_load((Path(__file__).parent / "judge" / "worlds.yaml").read_text(encoding="utf-8"))
    if world not in told:
        raise SystemExit(f"no world {world!r} in worlds.yaml; there are: {', '.join(told)}")
    return {**told["a"], **told[world]}


def canonical(emails: Text) -> Text:
    """Return what exact matching compares: lower case, no plus tag, no dots at Google; role inboxes count as none."""
    tidy = np.strings.replace(np.strings.strip(np.strings.lower(emails), " '"), "mailto:", "")
    local, host = parted(tidy, "@")
    local, google = parted(local, "+")[0], np.isin(host.astype(object), ["gmail.com", "googlemail.com"])
    local = np.where(google, np.strings.replace(local, ".", ""), local)
    host = np.where(google, np.array("gmail.com", dtype=host.dtype), host)
    none = (tidy == "") | np.isin(local.astype(object), _ROLES)
    empty = np.array("", dtype=host.dtype)
    return np.where(none, empty, np.strings.add(np.strings.add(local, "@"), host))


def email_f1(emails: Text, person: Codes) -> float:
    """Return the pair F1 of clustering by canonical e-mail alone."""
    keys = canonical(emails)
    alone = keys == ""
    cluster = np.where(alone, np.arange(len(keys)), numbered(keys) + len(keys))
    return pair_scores(cluster, person).f1


def generate(size: int, seed: int, world: str = "a") -> World:
    """Return `size` leads of a world; the same arguments give the same leads."""
    rng, told = np.random.default_rng([seed, ord(world[0])]), rates(world)
    shares = np.array(told["records_per_person"])
    mean = float((shares * np.arange(1, len(shares) + 1)).sum())
    count = int(size / mean * 1.02) + 50
    family, given = surnames(rng), given_names()
    firms = companies(rng, max(40, int(count / told["people_per_company"])), told, family)
    folk = people(rng, count, told, firms, given=given, surnames=family)
    reached = contacts(rng, folk, firms, told, given=given, surnames=family)
    columns, seen, who, traps = records(rng, size, told, folk, firms, reached=reached)
    record = rng.permutation(size * 7)[:size].astype(np.int64) + 1_000
    texts = {
        name: pa.array(np.where(columns[name] == "", None, columns[name].astype(object)), pa.string())
        for name in COLUMNS
    }
    leads = pa.table({"record_id": record, **texts, "updated_at": seen})
    truth = pa.table({"record_id": record, "person_id": who, "traps": traps})
    return World(leads=leads, truth=truth, email_f1=email_f1(columns["email"], who))


def refuse_if_easy(world: World) -> None:
    """Stop the program when exact e-mail alone solves too much of the world."""
    if world.email_f1 > TOO_EASY:
        sys.exit(f"too easy to judge by: canonical exact e-mail reaches pair F1 {world.email_f1:.3f}, over {TOO_EASY}")


def main() -> None:
    """Write leads and truth, and print what they are like."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100_000, help="how many leads")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", default="a")
    parser.add_argument("--output", type=Path, help="leads go here as Parquet")
    parser.add_argument("--truth", type=Path, help="record_id, person_id, traps go here as Parquet")
    asked = parser.parse_args()
    started = time.perf_counter()
    world = generate(asked.n, asked.seed, asked.world)
    for table, path in ((world.leads, asked.output), (world.truth, asked.truth)):
        if path:
            pq.write_table(table, path, row_group_size=100_000)
    told = {
        "world": asked.world,
        "n": asked.n,
        "seed": asked.seed,
        "people": len(np.unique(world.person)),
        "email_f1": round(world.email_f1, 4),
        "traps": {name: int((world.traps >> bit & 1).sum()) for bit, name in enumerate(TRAPS)},
        "wall_s": round(time.perf_counter() - started, 2),
    }
    print(json.dumps(told))
    refuse_if_easy(world)


if __name__ == "__main__":
    main()
