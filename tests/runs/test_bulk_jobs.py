"""Bulk jobs from the plan to the record: every step, every accident, and the rows of the result one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.errors import AnswerLost, QuotaExhausted, RequestRefused, UnexpectedAnswer, VendorUnavailable
from pipeline.models import JobRow, JobStatus, Outcome, PlanRow, Sighting
from resources.applier import Applier
from resources.jobs import JobLimits
from resources.ledger import Ledger

DAY = date(2026, 11, 22)
START = datetime(2026, 11, 22, 7, tzinfo=UTC)
KEY = "Leadflow_ID"
HOUR = 3600.0
SINGLE, BULK = 120.0, 2 * HOUR


class Clock:
    def __init__(self, at=START):
        self.at = at

    def __call__(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


class Org:
    """What the vendor holds, whoever asks: records, uploaded files, jobs. Inserts by key are upserts."""

    def __init__(self):
        self.records = {}
        self.files = {}
        self.jobs = {}
        self.polls_needed = 1
        self.ends = "completed"
        self.results_of = list
        self.skipped = {}
        self.unprocessed = set()

    def write(self, row):
        number = str(len(self.records) + 1)
        record_id = row["id"] or next((k for k, v in self.records.items() if v.get(KEY) == row["key"]), None)
        status = "updated" if record_id else "added"
        self.records.setdefault(record_id or number, {}).update({KEY: row["key"], **row["values"]})
        return record_id or number, status

    def submit(self, file_id):
        name = f"job{len(self.jobs) + 1}"
        self.jobs[name] = {"file": file_id, "polls": 0, "rows": None}
        return name

    def execute(self, job):
        if job["rows"] is None:
            job["rows"] = []
            for row in self.files[job["file"]]:
                key = row["id"] or row["key"]
                if row["key"] in self.skipped:
                    code, record_id = self.skipped[row["key"]]
                    job["rows"].append(JobRow(key=key, status="skipped", code=code, message="no", record_id=record_id))
                elif row["key"] in self.unprocessed:
                    job["rows"].append(JobRow(key=key, status="unprocessed"))
                else:
                    record_id, status = self.write(row)
                    job["rows"].append(JobRow(key=key, status=status, record_id=record_id))

    def keys(self):
        return sorted(values[KEY] for values in self.records.values())


class Bulk:
    """The asynchronous route of the organisation; `faults` maps (call, how often made) → what goes wrong."""

    vendor = "zoho"

    def __init__(self, org, faults=None):
        self.org = org
        self.faults = faults if faults is not None else {}
        self.made = {}
        self.calls = []

    def takes(self, object_name, operation):
        return object_name == "Leads"

    def row_key(self, intent):
        return intent.record_id or intent.person_key

    def fault(self, call):
        self.made[call] = self.made.get(call, 0) + 1
        self.calls.append(call)
        return self.faults.get((call, self.made[call]))

    def upload(self, intents):
        fault = self.fault("upload")
        if fault:
            raise fault
        name = f"file{len(self.org.files) + 1}"
        self.org.files[name] = [{"key": i.person_key, "id": i.record_id, "values": dict(i.payload)} for i in intents]
        return name

    def submit(self, intents, file_id):
        assert [row["key"] for row in self.org.files[file_id]] == [intent.person_key for intent in intents]
        fault = self.fault("submit")
        if isinstance(fault, Exception):
            raise fault
        if fault == "lost before":
            raise AnswerLost("lost", vendor="zoho")
        name = self.org.submit(file_id)
        if fault == "lost after":
            self.org.execute(self.org.jobs[name])
            raise AnswerLost("lost", vendor="zoho")
        return name

    def job(self, job_id):
        fault = self.fault("job")
        if isinstance(fault, Exception):
            raise fault
        job = self.org.jobs.get(job_id)
        if job is None or fault == "forgotten":
            return None
        job["polls"] += 1
        if job["polls"] <= self.org.polls_needed:
            return JobStatus(state="running")
        self.org.execute(job)
        return JobStatus(state=self.org.ends, result=job_id, message="it broke" if self.org.ends == "failed" else None)

    def results(self, status):
        fault = self.fault("results")
        if fault:
            raise fault
        return self.org.results_of(self.org.jobs[status.result]["rows"])


class Single:
    """The ordinary route into the same organisation."""

    vendor = "zoho"

    def __init__(self, org):
        self.org = org
        self.sent = []
        self.looked_up = 0

    def batch_size(self, operation):
        return 100

    def send(self, intents):
        self.sent += [(intent.operation, intent.person_key) for intent in intents]
        return [self.execute(intent) for intent in intents]

    def execute(self, intent):
        if intent.operation in {"add_tags", "set_optout"}:
            self.org.records[intent.record_id].update(intent.payload)
            return Outcome(status="confirmed", record_id=intent.record_id)
        if intent.person_key in self.org.skipped:
            code, record_id = self.org.skipped[intent.person_key]
            return Outcome(status="rejected", code=code, record_id=record_id or "7")
        record_id, _ = self.org.write(
            {"key": intent.person_key, "id": intent.record_id, "values": dict(intent.payload)}
        )
        return Outcome(status="confirmed", record_id=record_id)

    def look_up(self, intents):
        self.looked_up += len(intents)
        return [self.sight(intent) for intent in intents]

    read_back = look_up

    def sight(self, intent):
        for record_id, values in self.org.records.items():
            if record_id == intent.record_id or values.get(KEY) == intent.person_key:
                return Sighting(found=True, object="Leads", record_id=record_id, values=values)
        return Sighting(found=False)


def all_in_jobs(size):
    return lambda intents: ([intents[start : start + size] for start in range(0, len(intents), size)], [])


class House:
    def __init__(self, folder, *, org=None, faults=None, size=10, clock=None, **changes):
        self.folder = folder
        self.org = org or Org()
        self.bulk, self.single = Bulk(self.org, faults), Single(self.org)
        self.clock = clock or Clock()
        self.ledger = Ledger.open(f"sqlite:///{folder / 'ledger.db'}", clock=self.clock)
        limits = {"poll_seconds": 10.0, "patience_seconds": 60.0, "horizon_seconds": BULK}
        self.applier = Applier(
            **{
                "ledger": self.ledger,
                "writer": self.single,
                "run_id": "run",
                "clock": self.clock,
                "lock_path": folder / "zoho.lock",
                "horizon_seconds": lambda _operation: SINGLE,
                "required_checks": (),
                "pause": self.clock.sleep,
                "lock_wait": 0.1,
                "bulk": self.bulk,
                "split": all_in_jobs(size),
                "is_ours": lambda intent: set(intent.payload) <= {"Engagement"},
                "job_limits": JobLimits(**limits | changes.pop("limits", {})),
                **changes,
            }
        )

    def save(self, rows):
        return self.ledger.save_plan("zoho", rows, as_of=DAY, rules_version="r")

    def apply(self, rows, **changes):
        return self.applier.apply(self.save(rows), **changes)

    def job(self, number=1):
        return self.ledger.jobs("zoho")[number - 1]

    def later(self, **changes):
        """The next process: another house over the same ledger and organisation."""
        self.ledger.close()
        return House(self.folder, org=self.org, clock=self.clock, **changes)

    def whole_run(self, rows):
        """Settle, plan what is not there yet, apply: as a scheduled run does."""
        self.applier.settle()
        places = self.ledger.id_map("zoho")
        wanted = [row for row in rows if row.person_key not in places]
        return self.apply(wanted)


@pytest.fixture
def house(tmp_path):
    built = House(tmp_path)
    yield built
    built.ledger.close()


def row(key="k1", action="insert", field="Last_Name", value="Berg", **changes):
    told = {"vendor": "zoho", "object": "Leads", "record_id": None, "reason": "x"}
    return PlanRow(**{**told, "person_key": key, "action": action, "field": field, "new_value": value, **changes})


def people(count, start=0):
    return [row(f"k{number:02}", value=f"Name {number}") for number in range(start, start + count)]


def update(key, field="Engagement", value=9, record_id=None):
    return row(key, "update", field, value, record_id=record_id or key)


def test_inserts_go_by_job_and_everything_else_by_ordinary_calls(house):
    house.org.records["9"] = {KEY: "k9"}
    tags = row("k00", "add_tags", "Tag", ["lf-hot"])
    applied = house.apply(
        [*people(3), tags, row("k9", "set_optout", "Email_Opt_Out", True, record_id="9", lane="optout")]
    )
    assert (applied.planned, applied.confirmed, applied.stopped, applied.unanswered) == (5, 5, None, None)
    assert house.bulk.calls == ["upload", "submit", "job", "job", "results"]
    assert house.single.sent == [("set_optout", "k9"), ("add_tags", "k00")]
    assert house.ledger.id_map("zoho")["k00"][0] == "Leads"
    assert (house.job()["state"], house.job()["size"], house.job()["unsettled"]) == ("applied", 3, 0)


def test_updates_go_by_job_only_when_every_field_is_ours_and_the_record_is_known(house):
    house.org.records = {"a": {KEY: "a"}, "b": {KEY: "b"}, "c": {KEY: "c"}}
    house.ledger.recognise("zoho", "c", "Leads", "c")
    rows = [update("a"), update("b", "Phone", "1"), row("c", "update", "Engagement", 5)]
    assert house.apply(rows).confirmed == 3
    assert sorted(house.single.sent) == [("update", "b"), ("update", "c")]
    assert house.org.records["a"]["Engagement"] == 9


def test_opt_outs_never_go_by_job(tmp_path):
    house = House(tmp_path, is_ours=lambda _intent: True)
    house.org.records["9"] = {KEY: "k9"}
    house.apply([row("k9", "set_optout", "Email_Opt_Out", True, record_id="9", lane="optout"), update("9")])
    assert house.single.sent == [("set_optout", "k9")]


def test_several_jobs_run_at_once_within_the_limit(tmp_path):
    house = House(tmp_path, size=2, limits={"most": 2})
    house.org.polls_needed = 2
    assert house.apply(people(7)).confirmed == 7
    assert house.bulk.calls[:4] == ["upload", "upload", "submit", "submit"]
    assert [job["size"] for job in house.ledger.jobs("zoho")] == [2, 2, 2, 1]
    assert house.bulk.calls.index("job") == 4


def test_a_job_that_takes_longer_than_patience_is_gone_on_with_by_the_next_run(house):
    house.org.polls_needed = 9
    rows = people(3)
    applied = house.apply(rows)
    assert applied.stopped == "bulk job 1 is still running: the next run goes on"
    assert (applied.in_doubt, applied.confirmed) == (3, 0)
    assert house.ledger.plan(house.ledger.latest_plan("zoho").plan_hash).applied_at is None
    house.org.polls_needed = 0
    house = house.later()
    assert house.apply(rows).confirmed == 3
    assert house.bulk.calls == ["job", "results"]


def test_planning_takes_the_result_of_a_job_that_ended_meanwhile(house):
    house.org.polls_needed = 9
    house.apply(people(3))
    house.org.polls_needed = 0
    house.applier.settle()
    assert house.ledger.writes("zoho") == {"planned": 0, "confirmed": 3, "rejected": 0, "in_doubt": 0}
    assert house.ledger.in_doubt("zoho") == []


def test_ordinary_calls_are_made_while_the_vendor_works_on_the_job(tmp_path):
    house = House(tmp_path, split=lambda intents: ([intents[:2]], intents[2:]))
    house.org.polls_needed = 3
    assert house.apply(people(4)).confirmed == 4
    assert len(house.single.sent) == 2


def test_skipped_rows_are_refusals_and_wait_for_another_payload(house):
    house.org.skipped = {"k01": ("MANDATORY_NOT_FOUND", None)}
    applied = house.apply(people(3))
    assert (applied.confirmed, applied.rejected) == (2, 1)
    (reject,) = house.ledger.rejects("zoho")
    assert (reject["person_key"], reject["vendor_code"]) == ("k01", "MANDATORY_NOT_FOUND")
    assert house.apply([row("k01", value="Name 1")]).rejected == 1
    house.org.skipped = {}
    assert house.apply([row("k01", value="Other")]).confirmed == 1


def test_a_duplicate_whose_record_is_named_is_recognised(house):
    house.org.skipped = {"k01": ("DUPLICATE_DATA", "77")}
    assert house.apply(people(2)).recognised == 1
    assert house.ledger.id_map("zoho")["k01"] == ("Leads", "77")


def test_a_duplicate_whose_record_is_not_named_is_asked_for_by_an_ordinary_call(house):
    house.org.skipped = {"k01": ("DUPLICATE_DATA", None)}
    assert house.apply(people(2)).recognised == 1
    assert house.single.sent == [("insert", "k01")]
    assert house.ledger.id_map("zoho")["k01"] == ("Leads", "7")


def test_rows_never_processed_go_again_at_last_by_ordinary_calls(house):
    house.org.unprocessed = {"k02"}
    assert house.apply(people(3)).confirmed == 3
    assert [job["size"] for job in house.ledger.jobs("zoho")] == [3, 1]
    assert house.single.sent == [("insert", "k02")]


def test_a_row_missing_from_the_result_is_settled_by_asking(house):
    house.org.results_of = lambda rows: rows[1:]
    assert house.apply(people(3)).confirmed == 3
    assert (house.org.keys(), house.single.looked_up) == (["k00", "k01", "k02"], 1)


def test_rows_that_come_twice_or_belong_to_nobody_are_shown_and_never_guessed(house):
    house.org.results_of = lambda rows: [
        *rows,
        JobRow(key="k00", status="added", record_id="999"),
        JobRow(key="stranger", status="added", record_id="998"),
        JobRow(key="", status="skipped", code="INVALID_DATA"),
    ]
    assert house.apply(people(2)).confirmed == 2
    assert house.org.records[house.ledger.id_map("zoho")["k00"][1]][KEY] == "k00"
    whys = [(oddity["key"], oddity["why"]) for oddity in house.job()["oddities"]]
    assert whys == [
        ("k00", "several result rows have the key"),
        ("k00", "several result rows have the key"),
        ("stranger", "no row of this job has the key"),
        ("", "no row of this job has the key"),
    ]


def test_an_update_that_names_another_record_is_not_believed(house):
    house.org.records = {"a": {KEY: "a"}}
    house.org.results_of = lambda rows: [JobRow(key="a", status="updated", record_id="b")]
    assert house.apply([update("a")]).confirmed == 1
    assert house.job()["oddities"][0]["why"] == "another record was written"
    assert "b" not in {place[1] for place in house.ledger.id_map("zoho").values()}


@pytest.mark.parametrize("fault", ["lost before", "lost after"])
def test_a_job_whose_creation_got_no_answer_is_asked_about_after_the_horizon(tmp_path, fault):
    house = House(tmp_path, faults={("submit", 1): fault})
    applied = house.apply(people(3))
    assert (applied.in_doubt, applied.stopped) == (3, None)
    assert applied.unanswered == "bulk job 1 got no answer: 3 inserts into Leads are asked about after 09:00 UTC"
    assert house.single.looked_up == 0
    house.clock.sleep(HOUR)
    assert house.whole_run(people(3)).in_doubt == 3
    house.clock.sleep(HOUR)
    house = house.later()
    house.whole_run(people(3))
    assert house.org.keys() == ["k00", "k01", "k02"]
    assert house.ledger.in_doubt("zoho") == []
    assert house.ledger.jobs("zoho")[0]["state"] == "resolved"
    assert house.bulk.calls.count("submit") == (fault == "lost before")


def test_a_failed_job_proves_nothing_about_its_rows(house):
    house.org.ends = "failed"
    applied = house.apply(people(3))
    assert (applied.in_doubt, house.job()["state"], house.job()["reason"]) == (3, "failed", "it broke")
    assert applied.unanswered == "bulk job 1 failed: 3 inserts into Leads are asked about after 09:00 UTC"
    assert house.applier.read_back().unanswered == applied.unanswered
    house.org.ends = "completed"
    house.clock.sleep(BULK)
    house.applier.settle()
    assert house.ledger.writes("zoho")["confirmed"] == 3
    assert house.org.keys() == ["k00", "k01", "k02"]
    assert house.applier.read_back().unanswered is None


def test_a_job_that_fails_without_writing_goes_again_and_at_last_by_ordinary_calls(house):
    house.org.ends = "failed"
    house.org.execute = lambda job: job.update(rows=[])
    for _ in range(3):
        house.whole_run(people(2))
        house.clock.sleep(BULK)
    assert (house.org.keys(), len(house.ledger.jobs("zoho"))) == (["k00", "k01"], 2)
    assert sorted(house.single.sent) == [("insert", "k00"), ("insert", "k01")]


def test_a_job_that_the_vendor_forgot_is_settled_like_a_failed_one(tmp_path):
    house = House(tmp_path, faults={("job", 1): "forgotten"})
    assert house.apply(people(2)).in_doubt == 2
    house.clock.sleep(BULK)
    house.whole_run(people(2))
    assert (house.org.keys(), house.ledger.in_doubt("zoho")) == (["k00", "k01"], [])


def test_the_rows_of_a_stuck_job_are_confirmed_where_they_can_be_seen_and_wait_otherwise(house):
    house.org.polls_needed = 10**6
    house.apply(people(3))
    house.org.write({"key": "k01", "id": None, "values": {}})
    house.clock.sleep(BULK)
    applied = house.whole_run(people(3))
    assert applied.unanswered == "bulk job 1 does not end: 2 inserts into Leads are asked about after 11:01 UTC"
    assert (house.ledger.writes("zoho")["confirmed"], len(house.ledger.in_doubt("zoho"))) == (1, 2)
    asked = house.single.looked_up
    house.whole_run(people(3))
    assert house.single.looked_up == asked
    house.org.polls_needed = 0
    house.whole_run(people(3))
    assert (house.org.keys(), house.ledger.in_doubt("zoho")) == (["k00", "k01", "k02"], [])
    assert house.job()["state"] == "applied"


def test_a_stuck_job_does_not_hold_up_other_people(house):
    house.org.polls_needed = 10**6
    house.apply(people(2))
    house.clock.sleep(BULK)
    house.org.polls_needed = 1
    house.bulk.faults[("job", house.bulk.made["job"] + 1)] = VendorUnavailable("down", vendor="zoho")
    with pytest.raises(VendorUnavailable):
        house.applier.settle()
    house.org.jobs["job1"]["polls"] = -(10**6)
    applied = house.apply([*people(2), *people(2, start=5)])
    assert (applied.stopped, applied.confirmed) == (None, 2)


def test_a_refused_job_goes_by_ordinary_calls_at_once(tmp_path):
    refusal = RequestRefused("no", vendor="zoho", status=400, code="INVALID_FIELD")
    house = House(tmp_path, faults={("submit", 1): refusal, ("upload", 2): refusal}, size=2)
    assert house.apply(people(6)).confirmed == 6
    assert len(house.single.sent) == 4
    assert [job["state"] for job in house.ledger.jobs("zoho")] == ["abandoned", "abandoned", "applied"]


@pytest.mark.parametrize("call", ["upload", "submit", "job", "results"])
def test_a_quota_that_ends_at_any_step_leaves_nothing_lost(tmp_path, call):
    gone = QuotaExhausted("gone", resumes_at=datetime(2026, 11, 23, tzinfo=UTC))
    house = House(tmp_path, faults={(call, 1): gone}, size=2)
    rows = people(5)
    with pytest.raises(QuotaExhausted):
        house.apply(rows)
    if call in {"upload", "submit"}:
        assert house.ledger.in_doubt("zoho") == []
    assert house.apply(rows).confirmed == 5
    assert house.org.keys() == [f"k0{number}" for number in range(5)]


@pytest.mark.parametrize("call", ["upload", "submit"])
def test_a_vendor_that_is_down_is_no_reason_to_lose_a_job(tmp_path, call):
    house = House(tmp_path, faults={(call, 1): VendorUnavailable("down", vendor="zoho")})
    rows = people(3)
    applied = house.apply(rows)
    assert (applied.stopped, applied.in_doubt, applied.held) == ("down", 0, 3)
    assert house.apply(rows).confirmed == 3


def test_a_lost_answer_to_an_upload_does_no_harm(tmp_path):
    house = House(tmp_path, faults={("upload", 1): AnswerLost("lost", vendor="zoho")})
    rows = people(3)
    assert (house.apply(rows).held, house.org.records) == (3, {})
    assert house.apply(rows).confirmed == 3


def test_a_result_that_cannot_be_read_is_fetched_again_and_one_that_is_gone_is_not_needed(tmp_path):
    torn = UnexpectedAnswer("torn zip", vendor="zoho", status=200)
    house = House(tmp_path, faults={("results", 1): torn, ("results", 2): RequestRefused("gone", vendor="zoho")})
    rows = people(3)
    with pytest.raises(UnexpectedAnswer):
        house.apply(rows)
    assert house.job()["state"] == "completed"
    assert house.apply(rows).confirmed == 3
    assert (house.job()["state"], house.job()["oddities"]) == ("applied", [{"key": None, "why": "gone"}])


def test_a_pause_is_obeyed_before_each_job_and_what_runs_is_finished_later(tmp_path):
    house = House(tmp_path, size=2, limits={"most": 1})
    rows = people(4)
    upload = house.bulk.upload

    def uploaded_and_paused(intents):
        house.ledger.pause("zoho", "audit")
        return upload(intents)

    house.bulk.upload = uploaded_and_paused
    applied = house.apply(rows)
    assert (applied.stopped, applied.held, applied.in_doubt) == ("paused: audit", 4, 0)
    assert house.bulk.calls == ["upload"]
    house.ledger.resume("zoho")
    house.bulk.upload = upload
    assert house.apply(rows).confirmed == 4


def test_a_suppression_is_judged_again_when_a_job_is_claimed(tmp_path):
    house = House(tmp_path, guard=lambda intent: "opted out" if intent.person_key == "k01" else None)
    applied = house.apply(people(3))
    assert (applied.confirmed, applied.held) == (2, 1)
    assert house.org.keys() == ["k00", "k02"]


def test_a_job_never_holds_two_intents_of_one_person(house):
    house.org.records = {"a": {KEY: "p"}, "b": {KEY: "p"}}
    rows = [update("p", record_id="a"), update("p", record_id="b", value=7)]
    assert house.apply(rows).confirmed == 2
    assert [job["size"] for job in house.ledger.jobs("zoho")] == [1]
    assert len(house.single.sent) == 1


def test_people_whose_job_has_no_answer_are_left_alone_by_every_route(tmp_path):
    house = House(tmp_path, faults={("submit", 1): "lost before"})
    house.apply(people(2))
    applied = house.apply([row("k00", value="Changed"), row("k05")])
    assert (applied.held, applied.confirmed) == (1, 1)
    assert house.org.keys() == ["k05"]


def test_a_job_begun_for_an_older_plan_is_given_up_when_the_newer_one_wants_something_else(house):
    first = house.save(people(3))
    house.ledger.link_plan(first)
    house.ledger.prepare_job(house.ledger.planned_intents(first), owner="gone")
    applied = house.apply([row("k00", value="Name 0"), row("k01", value="Changed")])
    assert (applied.confirmed, house.org.keys()) == (2, ["k00", "k01"])
    assert [job["state"] for job in house.ledger.jobs("zoho")] == ["abandoned", "applied"]
    assert house.ledger.in_doubt("zoho") == []


def test_a_job_never_submitted_whose_plan_nobody_applies_is_given_up_by_a_later_run(house):
    first = house.save(people(2))
    house.ledger.link_plan(first)
    house.ledger.prepare_job(house.ledger.planned_intents(first), owner="gone")
    house.applier.settle()
    assert house.job()["state"] == "prepared"
    house.save([row("k09", "hold", None, None)])
    house.applier.settle()
    assert (house.job()["state"], house.ledger.in_doubt("zoho")) == ("abandoned", [])


@pytest.mark.parametrize("has_inserts", [True, False])
def test_updates_of_a_job_never_submitted_go_with_the_newer_plan_that_still_wants_them(house, has_inserts):
    house.org.records = {"a": {KEY: "a"}, "b": {KEY: "b"}}
    first = house.save([*people(1), update("a")])
    house.ledger.link_plan(first)
    house.ledger.prepare_job(house.ledger.planned_intents(first, operation="update"), owner="gone")
    applied = house.apply([*(people(2) if has_inserts else []), update("a"), update("b")])
    assert (applied.confirmed, applied.held) == (applied.planned, 0)
    assert [house.org.records[name].get("Engagement") for name in "ab"] == [9, 9]
    assert house.bulk.calls.count("submit") == (3 if has_inserts else 2)


def test_an_opt_out_goes_before_a_job_that_was_never_submitted(house):
    house.org.records = {"a": {KEY: "a"}}
    first = house.save([update("a")])
    house.ledger.link_plan(first)
    house.ledger.prepare_job(house.ledger.planned_intents(first, operation="update"), owner="gone")
    says_no = row("a", "set_optout", "Email_Opt_Out", True, record_id="a", lane="optout")
    applied = house.apply([update("a"), says_no])
    assert house.single.sent[0] == ("set_optout", "a")
    assert (applied.confirmed, applied.held, house.org.records["a"]["Engagement"]) == (2, 0, 9)


@pytest.mark.parametrize("steps", [1, 2])
def test_a_job_that_was_prepared_or_uploaded_goes_on_at_that_step(tmp_path, steps):
    house = House(tmp_path)
    plan_hash = house.save(people(3))
    house.ledger.link_plan(plan_hash)
    job = house.ledger.prepare_job(house.ledger.planned_intents(plan_hash), owner="gone").job
    if steps == 2:
        house.ledger.upload_job(job, house.bulk.upload(house.ledger.job_intents(job)))
    house.bulk.calls.clear()
    house.applier.settle()
    assert house.applier.apply(plan_hash).confirmed == 3
    assert house.bulk.calls[:2] == (["upload", "submit"] if steps == 1 else ["submit", "job"])
    assert len(house.ledger.jobs("zoho")) == 1


def test_somebody_who_opted_out_since_is_not_in_a_job_that_goes_on(tmp_path):
    house = House(tmp_path, guard=lambda intent: "opted out" if intent.person_key == "k01" else None)
    plan_hash = house.save(people(3))
    house.ledger.link_plan(plan_hash)
    house.ledger.prepare_job(house.ledger.planned_intents(plan_hash), owner="gone")
    assert house.applier.apply(plan_hash).confirmed == 2
    assert house.org.keys() == ["k00", "k02"]
