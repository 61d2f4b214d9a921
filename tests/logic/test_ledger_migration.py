"""A ledger of the first layout, with a plan, a reading and a base in it, opened by today's code."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from pipeline.models import PlanRow
from resources import ledger as package
from resources.ledger import Ledger
from resources.ledger.bases import Base
from resources.ledger.revisions import MIGRATIONS, newest

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
STAMP = "2026-11-22 07:00:00.000000"


@pytest.fixture
def old(tmp_path):
    """A ledger as the first migration made it."""
    path = tmp_path / "ledger.db"
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO plans VALUES ('p1', 'zoho', '2026-11-22', 'run', 'r', '', 'c', 1, '{}', ?, ?, 1,"
            " NULL, NULL, NULL)",
            (STAMP, STAMP),
        )
        rows = [
            ("p1", 0, "k1", "insert", "Last_Name", "null", '"Bergström"', "i1"),
            ("p1", 1, "k2", "hold", None, "null", "null", None),
            ("p1", 2, "k1", "insert", "Tags", "null", '{"a":[1,true]}', "i1"),
        ]
        connection.executemany(
            "INSERT INTO plan_rows VALUES (?, ?, 'normal', 'zoho', 'Leads', NULL, ?, ?, ?, ?, ?, 'ours', 'why', 0, ?)",
            rows,
        )
        connection.execute(
            "INSERT INTO intents (intent_id, vendor, object, person_key, operation, lane, payload, base_revision,"
            " plan_hash, metadata_version, attempt, state, planned_at, settled_at, landed_id, landed_object)"
            " VALUES ('i1', 'zoho', 'Leads', 'k1', 'insert', 'normal', '{}', 0, 'p1', '', 1, 'confirmed', ?, ?,"
            " '9', 'Leads')",
            (STAMP, STAMP),
        )
        for name, sent in (("Last_Name", '"Bergström"'), ("Tags", '{"a":[1,true]}')):
            connection.execute(
                "INSERT INTO readbacks VALUES ('i1', ?, 'Leads', '9', ?, ?, 'stored', ?)", (name, sent, sent, STAMP)
            )
            connection.execute(
                "INSERT INTO bases VALUES ('zoho', 'Leads', '9', ?, ?, ?, 3, ?)", (name, sent, sent, STAMP)
            )
        connection.commit()
    return path


def test_nothing_of_an_older_ledger_is_lost(old):
    ledger = Ledger.open(f"sqlite:///{old}", clock=lambda: NOW + timedelta(days=1))
    told = {"vendor": "zoho", "object": "Leads", "record_id": None, "policy": "ours", "reason": "why"}
    assert ledger.latest_plan("zoho").rows == (
        PlanRow(**told, person_key="k1", action="insert", field="Last_Name", new_value="Bergström"),
        PlanRow(**told, person_key="k2", action="hold"),
        PlanRow(**told, person_key="k1", action="insert", field="Tags", new_value={"a": [1, True]}),
    )
    assert ledger.old_values(["i1"]) == {"i1": {"Last_Name": None, "Tags": None}}
    assert ledger.landed_counts("p1") == {"stored": 2}
    assert ledger.base_fields("zoho", ["9"])["Leads", "9", "Last_Name"] == Base(
        object="Leads",
        record_id="9",
        field="Last_Name",
        sent="Bergström",
        stored="Bergström",
        times_overwritten=3,
    )
    assert ledger.locked("zoho") == {("Leads", "9", "Last_Name"), ("Leads", "9", "Tags")}
    changes = ledger.changes()
    assert [(change["field"], change["state"], change["landed"]) for change in changes] == [
        ("Last_Name", "confirmed", "stored"),
        ("Tags", "confirmed", "stored"),
        (None, "held", None),
    ]
    assert [field["read_at"] for field in ledger.readback("zoho")] == [NOW, NOW]
    ledger.close()


def test_the_older_ledger_is_kept_beside_the_migrated_one(old):
    Ledger.open(f"sqlite:///{old}", clock=lambda: NOW).close()
    with closing(sqlite3.connect(old.with_name(f"ledger-before-{newest()}.db"))) as copy:
        assert copy.execute("SELECT count(*) FROM plan_rows").fetchall() == [(3,)]


def test_the_newest_migration_is_known_without_alembic():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [newest()]


def test_only_what_was_touched_since_is_listed(old):
    moment = NOW + timedelta(days=1)
    ledger = Ledger.open(f"sqlite:///{old}", clock=lambda: moment)
    assert ledger.changed_plans(moment) == []
    assert (ledger.intents("zoho", since=moment), ledger.readback("zoho", since=moment)) == ([], [])
    row = PlanRow(
        vendor="zoho", object="Leads", record_id=None, person_key="k3", action="insert", field="F", reason="x"
    )
    saved = ledger.save_plan("zoho", [row], as_of=moment.date(), rules_version="r")
    ledger.link_plan(saved)
    assert ledger.changed_plans(moment) == [saved]
    assert [change["person_key"] for change in ledger.changes(of=[saved])] == ["k3"]
    assert [intent["person_key"] for intent in ledger.intents("zoho", since=moment)] == ["k3"]
    ledger.close()
