"""What a ledger says, in a form that two runs can be compared by: no moments, no vendor ids, no numbers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Doubts by vendor; intents by "vendor operation object person payload" → states; who lives where; purchases.

    `doubled`: people who were inserted twice at one vendor.
    """

    doubts: dict[str, list[str]]
    intents: Mapping[str, list[str]]
    places: Mapping[str, str]
    read: Mapping[str, int]
    bought: Mapping[str, int]
    jobs: Mapping[str, int]
    doubled: list[str]


def read_facts(ledger: Path) -> Facts:
    """Read the ledger of a run that has ended."""
    with closing(sqlite3.connect(ledger)) as file:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return file.execute(query).fetchall()

        doubts: dict[str, list[str]] = {}
        for vendor, name in rows(
            "SELECT vendor, coalesce(record_id, person_key) FROM intents "
            "WHERE state IN ('claimed', 'sent') ORDER BY 1, 2"
        ):
            doubts.setdefault(vendor, []).append(name)
        intents: dict[str, list[str]] = {}
        for told, state in rows(
            "SELECT vendor || ' ' || operation || ' ' || object || ' ' || person_key || ' ' || payload, state "
            "FROM intents WHERE state <> 'superseded' ORDER BY 1, 2"
        ):
            intents.setdefault(told, []).append(state)
        return Facts(
            doubts=doubts,
            intents=intents,
            places=dict(rows("SELECT vendor || ' ' || person_key, object FROM records ORDER BY 1")),
            read=dict(rows("SELECT vendor, count(*) FROM intents WHERE read_at IS NOT NULL GROUP BY 1 ORDER BY 1")),
            bought=dict(
                rows(
                    "SELECT coalesce(person_key, 'nobody'), sum(quantity) FROM charges "
                    "WHERE vendor = 'apollo' GROUP BY 1"
                )
            ),
            jobs=dict(
                rows(
                    "SELECT 'unended ' || vendor, count(*) FROM jobs WHERE ended_at IS NULL AND state NOT IN "
                    "('abandoned', 'failed') GROUP BY 1"
                )
            ),
            doubled=[
                f"{vendor} {person}"
                for vendor, person in rows(
                    "SELECT vendor, person_key FROM intents WHERE operation = 'insert' AND state = 'confirmed' "
                    "GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 2"
                )
            ],
        )


def differences(wanted: Any, found: Any, at: str = "") -> list[str]:
    """Return in words where two states differ."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        names = sorted({*wanted, *found})
        return [told for name in names for told in differences(wanted.get(name), found.get(name), f"{at}/{name}")]
    return [] if wanted == found else [f"{at}: {found!r} instead of {wanted!r}"]
