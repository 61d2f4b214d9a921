"""CSV lines are carried over from day to day, and the table is the one that reading everything again would give."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import sighted
from resources import sources
from resources.session import Session

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
EVERYTHING = "SELECT * FROM staging.sightings ORDER BY landing_ref, position"
FIRST_NAMES = st.sampled_from(["Jane", "Émile", "Dr. Ada", ""])
CELLS = st.fixed_dictionaries(
    {
        "First Name": FIRST_NAMES,
        "Last Name": st.sampled_from(["Doe", "Lovelace", ""]),
        "Email": st.sampled_from(["jane@acme.example", "Unlock", ""]),
        "Company": st.sampled_from(["Acme, Inc.", "café", ""]),
    }
)
LINE = CELLS.map(lambda cells: {"cells": cells}) | st.just({"reject": "9 cells in a file of 4 columns", "text": "x"})
FILE = st.tuples(st.sampled_from(["generic", "apollo_export", "martian"]), st.lists(LINE, max_size=3))
NAMES = st.sampled_from(["salesnav/csv/2026-01-05/one.gz", "salesnav/csv/2026-01-06/two.gz", "three.gz"])
DAY = st.tuples(
    st.dictionaries(NAMES, st.none() | FILE, max_size=2),  # None: the file is gone
    st.sampled_from(["as it was", "newer code", "dies before", "dies after"]),
)


class Died(Exception):
    """The run was killed."""


class Mortal(Session):
    """A session whose process dies around the filling of the table."""

    dies = ""

    def replace(self, *given, **named):
        if self.dies == "dies before":
            raise Died
        rows = super().replace(*given, **named)
        if self.dies == "dies after":
            raise Died
        return rows


def warehouse() -> Mortal:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    session = Mortal(connection)
    session.ensure_tables()
    return session


def put(session, name, form, lines, *, table="raw.salesnav__people"):
    """Replace the raw rows of a landed file."""
    session.execute(f"DELETE FROM {table} WHERE landing_ref = ?", [name])
    context = json.dumps({"file": "list.csv", "format": form})
    common = {"landed_on": NOW.date(), "landing_ref": name, "fetched_at": NOW, "context": context}
    session.insert(
        table, [{**common, "position": number, "payload": json.dumps(line)} for number, line in enumerate(lines)]
    )


def in_full(session) -> list[dict[str, object]]:
    """Return the table as a warehouse that never read anything before fills it from the same raw rows."""
    other = warehouse()
    for table in ("raw.salesnav__people", "raw.apollo__people"):
        other.insert(table, session.arrow(f"SELECT * FROM {table}"))
    sighted.refill(other, version="whatever", now=NOW)
    return other.rows(EVERYTHING)


@settings(max_examples=60, deadline=None)
@given(st.lists(DAY, min_size=1, max_size=5))
def test_a_table_of_carried_lines_is_the_one_that_reading_all_of_them_gives(days):
    session, version = warehouse(), 0
    put(session, "apollo.gz", "", [{"id": "a1", "first_name": "Jane"}, {"id": "a2"}], table="raw.apollo__people")
    for number, (files, event) in enumerate(days):
        for name, file in files.items():
            put(session, name, *(file or ("", [])))
        version += event == "newer code"
        session.dies = event
        try:
            sighted.refill(session, version=str(version), now=NOW + timedelta(days=number))
        except Died:
            session.dies = ""
            session.forget_views()
            sighted.refill(session, version=str(version), now=NOW + timedelta(days=number))
        session.forget_views()
        assert session.rows(EVERYTHING) == in_full(session)


@pytest.fixture
def session():
    """A warehouse that has read two files of two lines."""
    session = warehouse()
    for name in ("one.gz", "two.gz"):
        put(session, name, "generic", [{"cells": {"First Name": "Jane", "Last Name": "Doe"}}] * 2)
    assert sighted.refill(session, version="1", now=NOW) == 4
    return session


def test_the_lines_of_a_file_are_read_once(session):
    assert sighted.refill(session, version="1", now=NOW) == 0
    put(session, "three.gz", "generic", [{"cells": {"First Name": "Ada", "Last Name": "Byron"}}])
    assert sighted.refill(session, version="1", now=NOW) == 1
    assert session.count("staging.sightings") == 5


def test_a_file_whose_lines_changed_is_read_again_alone(session):
    put(session, "one.gz", "generic", [{"cells": {"First Name": "Ada", "Last Name": "Byron"}}])
    assert sighted.refill(session, version="1", now=NOW) == 1


def test_other_code_reads_everything_again(session):
    assert sighted.refill(session, version="2", now=NOW) == 4


@pytest.mark.parametrize("moment", ["dies before", "dies after"])
def test_a_run_that_dies_while_the_table_is_filled_leaves_nothing_to_rely_on(session, moment):
    session.dies = moment
    with pytest.raises(Died):
        sighted.refill(session, version="2", now=NOW)
    session.dies = ""
    assert sighted.refill(session, version="1", now=NOW) == 4


def test_lines_that_the_table_lost_are_read_again(session):
    session.execute("DELETE FROM staging.sightings WHERE landing_ref = 'one.gz' AND position = 0")
    assert sighted.refill(session, version="1", now=NOW) == 2


def test_notes_of_files_that_are_gone_go_with_them(session):
    put(session, "one.gz", "generic", [])
    sighted.refill(session, version="1", now=NOW)
    assert session.rows("SELECT feed FROM raw.cursors") == [{"feed": "two.gz@staging.sightings"}]


def test_the_version_of_the_code_changes_with_its_text(tmp_path):
    (tmp_path / "one.py").write_text("A = 1\n")
    before = sources.fingerprint(str(tmp_path))
    sources.fingerprint.cache_clear()
    assert sources.fingerprint(str(tmp_path)) == before
    sources.fingerprint.cache_clear()
    (tmp_path / "one.py").write_text("A = 2\n")
    assert sources.fingerprint(str(tmp_path)) != before
