from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
import pytest

from pipeline import catalogue, sql
from pipeline.dictionary import PUBLISHED_LAYERS, published_columns, published_tables
from pipeline.page import statements
from resources.publishing import Published, publish, write_atomically
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from resources.session import Session

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OLDEST_STORAGE = 64  # the storage number of DuckDB 1.0, in the header of the file


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Warehouse(tmp_path / "warehouse.duckdb").open() as opened:
        yield opened


def published(session: Session, tmp_path: Path) -> Published:
    return publish(session, database=tmp_path / "leadflow.duckdb", folder=tmp_path / "published")


def read(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def somebody(session: Session, key: str = "k1", **fields: Any) -> None:
    row = {"person_key": key, "full_name": "Zaphod Beeblebrox", "grade": "A", "first_seen_at": NOON}
    session.insert("reports.people", [row | fields])


def test_the_published_file_is_in_the_storage_format_of_duckdb_one(session: Session, tmp_path: Path) -> None:
    header = published(session, tmp_path).database.read_bytes()[:20]
    assert (header[8:12], int.from_bytes(header[12:20], "little")) == (b"DUCK", OLDEST_STORAGE)


def test_raw_and_staging_are_never_published(session: Session, tmp_path: Path) -> None:
    session.insert("staging.leads", [{"source": "apollo", "email": "secret@b.example"}])
    rows = read(published(session, tmp_path).database, "SELECT DISTINCT schema_name FROM duckdb_tables()")
    assert {name for (name,) in rows} == set(PUBLISHED_LAYERS)


def test_every_published_column_has_a_comment_and_moments_are_plain_utc(session: Session, tmp_path: Path) -> None:
    query = "SELECT schema_name || '.' || table_name, column_name, data_type, comment FROM duckdb_columns()"
    found = read(published(session, tmp_path).database, f"{query} WHERE NOT internal")
    assert {(table, column, told) for table, column, _, told in found} == {
        (row["table_name"], row["column_name"], row["meaning"]) for row in published_columns()
    }
    assert all(told for *_, told in found)
    assert not [column for _, column, kind, _ in found if "TIME ZONE" in kind]


def test_rows_arrive_in_the_database_and_in_parquet(session: Session, tmp_path: Path) -> None:
    somebody(session)
    found = published(session, tmp_path)
    assert found.rows["reports.people"] == 1
    assert read(found.database, "SELECT first_seen_at FROM reports.people") == [(NOON.replace(tzinfo=None),)]
    assert pq.read_table(found.folder / "reports.people.parquet").num_rows == 1
    assert {path.stem for path in found.folder.glob("*.parquet")} == set(published_tables())


def test_parquet_row_groups_stay_small_enough_for_many_readers(session: Session, tmp_path: Path) -> None:
    session.execute(
        "INSERT INTO identity.members BY NAME SELECT 'k' AS person_key, i AS record_no FROM range(250_000) AS r (i)"
    )
    metadata = pq.ParquetFile(published(session, tmp_path).folder / "identity.members.parquet").metadata
    sizes = [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)]
    assert sum(sizes) == 250_000
    assert max(sizes) <= 100_000 + 2048


def test_a_parquet_file_is_written_anew_only_when_its_rows_or_columns_moved(session: Session, tmp_path: Path) -> None:
    somebody(session)
    files = published(session, tmp_path).folder
    people, touches = files / "reports.people.parquet", files / "reports.touches.parquet"
    before = (people.stat().st_ino, touches.stat().st_ino)
    published(session, tmp_path)
    assert (people.stat().st_ino, touches.stat().st_ino) == before
    session.execute("UPDATE reports.people SET grade = 'B'")
    touches.write_bytes(b"torn")
    published(session, tmp_path)
    assert pq.read_table(people).column("grade").to_pylist() == ["B"]
    assert pq.read_table(touches).num_rows == 0


def test_an_open_reader_keeps_its_snapshot_while_a_new_file_replaces_the_old(session: Session, tmp_path: Path) -> None:
    found = published(session, tmp_path)
    with duckdb.connect(str(found.database), read_only=True) as reader:
        somebody(session)
        published(session, tmp_path / "elsewhere")
        publish(session, database=found.database, folder=found.folder)
        assert reader.execute("SELECT count(*) FROM reports.people").fetchall() == [(0,)]
    assert read(found.database, "SELECT count(*) FROM reports.people") == [(1,)]


def test_leftovers_of_an_interrupted_publication_and_of_dropped_tables_are_cleared(
    session: Session, tmp_path: Path
) -> None:
    (tmp_path / "leadflow.duckdb.wal").write_bytes(b"rows of another file")
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "reports.gone.parquet").write_bytes(b"")
    found = published(session, tmp_path)
    assert read(found.database, "SELECT count(*) FROM reports.people") == [(0,)]
    assert not (tmp_path / "published" / "reports.gone.parquet").exists()
    assert [path.name for path in tmp_path.glob(".leadflow*")] == []


def test_a_failed_publication_leaves_the_old_file(session: Session, tmp_path: Path) -> None:
    before = published(session, tmp_path).database.read_bytes()
    session.execute("DROP TABLE reports.people")
    with pytest.raises(duckdb.Error):
        published(session, tmp_path)
    assert (tmp_path / "leadflow.duckdb").read_bytes() == before
    assert session.value("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'published'") == 0


def test_a_text_file_is_replaced_at_once(tmp_path: Path) -> None:
    write_atomically(tmp_path / "page.html", "old")
    write_atomically(tmp_path / "page.html", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("page.html", "new")]


def test_the_queries_of_the_page_read_published_tables_only() -> None:
    for select in statements().values():
        assert select.startswith("-- One row")
        assert set(re.findall(r'\b(?:FROM|JOIN) "?([a-z]+)"?\.', select)) <= set(PUBLISHED_LAYERS)


@pytest.mark.parametrize(
    ("events", "lifecycle"),
    [
        ([], "sourced"),
        (["sent"], "enrolled"),
        (["sent", "reply"], "replied"),
        (["reply", "booked"], "meeting"),
        (["booked", "deal_stage"], "deal"),
        (["deal_stage", "lost"], "lost"),
        (["deal_stage", "won"], "won"),
    ],
)
def test_a_person_is_as_far_as_their_furthest_event(session: Session, events: list[str], lifecycle: str) -> None:
    session.insert("identity.people", [{"person_key": "k1"}])
    session.insert("identity.members", [{"person_key": "k1", "source": "ghl:contact", "source_id": "g"}])
    rows = [
        {
            "engagement_id": kind,
            "vendor": "ghl",
            "vendor_id": "one",
            "object": "contact",
            "record_id": "g",
            "kind": kind,
            "is_human": True,
            "occurred_at": NOON,
        }
        for kind in events
    ]
    session.insert("staging.engagements", rows)
    session.replace("reports.touches", sql.statement("reports/touches"), {"workspace": "w", "time_zone": "UTC"})
    session.replace("reports.people", sql.statement("reports/people"), {"workspace": "w"})
    assert session.rows("SELECT lifecycle FROM reports.people") == [{"lifecycle": lifecycle}]


def test_a_touch_carries_the_grade_of_its_time_and_whether_we_ordered_it(session: Session) -> None:
    session.insert("identity.people", [{"person_key": "k1", "company_key": "c1"}])
    session.insert("identity.members", [{"person_key": "k1", "source": "ghl:contact", "source_id": "g"}])
    session.insert("identity.redirects", [{"old_key": "k0", "new_key": "k1"}])
    periods = [(NOON.replace(hour=1), "C"), (NOON.replace(hour=13), "A")]
    session.insert(
        "qualify.score_history",
        [{"person_key": "k1", "valid_from": at, "grade": grade} for at, grade in periods],
    )
    write = {
        "vendor": "ghl",
        "operation": "add_tags",
        "state": "confirmed",
        "person_key": "k0",
        "intent_id": "i",
    }
    payload = '{"tags": ["lf-core"]}'
    session.insert("outreach.ghl__writes", [write | {"settled_at": NOON.replace(hour=2), "payload": payload}])
    sent = {"vendor": "ghl", "object": "contact", "record_id": "g", "kind": "sent", "direction": "out"}
    sent |= {"engagement_id": "e", "channel": "email", "occurred_at": NOON}
    session.insert("staging.engagements", [sent])
    session.replace("reports.touches", sql.statement("reports/touches"), {"workspace": "w", "time_zone": "UTC"})
    query = "SELECT kind, person_key, company_key, grade_then, is_ordered_by_us, campaign FROM reports.touches"
    assert session.rows(f"{query} ORDER BY occurred_at") == [
        dict(
            zip(
                ("kind", "person_key", "company_key", "grade_then", "is_ordered_by_us", "campaign"),
                row,
                strict=True,
            )
        )
        for row in (("enrolled", "k1", "c1", "C", True, "lf-core"), ("sent", "k1", "c1", "C", True, None))
    ]


def test_the_dictionary_covers_every_published_table() -> None:
    tables = {row["table_name"] for row in published_columns()}
    assert tables == {name for name, table in catalogue.tables().items() if table.layer in PUBLISHED_LAYERS}
