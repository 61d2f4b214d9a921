"""Which ids are shared: those that stand beside several surnames, and no others, however few records there are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.identity.engine.features import features
from pipeline.identity.engine.rarity import rarities
from pipeline.identity.engine.reference import measure

COLUMNS = ("name", "email", "phone", "linkedin_url", "company", "website", "title", "city", "country")


def leads(*rows: dict[str, str]) -> pa.Table:
    schema = pa.schema([("record_id", pa.int64()), *((name, pa.string()) for name in COLUMNS)])
    numbered = [{"record_id": number, **row} for number, row in enumerate(rows)]
    return pa.Table.from_pylist(numbered, schema=schema)


def test_ids_of_many_people_are_not_taken_for_shared_because_their_hashes_meet() -> None:
    names = ["".join(chr(97 + (number // 26**place) % 26) for place in range(3)) for number in range(2000)]
    rows = features(
        leads(
            *(
                {
                    "name": f"anna\x1f{name}sen",
                    "email": f"{name}@acme.com",
                    "linkedin_url": f"https://www.linkedin.com/in/anna-{name}sen-{number:08x}",
                }
                for number, name in enumerate(names)
            )
        )
    )
    found = rarities(rows, measure(rows))
    assert not found["is_email_shared"].any()
    assert not found["is_slug_shared"].any()


def test_a_mailbox_of_several_surnames_is_shared_and_one_of_one_surname_is_not() -> None:
    rows = features(
        leads(
            {"name": "anna\x1fberg", "email": "family@berg.example"},
            {"name": "otto\x1flind", "email": "family@berg.example"},
            {"name": "jane\x1fdoe", "email": "jane@doe.example"},
            {"name": "j\x1fdoe", "email": "jane@doe.example"},
        )
    )
    assert rarities(rows, measure(rows))["is_email_shared"].tolist() == np.array([1, 1, 0, 0]).tolist()
