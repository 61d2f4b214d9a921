"""The benchmark reads a file of leads without a database and means the same by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import identity
from benchmarks.identity_leads import CALLED, OWN, Leads
from pipeline.identity.engine.features import SHARED, features, strong_ids
from pipeline.sql import statement

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = dict.fromkeys([*OWN, *CALLED, *SHARED])
NAMES = ["", None, "Ada", "Smith, John"]
ROWS = [
    {"full_name": full, "first_name": first, "last_name": last, "source": source, "source_id": number}
    | {"email": "ada@acme.com", "company": "Acme", "website": "acme.com", "city": "Bonn", "country": "DE"}
    for full in NAMES
    for first in NAMES
    for last in NAMES
    for source, number in (("csv", "1"), ("crm", "7"), (None, "7"), ("crm", ""), ("crm", None))
]


def written(folder: Path, rows: list[dict[str, str | None]], kind: pa.DataType) -> Path:
    schema = pa.schema([(name, pa.int64() if name == "record_id" else kind) for name in COLUMNS])
    numbered = [{"record_id": number, **row} for number, row in enumerate(rows)]
    pq.write_table(pa.Table.from_pylist(numbered, schema=schema), folder / "leads.parquet", row_group_size=100)
    return folder / "leads.parquet"


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_file_means_what_the_select_over_it_means(tmp_path: Path, kind: pa.DataType) -> None:
    path = written(tmp_path, ROWS, kind)
    with duckdb.connect() as opened:
        opened.register("leads", pq.read_table(path))
        leads = opened.sql(statement("engine/leads")).order("record_id").to_arrow_table()
    rows, strong = identity.read(path)
    assert rows.packed().tolist() == features(leads).tolist()
    assert strong.tolist() == strong_ids(leads, identity.STRONG).tolist()


WORDS = (
    *("Ada", "ADA", "Joël", "Li", "Bo", "J.", "Mary Ann", "O'Neil", "Jean-Luc", "van", "de Boer", "Dr.", "Jr", "PhD"),
    *("Smith, John", "Ada (she/her)", "(Ada", "Ma", "Bob", "Müller", "Mueller", "MBA", "n/a", "test", " Ada ", "\x1f"),
    *("", None, "李", "Анна", "\u200b", "x" * 40),
)


def test_words_read_once_for_all_who_bear_them_mean_what_the_whole_name_means(tmp_path: Path) -> None:
    rows = [{"full_name": "Ada Byron", "first_name": first, "last_name": last} for first in WORDS for last in WORDS]
    rows += [{"full_name": None, "first_name": first, "email": "ada.byron@acme.com"} for first in WORDS]
    path = written(tmp_path, rows, pa.string())
    with duckdb.connect() as opened:
        opened.register("leads", pq.read_table(path))
        leads = opened.sql(statement("engine/leads")).order("record_id").to_arrow_table()
    assert identity.read(path)[0].packed().tolist() == features(leads).tolist()


def test_columns_that_say_nothing_may_have_no_type(tmp_path: Path) -> None:
    path = written(tmp_path, [{"full_name": "Ada Byron"}], pa.string())
    table = pq.read_table(path)
    for name in ("company", "email"):
        table = table.set_column(table.column_names.index(name), name, pa.nulls(1))
    pq.write_table(table, path)
    rows, _ = identity.read(path)
    assert rows["given"][0] != 0
    assert rows["core"][0] == rows["email"][0] == 0


def test_a_file_without_leads_has_no_features(tmp_path: Path) -> None:
    path = written(tmp_path, [], pa.string())
    assert len(Leads(path)) == 0
    rows, strong = identity.read(path)
    assert len(rows) == len(strong) == 0
