"""Runs with bulk jobs that die at any commit and any call: the runs after them lose nobody and double nobody.

The vendor here is worse than a real one: writing a key twice makes two records, and a job goes on whether or
not anybody got to know its id.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import event

from pipeline.errors import AnswerLost
from pipeline.models import JobRow, JobStatus, Outcome, PlanRow, Sighting
from resources.applier import Applier
from resources.jobs import JobLimits
from resources.ledger import Ledger

DAY = date(2026, 11, 22)
BULK = timedelta(hours=2)


class Killed(BaseException):
    """The process is gone: no handler of ours may survive it."""


class World:
    """Clock, vendor and the points at which a process may die."""

    def __init__(self):
        self.now = datetime(2026, 11, 22, 7, tzinfo=UTC)
        self.records = []
        self.files = []
        self.jobs = []
        self.takes = timedelta(seconds=15)
        self.mishap = None
        self.points = []
        self.kill_at = None
        self.is_dead = False

    def point(self, name):
        """A point at which the process may die; a dead one passes no other."""
        self.points.append(name)
        if self.is_dead or len(self.points) - 1 == self.kill_at:
            self.is_dead = True
            raise Killed(name)

    def start(self, kill_at=None):
        self.points, self.kill_at, self.is_dead = [], kill_at, False

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)

    def write(self, key, values):
        self.records.append({"id": str(len(self.records) + 1), "key": key, **values})
        return self.records[-1]["id"]

    def tick(self):
        """Carry out the jobs whose time has come, asked or not."""
        for job in self.jobs:
            if job["rows"] is None and self.now >= job["due"]:
                job["rows"] = [self.carried_out(row, place, job) for place, row in enumerate(job["file"])]

    def carried_out(self, row, place, job):
        is_first = place == 0
        if job["mishap"] == "unprocessed" and is_first:
            return JobRow(key=row["key"], status="unprocessed")
        if job["mishap"] == "failed halfway" and not is_first:
            return JobRow(key=row["key"], status="unprocessed")
        return JobRow(key=row["key"], status="added", record_id=self.write(row["key"], row["values"]))


class Bulk:
    vendor = "zoho"

    def __init__(self, world):
        self.world = world

    def takes(self, object_name, operation):
        return operation == "insert"

    def row_key(self, intent):
        return intent.person_key

    def upload(self, intents):
        self.world.point("upload asked")
        self.world.files.append([{"key": i.person_key, "values": dict(i.payload)} for i in intents])
        self.world.point("upload answered")
        return str(len(self.world.files) - 1)

    def submit(self, intents, file_id):
        world = self.world
        world.point("submit asked")
        file = world.files[int(file_id)]
        assert [row["key"] for row in file] == [intent.person_key for intent in intents]
        mishap, world.mishap = world.mishap, None
        if mishap == "lost before":
            raise AnswerLost("lost", vendor="zoho")
        world.jobs.append({"file": file, "due": world.now + world.takes, "rows": None, "mishap": mishap})
        if mishap == "lost after":
            raise AnswerLost("lost", vendor="zoho")
        world.point("submit answered")
        return str(len(world.jobs) - 1)

    def job(self, job_id):
        self.world.tick()
        self.world.point("poll")
        job = self.world.jobs[int(job_id)]
        if job["rows"] is None:
            return JobStatus(state="running")
        return JobStatus(state="failed" if job["mishap"] == "failed halfway" else "completed", result=job_id)

    def results(self, status):
        self.world.point("download")
        job = self.world.jobs[int(status.result)]
        rows = job["rows"][1:] if job["mishap"] == "row missing" else list(job["rows"])
        if job["mishap"] == "row twice":
            rows.append(rows[0])
        return rows


class Single:
    vendor = "zoho"

    def __init__(self, world):
        self.world = world

    def batch_size(self, operation):
        return 2

    def send(self, intents):
        self.world.point("call asked")
        outcomes = [
            Outcome(status="confirmed", record_id=intent.record_id or self.insert(intent)) for intent in intents
        ]
        self.world.point("call answered")
        return outcomes

    def insert(self, intent):
        assert intent.operation == "insert"
        return self.world.write(intent.person_key, dict(intent.payload))

    def look_up(self, intents):
        self.world.tick()
        self.world.point("looked up")
        return [self.sight(intent) for intent in intents]

    read_back = look_up

    def sight(self, intent):
        for record in self.world.records:
            if record["key"] == intent.person_key:
                return Sighting(found=True, object="Leads", record_id=record["id"], values=record)
        return Sighting(found=False)


class Place:
    """One workspace: every run is a process of its own over the same ledger file and vendor."""

    def __init__(self, folder, template):
        self.folder = Path(folder)
        self.folder.mkdir(exist_ok=True)
        shutil.copy(template, self.folder / "ledger.db")
        self.world = World()
        self.people = {}

    def open(self):
        return Ledger.open(f"sqlite:///{self.folder / 'ledger.db'}", clock=lambda: self.world.now)

    def add(self, count):
        for _ in range(count):
            self.people[f"k{len(self.people):02}"] = f"Name {len(self.people)}"

    def run(self, kill_at=None):
        """Settle, plan everybody who is not there yet, apply, read back; die at the n-th point."""
        self.world.start(kill_at)
        ledger = self.open()
        event.listen(ledger.store.engine, "commit", self.commits)
        try:
            self.act(ledger)
        except Killed:
            return False
        finally:
            ledger.close()
        return True

    def commits(self, connection):
        if connection.get_execution_options().get("leadflow_writes"):
            self.world.point("commit")

    def act(self, ledger):
        applier = Applier(
            ledger=ledger,
            writer=Single(self.world),
            run_id="run",
            clock=lambda: self.world.now,
            lock_path=self.folder / "zoho.lock",
            horizon_seconds=lambda _operation: 120.0,
            required_checks=(),
            pause=self.world.sleep,
            bulk=Bulk(self.world),
            split=lambda intents: (
                [intents[start : start + 3] for start in range(0, len(intents) - 1, 3)],
                intents[3 * len(range(0, len(intents) - 1, 3)) :],
            ),
            job_limits=JobLimits(poll_seconds=10.0, patience_seconds=60.0, horizon_seconds=BULK.total_seconds()),
        )
        applier.settle()
        known = ledger.id_map("zoho")
        rows = [
            PlanRow(
                vendor="zoho",
                object="Leads",
                record_id=None,
                person_key=key,
                action="insert",
                field="Last_Name",
                new_value=name,
                reason="x",
            )
            for key, name in self.people.items()
            if key not in known
        ]
        if rows:
            applier.apply(ledger.save_plan("zoho", rows, as_of=DAY, rules_version="r"))
        applier.read_back()

    def ends(self):
        """Let undisturbed runs finish, each a horizon after the other; assert that nothing is lost or doubled."""
        self.world.takes, self.world.mishap = timedelta(seconds=15), None
        self.world.start()
        ledger = self.open()
        try:
            for _ in range(4):
                self.act(ledger)
                self.world.now += BULK
            assert sorted((r["key"], r["Last_Name"]) for r in self.world.records) == sorted(self.people.items())
            assert ledger.in_doubt("zoho") == []
            assert ledger.jobs_under_way("zoho") == []
            assert {key: place[1] for key, place in ledger.id_map("zoho").items()} == {
                record["key"]: record["id"] for record in self.world.records
            }
            assert ledger.unread("zoho") == []
        finally:
            ledger.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """An empty ledger, to be copied: making one takes longer than a run."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    ledger = Ledger.open(f"sqlite:///{path}", clock=lambda: datetime(2026, 11, 22, tzinfo=UTC))
    with ledger.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.close()
    return path


def place_with(folder, template, mishap):
    place = Place(folder, template)
    place.add(7)
    place.world.mishap = mishap
    return place


MISHAPS = (None, "lost before", "lost after", "failed halfway", "row missing", "row twice", "unprocessed")
STEPS = {None: 1}
"""How many of the points are tried: every one of an ordinary run, every seventh where a job goes wrong as well."""


@pytest.mark.parametrize(("place_no", "mishap"), list(enumerate(MISHAPS)))
def test_a_run_killed_at_any_point_is_finished_by_the_next_ones(tmp_path, template, place_no, mishap):
    undisturbed = place_with(tmp_path / "undisturbed", template, mishap)
    assert undisturbed.run()
    points = list(undisturbed.world.points)
    assert {"commit", "upload asked", "submit asked", "poll", "call asked", "looked up"} <= set(points)
    step = STEPS.get(mishap, 7)
    killed = []
    for number in range(place_no % step, len(points), step):
        place = place_with(tmp_path / str(number), template, mishap)
        assert not place.run(kill_at=number)
        killed.append(place.world.points[number])
        place.ends()
    assert killed == points[place_no % step :: step]


class Histories(RuleBasedStateMachine):
    """People arrive, jobs go wrong, processes die, time passes: in any order."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        empty = Path(self.folder.name) / "empty.db"
        Ledger.open(f"sqlite:///{empty}", clock=lambda: datetime(2026, 11, 22, tzinfo=UTC)).close()
        self.place = Place(self.folder.name, empty)
        self.place.add(2)

    @rule(count=st.integers(1, 5))
    def people_arrive(self, count):
        self.place.add(count)

    @rule(mishap=st.sampled_from(MISHAPS))
    def the_next_job_goes_wrong(self, mishap):
        self.place.world.mishap = mishap

    @rule(minutes=st.sampled_from([0, 5, 110]))
    def jobs_take(self, minutes):
        self.place.world.takes = timedelta(minutes=minutes, seconds=15)

    @rule(minutes=st.sampled_from([1, 30, 121]))
    def time_passes(self, minutes):
        self.place.world.now += timedelta(minutes=minutes)

    @rule()
    def a_run_ends(self):
        assert self.place.run()

    @rule(point=st.integers(0, 60))
    def a_run_dies(self, point):
        self.place.run(kill_at=point)

    def teardown(self):
        self.place.ends()
        self.folder.cleanup()


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=12, stateful_step_count=10, deadline=None)
