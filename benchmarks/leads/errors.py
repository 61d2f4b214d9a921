"""Which errors clusters make on judged data: false merges and misses, by trap and by the evidence the pair shares.

    python benchmarks/leads/errors.py --input leads.parquet --truth truth.parquet --clusters clusters.parquet

Prints one JSON line; `--examples N` adds a few pairs of each kind of evidence in full (synthetic people only).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.leads.judge.records import TRAPS

# One row per pair of records that are one person, or are in one cluster: what they share, what they hold against it.
EVIDENCE = """
  CASE WHEN a.email = b.email AND NOT a.nobody THEN 'same e-mail'
       WHEN a.member <> '' AND a.member = b.member THEN 'same member id'
       WHEN a.slug <> '' AND a.slug = b.slug AND a.slug NOT LIKE 'acwaa%' THEN 'same profile'
       WHEN a.name = b.name AND (a.company = b.company OR a.domain = b.domain) THEN 'same name and company'
       WHEN a.phone <> '' AND a.phone = b.phone AND a.name = b.name THEN 'same name and phone'
       WHEN a.company = b.company OR a.domain = b.domain THEN 'same company, name written otherwise'
       WHEN a.name = b.name AND a.city = b.city THEN 'same name and city only'
       WHEN a.name = b.name THEN 'same name only'
       ELSE 'nothing directly' END AS evidence,
  CASE WHEN a.member <> '' AND b.member <> '' AND a.member <> b.member THEN 'other member id'
       WHEN a.email <> b.email AND split_part(a.email, '@', 2) = split_part(b.email, '@', 2)
         AND NOT (a.nobody OR b.nobody)
         THEN 'other mailbox at the same domain'
       WHEN a.slug <> '' AND b.slug <> '' AND a.slug <> b.slug AND NOT (a.member <> '' OR b.member <> '')
         THEN 'other profile'
       ELSE 'nothing against it' END AS against
"""
RECORDS = """
CREATE TABLE records AS
SELECT t.record_id, t.person_id, t.traps, c.cluster_id,
  nullif(regexp_replace(regexp_extract(lower(l.email), '([^ :'']+)@[^@]+', 0), '[+][^@]*@|mailto:', '@'), '') AS email,
  coalesce(regexp_matches(lower(l.email),
    '(info|sales|contact|office|hello|admin|support|marketing|hr|unlocked)@'), false) AS nobody,
  lower(regexp_extract(l.linkedin_url, '/in/([^/?#]+)', 1)) AS slug,
  regexp_extract(l.linkedin_url, '(ACwAA[A-Za-z0-9_-]+)', 1) AS member,
  right(regexp_replace(regexp_replace(l.phone, ' ?(x|ext).*$', ''), '[^0-9]', '', 'g'), 8) AS phone,
  list_sort(string_split(regexp_replace(lower(strip_accents(
    coalesce(l.full_name, l.first_name || ' ' || l.last_name))), '[^a-z ]', '', 'g'), ' ')) AS name,
  left(regexp_replace(lower(strip_accents(l.company)), '[^a-z0-9]', '', 'g'), 8) AS company,
  regexp_extract(lower(coalesce(l.website, split_part(l.email, '@', 2))), '(https?://)?(www[.])?([^/]+)', 3)
    AS domain,
  l.city
FROM read_parquet($leads) l
JOIN read_parquet($truth) t USING (record_id)
JOIN read_parquet($clusters) c USING (record_id)
"""
PAIRS = f"""
CREATE TABLE pairs AS
SELECT a.record_id AS one, b.record_id AS other, true AS is_true, a.cluster_id = b.cluster_id AS is_claimed,
  least(a.cluster_id, b.cluster_id) AS part, greatest(a.cluster_id, b.cluster_id) AS counterpart,
  a.traps | b.traps AS traps, {EVIDENCE}
FROM records a JOIN records b ON a.record_id < b.record_id AND a.person_id = b.person_id
UNION ALL
SELECT a.record_id, b.record_id, false, true,
  least(a.person_id, b.person_id), greatest(a.person_id, b.person_id), a.traps | b.traps, {EVIDENCE}
FROM records a JOIN records b
ON a.record_id < b.record_id AND a.cluster_id = b.cluster_id AND a.person_id <> b.person_id
"""
STRENGTH = [
    "same member id",
    "same profile",
    "same e-mail",
    "same name and phone",
    "same name and company",
    "same company, name written otherwise",
    "same name and city only",
    "same name only",
    "nothing directly",
]
# One row per kind of evidence: the best that any pair of records offers between two parts of one person that were not
# joined (or between two people that were), in how many cases and for how many pairs.
BEST = """
SELECT $strength[best] AS evidence, count(*) AS cases, sum(pairs)::BIGINT AS pairs
FROM (
  SELECT min(list_position($strength, evidence)) AS best, count(*) AS pairs
  FROM pairs WHERE is_true = $is_true AND is_claimed <> is_true GROUP BY part, counterpart
)
GROUP BY 1 ORDER BY 3 DESC
"""
SHOWN = "source, full_name, first_name, last_name, company, website, email, phone, linkedin_url, city"


def told(connection: duckdb.DuckDBPyConnection, examples: int) -> dict[str, Any]:
    """Return counts of misses and false merges, by evidence, by what speaks against, and by trap."""
    ask = connection.execute
    answer: dict[str, Any] = {}
    for kind, rows in (("missed", "is_true AND NOT is_claimed"), ("false", "NOT is_true")):
        part: dict[str, Any] = {"pairs": ask(f"SELECT count(*) FROM pairs WHERE {rows}").fetchall()[0][0]}
        for column in ("evidence", "against"):
            found = ask(f"SELECT {column}, count(*) FROM pairs WHERE {rows} GROUP BY 1 ORDER BY 2 DESC").fetchall()
            part[column] = dict(found)
        asked = {"strength": STRENGTH, "is_true": kind == "missed"}
        part["best_evidence"] = {name: [cases, pairs] for name, cases, pairs in ask(BEST, asked).fetchall()}
        bits = ", ".join(
            f"count_if(traps & {1 << n} > 0 AND {rows}), count_if(traps & {1 << n} > 0)" for n in range(len(TRAPS))
        )
        counts = ask(f"SELECT {bits} FROM pairs").fetchall()[0]
        pairs = sorted(zip(TRAPS, counts[::2], counts[1::2], strict=True), key=lambda row: -row[1])
        part["traps"] = {name: [wrong, round(wrong / max(whole, 1), 4)] for name, wrong, whole in pairs if wrong}
        if examples:
            part["examples"] = {
                evidence: _examples(connection, rows, evidence, examples) for evidence in part["evidence"]
            }
        answer[kind] = part
    answer["true_pairs"] = ask("SELECT count(*) FROM pairs WHERE is_true").fetchall()[0][0]
    return answer


def _examples(connection: duckdb.DuckDBPyConnection, rows: str, evidence: str, count: int) -> list[list[str]]:
    """Return some pairs of one kind, each record as one line of text."""
    query = f"""
    SELECT one, other FROM pairs WHERE {rows} AND evidence = ? ORDER BY hash(one, other) LIMIT ?
    """
    lines = []
    for pair in connection.execute(query, [evidence, count]).fetchall():
        read = f"SELECT {SHOWN} FROM leads WHERE record_id IN (?, ?)"
        lines.append(
            [" | ".join(str(v or "-") for v in row) for row in connection.execute(read, list(pair)).fetchall()]
        )
    return lines


def main() -> None:
    """Read the three files and print what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("input", "truth", "clusters"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--examples", type=int, default=0)
    asked = parser.parse_args()
    with duckdb.connect() as connection:
        files = {"leads": str(asked.input), "truth": str(asked.truth), "clusters": str(asked.clusters)}
        connection.execute(RECORDS, files)
        connection.execute(PAIRS)
        connection.from_parquet(str(asked.input)).create_view("leads")
        answer = told(connection, asked.examples)
    print(json.dumps(answer, ensure_ascii=False, indent=1 if asked.examples else None))


if __name__ == "__main__":
    main()
