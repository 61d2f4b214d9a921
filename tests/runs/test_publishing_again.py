"""The second publication: what did not change is copied, and the file is what a new one would be."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from errno import ENOSPC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dictionary import published_tables
from resources.analystfile import Known, may_copy, stamp_of
from resources.fingerprints import Fingerprint, select
from resources.publishing import MEMO, Published, publish
from resources.session import Session, quoted
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OLDEST_STORAGE = 64


class Recorded(Session):
    """A session that remembers what it was told to do."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self.told: list[str] = []

    def execute(self, sql: str, params: Any = None) -> None:
        self.told.append(sql)
        super().execute(sql, params)

    def written(self) -> set[str]:
        """Return the tables that were written whole into the database."""
        return {
            name
            for name in published_tables()
            for sql in self.told
            if sql.startswith(f"CREATE TABLE published.{quoted(name)} ")
        }

    def added_to(self) -> set[str]:
        """Return the tables of which some rows were written."""
        return {
            name
            for name in published_tables()
            for sql in self.told
            if sql.startswith(f"INSERT INTO published.{quoted(name)} ")
        }


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Recorded]:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.open() as opened:
        recorded = Recorded(opened._connection)
        recorded.insert("reports.people", [{"person_key": "k1", "full_name": "Zaphod", "first_seen_at": NOON}])
        for plan in ("p1", "p2"):
            recorded.insert("reports.changes", [{"plan_hash": plan, "person_key": f"k{number}"} for number in range(9)])
        built(recorded, NOON)
        yield recorded
    warehouse.release()


def built(session: Session, moment: datetime) -> None:
    session.execute("DELETE FROM reports.publication")
    session.insert("reports.publication", [{"built_at": moment}])


def published(session: Session, folder: Path) -> Published:
    if isinstance(session, Recorded):
        session.told.clear()
    return publish(session, database=folder / "leadflow.duckdb", folder=folder / "published")


def assert_same(session: Session, database: Path) -> None:
    """Compare every row of every published table, in the database and in Parquet, with the warehouse."""
    with duckdb.connect(str(database), read_only=True) as reader:
        for name in published_tables():
            ours = Counter(str(tuple(row.values())) for row in session.rows(select(name)))
            file = database.parent / "published" / f"{name}.parquet"
            for source in (quoted(name), f"'{file}'"):
                theirs = Counter(map(str, reader.execute(f"FROM {source}").fetchall()))
                assert theirs == ours, source


def test_only_what_changed_is_written_the_second_time(session: Recorded, tmp_path: Path) -> None:
    published(session, tmp_path)
    assert session.written() == set(published_tables())
    built(session, NOON + timedelta(hours=1))
    session.execute("UPDATE reports.people SET grade = 'B'")
    found = published(session, tmp_path)
    assert session.written() == {"reports.people", "reports.publication"}
    assert found.rows["reports.people"] == 1
    assert_same(session, found.database)


def test_of_a_table_of_plans_only_the_plans_that_changed_are_written(session: Recorded, tmp_path: Path) -> None:
    published(session, tmp_path)
    session.insert("reports.changes", [{"plan_hash": "p3", "person_key": "k1"}])
    session.execute("DELETE FROM reports.changes WHERE plan_hash = 'p1' AND person_key < 'k3'")
    found = published(session, tmp_path)
    assert session.added_to() == {"reports.changes"}
    assert not session.written()
    assert found.rows["reports.changes"] == 16
    assert_same(session, found.database)


def test_of_a_table_without_plans_only_the_rows_that_changed_are_written(session: Recorded, tmp_path: Path) -> None:
    session.insert("identity.people", [{"person_key": f"k{number}", "full_name": "Ford"} for number in range(9)])
    published(session, tmp_path)
    session.execute("UPDATE identity.people SET full_name = 'Arthur' WHERE person_key = 'k4'")
    found = published(session, tmp_path)
    assert session.added_to() == {"identity.people"}
    assert not session.written()
    assert_same(session, found.database)


def test_rows_that_come_more_than_once_are_there_as_often_as_in_the_warehouse(
    session: Recorded, tmp_path: Path
) -> None:
    same = {"person_key": "k1", "field": "title", "value": "Chief"}
    session.insert("identity.provenance", [same, same, {"person_key": "k2"}, {}])
    session.insert("identity.provenance", [{"person_key": f"k{number}"} for number in range(3, 30)])
    published(session, tmp_path)
    session.execute("DELETE FROM identity.provenance WHERE field = 'title'")
    session.insert("identity.provenance", [same, same, same, {}])
    assert_same(session, published(session, tmp_path).database)
    assert session.added_to() == {"identity.provenance"}
    session.execute("DELETE FROM identity.provenance WHERE field = 'title' OR person_key IS NULL")
    session.insert("identity.provenance", [same])
    assert_same(session, published(session, tmp_path).database)
    assert session.added_to() == {"identity.provenance"}


def test_nothing_that_was_noted_stays_in_the_warehouse(session: Recorded, tmp_path: Path) -> None:
    published(session, tmp_path)
    session.execute("UPDATE reports.people SET grade = 'B'")
    published(session, tmp_path)
    assert session.value("SELECT count(*) FROM duckdb_tables() WHERE temporary") == 0


def test_a_table_that_lost_or_changed_most_of_its_rows_is_written_whole(session: Recorded, tmp_path: Path) -> None:
    published(session, tmp_path)
    session.execute("UPDATE reports.changes SET state = 'confirmed'")
    assert_same(session, published(session, tmp_path).database)
    assert session.written() == {"reports.changes"}
    session.execute("DELETE FROM reports.changes")
    found = published(session, tmp_path)
    assert found.rows["reports.changes"] == 0
    assert_same(session, found.database)


def test_a_plan_that_took_the_place_of_another_is_written_without_looking_at_either(
    session: Recorded, tmp_path: Path
) -> None:
    session.insert("crm.zoho__plan", [{"plan_hash": "p1", "row_no": number} for number in range(9)])
    published(session, tmp_path)
    session.execute("DELETE FROM crm.zoho__plan")
    session.insert("crm.zoho__plan", [{"plan_hash": "p2", "row_no": number} for number in range(5)])
    assert_same(session, published(session, tmp_path).database)
    assert session.written() == {"crm.zoho__plan"}
    assert not [sql for sql in session.told if "moved crm.zoho__plan" in sql and "CREATE" in sql]


def test_a_renewed_file_keeps_the_oldest_storage_format_and_its_comments(session: Recorded, tmp_path: Path) -> None:
    published(session, tmp_path)
    session.execute("UPDATE reports.people SET grade = 'B'")
    session.insert("reports.changes", [{"plan_hash": "p3", "person_key": "k1"}])
    header = published(session, tmp_path).database.read_bytes()[:20]
    assert int.from_bytes(header[12:20], "little") == OLDEST_STORAGE
    with duckdb.connect(str(tmp_path / "leadflow.duckdb"), read_only=True) as reader:
        silent = "SELECT count(*) FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
        assert reader.execute(silent).fetchall() == [(0,)]


def test_what_a_client_wrote_into_the_file_is_gone_after_the_next_publication(
    session: Recorded, tmp_path: Path
) -> None:
    found = published(session, tmp_path)
    with duckdb.connect(str(found.database)) as client:
        client.execute("CREATE TABLE reports.mine AS SELECT 1 AS one")
        client.execute("DELETE FROM reports.people")
    published(session, tmp_path)
    assert session.written() == set(published_tables())
    assert_same(session, found.database)
    with duckdb.connect(str(found.database), read_only=True) as reader:
        assert reader.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'mine'").fetchall() == [(0,)]


@pytest.mark.parametrize("memo", [None, b"", b"[]", b"\xff", b'{"stamp": 3}', b'{"stamp": [1, 2, 3]}'])
def test_without_a_memo_that_can_be_read_the_file_is_built_anew(
    session: Recorded, tmp_path: Path, memo: bytes | None
) -> None:
    found = published(session, tmp_path)
    (found.folder / MEMO).unlink()
    if memo is not None:
        (found.folder / MEMO).write_bytes(memo)
    published(session, tmp_path)
    assert session.written() == set(published_tables())


def test_a_copy_that_does_not_hold_what_is_told_of_it_is_built_anew(session: Recorded, tmp_path: Path) -> None:
    found = published(session, tmp_path)
    memo = json.loads((found.folder / MEMO).read_text())
    session.insert("reports.people", [{"person_key": "k2"}])
    published(session, tmp_path / "elsewhere")
    other = json.loads((tmp_path / "elsewhere" / "published" / MEMO).read_text())
    memo["tables"]["reports.people"] = other["tables"]["reports.people"]
    (found.folder / MEMO).write_text(json.dumps(memo))
    assert published(session, tmp_path).rows["reports.people"] == 2
    assert_same(session, found.database)


def test_a_table_whose_columns_or_meanings_changed_is_written_anew(session: Recorded, tmp_path: Path) -> None:
    found = published(session, tmp_path)
    memo = json.loads((found.folder / MEMO).read_text())
    memo["tables"]["reports.touches"]["layout"] = "of another version"
    memo["tables"]["reports.people_of_old"] = memo["tables"].pop("reports.spend")
    with duckdb.connect(str(found.database)) as client:
        client.execute("ALTER TABLE reports.spend RENAME TO people_of_old")
    memo["stamp"] = stamp_of(found.database)
    (found.folder / MEMO).write_text(json.dumps(memo))
    published(session, tmp_path)
    assert session.written() == {"reports.touches", "reports.spend"}
    assert_same(session, found.database)
    with duckdb.connect(str(found.database), read_only=True) as reader:
        names = {name for (name,) in reader.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert "people_of_old" not in names


def test_what_was_deleted_is_nowhere_in_the_file_after_a_week(session: Recorded, tmp_path: Path) -> None:
    # Nothing in it comes twice: no compression hides it.
    secret = "Qx7wZk2vJf9pYb4t"
    session.insert("reports.people", [{"person_key": "k2", "full_name": secret}])
    found = published(session, tmp_path)
    assert secret.encode() in found.database.read_bytes()
    session.execute("DELETE FROM reports.people WHERE person_key = 'k2'")
    built(session, NOON + timedelta(days=7))
    published(session, tmp_path)
    assert session.written() == set(published_tables())
    assert secret.encode() not in found.database.read_bytes()


def test_when_a_parquet_file_cannot_be_written_the_database_stays_as_it_was(session: Recorded, tmp_path: Path) -> None:
    found = published(session, tmp_path)
    before = found.database.read_bytes()
    (found.folder / ".reports.people.part").mkdir()
    session.execute("UPDATE reports.people SET grade = 'B'")
    with pytest.raises(OSError, match=r"reports\.people\.part"):
        published(session, tmp_path)
    assert found.database.read_bytes() == before
    (found.folder / ".reports.people.part").rmdir()
    assert_same(session, published(session, tmp_path).database)


class Full(Session):
    """A session whose database file finds the disk full."""

    def execute(self, sql: str, params: Any = None) -> None:
        if sql.startswith("CREATE TABLE published"):
            raise OSError(ENOSPC, "No space left on device")
        super().execute(sql, params)


def test_when_the_database_cannot_be_written_the_parquet_files_stay_as_they_were(
    session: Recorded, tmp_path: Path
) -> None:
    found = published(session, tmp_path)
    before = {path.name: path.read_bytes() for path in found.folder.glob("*.parquet")}
    session.execute("UPDATE reports.people SET grade = 'B'")
    with pytest.raises(OSError, match="No space left"):
        published(Full(session._connection), tmp_path)
    assert {path.name: path.read_bytes() for path in found.folder.glob("*.parquet")} == before
    assert_same(session, published(session, tmp_path).database)


def test_what_killed_publications_left_behind_is_cleared(session: Recorded, tmp_path: Path) -> None:
    left = [tmp_path / name for name in (".leadflow.duckdb.new", ".leadflow.duckdb.new.wal", ".leadflow.duckdb.4711")]
    left += [tmp_path / "published" / name for name in (".reports.people.part", f".{MEMO}.4711")]
    left[-1].parent.mkdir()
    for path in left:
        path.write_bytes(b"half of it")
    assert_same(session, published(session, tmp_path).database)
    assert [path for path in left if path.exists()] == []


@pytest.mark.parametrize(
    ("days", "bytes_now", "is_copied"),
    [(0, 100, True), (6, 200, True), (7, 100, False), (-1, 100, False), (0, 201, False)],
)
def test_a_file_is_copied_while_it_is_young_and_has_not_swollen(
    tmp_path: Path, days: int, bytes_now: int, is_copied: bool
) -> None:
    database = tmp_path / "leadflow.duckdb"
    database.write_bytes(b"x" * bytes_now)
    stamp = stamp_of(database)
    assert stamp is not None
    known = Known(
        stamp=stamp,
        built_on=date(2026, 11, 22),
        row_bytes=10.0,
        tables={"reports.people": Fingerprint("", {"": (10, 0)})},
    )
    assert may_copy(known, database, date(2026, 11, 22) + timedelta(days)) is is_copied


CHANGE = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(["p1", "p2", "p3", None])),
    st.tuples(st.just("drop"), st.sampled_from(["p1", "p2", "p3"])),
    st.tuples(st.just("move"), st.sampled_from(["p1", "p2", "p3"])),
    st.tuples(st.just("value"), st.sampled_from(["title", "email"])),
)


@settings(max_examples=6, deadline=None)
@given(days=st.lists(st.lists(CHANGE, max_size=4), min_size=2, max_size=4))
def test_whatever_changes_from_day_to_day_the_file_is_the_warehouse(days: list[list[tuple[str, str | None]]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        warehouse = Warehouse(folder / "warehouse.duckdb")
        with warehouse.open() as session:
            for changes in days:
                for kind, what in changes:
                    change(session, kind, what)
                assert_same(session, published(session, folder).database)
        warehouse.release()


def change(session: Session, kind: str, what: str | None) -> None:
    if kind == "add":
        session.insert("crm.zoho__plan", [{"plan_hash": what, "person_key": f"k{number}"} for number in range(3)])
    elif kind == "drop":
        session.execute("DELETE FROM crm.zoho__plan WHERE plan_hash = ?", [what])
    elif kind == "move":
        session.execute("UPDATE crm.zoho__plan SET field = 'x' || coalesce(field, '') WHERE plan_hash = ?", [what])
    else:
        session.insert("identity.provenance", [{"person_key": "k1", "field": what, "value": "v"}])
