"""What we want each record of a vendor to be, some thousand people at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets import apart
from assets.duplicates import channels
from pipeline.mapping import VendorMapping, desired_values
from pipeline.planning.desired import Desired
from pipeline.planning.owners import Owners, owner_of
from pipeline.rules import parse
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assets.boundary import Stage
    from assets.targets import Row, Target

AT_ONCE = 2_000
"""People who are compared with the vendor's records at a time."""
REFUSED = "(hold_reason IS NOT NULL OR len(optouts) > 0)"
"""Only of them a plan holds what passes a pause."""


def wanted(stage: Stage, target: Target, mapping: VendorMapping) -> Iterator[Desired]:
    """Yield what we want each record to be."""
    for part in wanted_parts(stage, target, mapping):
        yield from part


def wanted_parts(
    stage: Stage, target: Target, mapping: VendorMapping, *, only_refused: bool = False
) -> Iterator[list[Desired]]:
    """Yield what we want each record to be, some thousand people at a time; each person in one part.

    `only_refused`: only of people who are held back or opted out.
    """
    owners = parse(Owners, "owners", stage.rules)
    users = target.users(stage)
    known = stage.ledger.id_map(target.vendor)
    ((_, strays),) = apart.found(stage, [target.vendor])
    people = statement(f"{target.layer}/{target.vendor}__plan")
    with stage.warehouse.open() as session:
        chosen = f"SELECT * FROM ({people}) WHERE {REFUSED} ORDER BY person_key" if only_refused else people
        for found in session.batches(chosen, size=AT_ONCE):
            passed_on = elsewhere(stage, target, found, known)
            desired: list[Desired] = []
            for row in found:
                kind, record_id = target.place(row)
                if record_id is None and row["person_key"] in known and row["person_key"] not in passed_on:
                    # Written, but not in the mirror yet: never created twice.
                    kind, record_id = known[row["person_key"]]
                told = {**row, "owner_id": owner_of(row, owners, users)}
                desired.append(
                    Desired(
                        person_key=row["person_key"],
                        object=kind,
                        record_id=record_id,
                        values=desired_values(told, mapping, kind=kind or mapping.people),
                        tags=frozenset(row["tags"]),
                        opted_out_channels=channels(row["optouts"]),
                        hold=row["hold_reason"],
                        strays=strays.get((kind or "", record_id or ""), frozenset()),
                        **target.told(row),
                    )
                )
            yield desired


def elsewhere(
    stage: Stage, target: Target, people: Sequence[Row], known: Mapping[str, tuple[str, str]]
) -> frozenset[str]:
    """Return the people whose record, as the ledger knows it, is another person's in this build.

    After two were taken apart the ledger names the record under the key of the one who wrote it.
    """
    unseen = [row["person_key"] for row in people if target.place(row)[1] is None and row["person_key"] in known]
    if not unseen:
        return frozenset()
    sources = [f"{target.vendor}:{known[key][0]}" for key in unseen]
    with stage.warehouse.open() as session:
        owners = {
            (row["source"], row["source_id"]): row["person_key"]
            for row in session.rows(
                "SELECT source, source_id, person_key FROM identity.members WHERE list_contains(?, source)"
                " AND list_contains(?, source_id)",
                [sorted(set(sources)), [known[key][1] for key in unseen]],
            )
        }
    return frozenset(
        key for key, source in zip(unseen, sources, strict=True) if owners.get((source, known[key][1]), key) != key
    )
