"""What `leadflow status` tells, offline, and what a closed gate looks like from outside."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assets import statusview
from assets.standing import figures, in_words, standing
from pipeline.models import Intent, Outcome
from pipeline.rules import packaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assets.runs import RunReport
    from tests.runs.conftest import House


class Told:
    """A house whose first plan was too much, and was carried out once it was allowed."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.stopped: RunReport | None = None
        self.writes: list[dict[str, Any]] = []
        self.before: dict[str, Any] = {}
        self.lines: dict[str, str] = {}

    def look(self, name: str) -> dict[str, Any]:
        with self.house.workspace() as workspace:
            told = standing(workspace)
        self.lines[name] = "\n".join(statusview.lines(told))
        return told


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    from tests.runs.conftest import houses

    rules = tmp_path_factory.mktemp("rules")
    (rules / "gates.yaml").write_text(packaged()["gates"].replace("max_inserts: 20000", "max_inserts: 0"))
    with houses(tmp_path_factory.mktemp("status")) as build, pytest.MonkeyPatch.context() as environment:
        found = Told(build(people=20, samples=False))
        environment.setenv("LEADFLOW_RULES", str(rules))
        found.look("fresh")
        found.stopped = found.house.run()
        found.writes = found.house.requests("write")
        found.before = found.look("stopped")
        environment.delenv("LEADFLOW_RULES")
        found.house.run()
        yield found


def test_a_gate_that_closes_stops_the_run_before_the_first_call_and_says_why(told: Told) -> None:
    assert told.stopped is not None
    assert (told.stopped.exit_code, told.stopped.status) == (3, "stopped")
    assert any("records would be created, the limit is 0" in message for message in told.stopped.messages)
    assert any("leadflow plan zoho" in message for message in told.stopped.messages)
    normal = [
        line for line in told.writes if "Email_Opt_Out" not in str(line["body"]) and "dnd" not in str(line["body"])
    ]
    assert normal == []


def test_the_plan_that_was_stopped_can_be_looked_at(told: Told) -> None:
    plan = told.before["vendors"]["zoho"]["plan_facts"]
    assert plan["records"] > 0
    assert "records would be created" in plan["refused"]["gate__blast_radius"]
    assert f"plan {plan['hash'][:8]}" in told.lines["stopped"]
    assert "stopped (leadflow plan zoho)" in told.lines["stopped"]


def test_a_fresh_workspace_has_nothing_to_tell(told: Told) -> None:
    assert "Zoho: 0 written and confirmed, 0 refused, 0 waiting to be sent" in told.lines["fresh"]
    assert "no plan yet: `leadflow run` makes one" in told.lines["fresh"]
    assert "token Zoho: none yet" in told.lines["fresh"]


def test_status_counts_what_the_tables_count(told: Told) -> None:
    facts = told.look("done")
    for vendor, table in (("zoho", "crm.zoho__writes"), ("ghl", "outreach.ghl__writes")):
        rows = told.house.rows(f"SELECT state, count(*) AS n FROM {table} GROUP BY state")
        counts = {row["state"]: row["n"] for row in rows}
        writes = facts["vendors"][vendor]["writes"]
        assert writes["confirmed"] == counts["confirmed"]
        assert (writes["planned"], writes["held"]) == (counts.get("planned", 0), counts.get("superseded", 0))
        assert facts["vendors"][vendor]["plan_applied_at"] is not None
    assert facts["apollo_in_doubt"] == 0


def test_status_tells_quota_token_money_and_runs_without_a_vendor(told: Told) -> None:
    told.house.running.sandbox.journal.since(0)
    before = told.house.last_request()
    facts = told.look("offline")
    assert told.house.requests(since=before) == []
    allowed = next(quota for quota in facts["quotas"] if (quota["vendor"], quota["window"]) == ("zoho", "credits"))
    assert 0 < allowed["used"] < allowed["limit"] == 51_000
    assert allowed["usable"] == pytest.approx(allowed["limit"] * 0.9 - allowed["used"])
    assert facts["spent"]["apollo_credit"]["usd"] > 0
    assert facts["tokens"][0]["is_fresh"] is not None
    assert len(facts["runs"]) == 2
    assert "quota Zoho credits:" in told.lines["offline"]
    assert "$" in told.lines["offline"]
    json.dumps(facts, allow_nan=False)


def test_a_window_whose_limit_nobody_told_is_told_as_such(told: Told) -> None:
    facts = told.look("offline")
    unknown = [quota for quota in facts["quotas"] if quota["limit"] is None]
    assert unknown, "Apollo tells no daily limit of enrichment before it was asked"
    assert all(quota["left"] is None and quota["usable"] is None for quota in unknown)
    assert (
        f"quota Apollo {unknown[0]['window']}: {unknown[0]['used']:,.0f} used, no limit told" in told.lines["offline"]
    )
    assert not any(math.isinf(number) for number in figures(facts).values() if isinstance(number, float))


def test_a_write_whose_answer_was_lost_is_told_in_words_with_its_age(told: Told) -> None:
    lost = Intent(
        intent_id="",
        vendor="zoho",
        object="Leads",
        person_key="lf_lost",
        record_id="1",
        operation="update",
        payload={"City": "Ulm"},
    )
    with told.house.workspace() as workspace:
        planned = workspace.ledger.add_intents([lost])
        sent = workspace.ledger.mark_sent(workspace.ledger.claim(planned, owner="gone/1").intents)
    facts = told.look("lost")
    with told.house.workspace() as workspace:
        workspace.ledger.settle([(sent[0], Outcome(status="rejected", code="gone"))])
    assert facts["vendors"]["zoho"]["writes"]["in_doubt"] == 1
    assert facts["vendors"]["zoho"]["oldest_unanswered"] is not None
    assert "1 sent, answer lost: asking Zoho; the oldest since 20" in told.lines["lost"]


def test_a_pause_is_told_with_its_reason_and_how_to_end_it(told: Told) -> None:
    with told.house.workspace() as workspace:
        workspace.ledger.pause("ghl", "new sender domain")
    facts = told.look("paused")
    with told.house.workspace() as workspace:
        workspace.ledger.resume("ghl")
    assert facts["vendors"]["ghl"]["paused"] == "new sender domain"
    assert facts["vendors"]["zoho"]["paused"] is None
    assert "paused: writing to GoHighLevel, since 20" in told.lines["paused"]
    assert "new sender domain (leadflow resume ghl)" in told.lines["paused"]


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(hours=48), "2 days"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(age: timedelta, words: str) -> None:
    assert in_words(age) == words
