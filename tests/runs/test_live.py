"""Live by configuration: nothing is sent before a person says so, and then exactly what the plan shows.

One history is played once against vendors on loopback that the settings call live: plan, people act, apply,
plan again. The tests look at what was recorded on the way.
"""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from assets import commands
from assets.definitions import defs
from pipeline.errors import GateClosed
from pipeline.models import PlanRow
from resources.sandbox.zoho import ZohoSandbox
from tests.runs.conftest import House, houses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Write = dict[str, Any]


@dataclass
class Step:
    """One command: its exit code, the object it printed, the error it raised, and the writes it led to."""

    code: int
    told: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    writes: list[Write] = field(default_factory=list)

    def to(self, vendor: str) -> list[Write]:
        return [line for line in self.writes if line["vendor"] == vendor]


@dataclass
class Story:
    """A live workspace and what happened in it, by name."""

    house: House
    steps: dict[str, Step] = field(default_factory=dict)
    plans: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def play(self, name: str, command: Callable[[], int]) -> Step:
        before = self.house.last_request()
        printed = io.StringIO()
        error = ""
        try:
            with redirect_stdout(printed):
                code = command()
        except GateClosed as refusal:
            code, error = refusal.exit_code, str(refusal)
        told = json.loads(printed.getvalue().splitlines()[-1]) if printed.getvalue() else {}
        self.steps[name] = Step(code, told, error, self.house.requests("write", since=before))
        return self.steps[name]

    def run(self, name: str) -> Step:
        step = self.play(name, lambda: commands.run(select=None, as_of=self.today(), as_json=True))
        for vendor, plan_hash in step.told["plans"].items():
            self.plans[f"{name} {vendor}"] = self.rows_of(plan_hash)
        return step

    def apply(self, name: str, plan_hash: str) -> Step:
        return self.play(name, lambda: commands.apply(plan_hash, approved_by="Ada", as_json=True))

    def today(self) -> str:
        return str(self.house.ask("clock")["as_of"])

    def rows_of(self, plan_hash: str) -> list[dict[str, Any]]:
        with self.house.workspace() as workspace:
            rows: list[dict[str, Any]] = workspace.ledger.plan_rows(plan_hash)
        return rows


def written_keys(writes: list[Write], key: str) -> list[str]:
    """Return our key of every row that was inserted into Zoho."""
    return [row[key] for line in writes if line["path"].endswith("/upsert") for row in line["body"]["data"]]


def updated_ids(writes: list[Write]) -> set[str]:
    """Return the Zoho records whose fields were written."""
    return {row["id"] for line in writes if line["method"] == "PUT" for row in line["body"]["data"]}


def touched_ids(writes: list[Write]) -> set[str]:
    """Return the Zoho records that were written to in any way."""
    tagged = {ident for line in writes for name, ids in line["query"] if name == "ids" for ident in ids.split(",")}
    return updated_ids(writes) | tagged


def planned(rows: list[dict[str, Any]], action: str) -> set[str]:
    return {row["person_key"] for row in rows if row["action"] == action}


def is_optout(line: Write) -> bool:
    """Tell whether a write only says that somebody must not be contacted, or takes tags of ours away."""
    if line["path"].endswith("remove_tags") or line["method"] == "DELETE":
        return True
    body = line["body"] or {}
    rows = body.get("data", [body])
    return all(set(row) <= {"id", "Email_Opt_Out", "dndSettings"} for row in rows)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with houses(tmp_path_factory.mktemp("live")) as build, pytest.MonkeyPatch.context() as environment:
        told = Story(build(people=60, samples=False, LEADFLOW_ENV="live"))
        first = told.run("review")
        told.facts |= people_act(told)
        told.apply("apply zoho", first.told["plans"]["zoho"][:8])
        told.apply("apply zoho again", first.told["plans"]["zoho"])
        told.apply("apply ghl", first.told["plans"]["ghl"])
        second = told.run("review again")
        told.apply("apply the rest", second.told["plans"]["zoho"])
        told.run("unchanged")

        told.house.ask("advance", {"days": 1})
        caps = tmp_path_factory.mktemp("rules")
        (caps / "gates.yaml").write_text(GATES_WITHOUT_ROOM)
        environment.setenv("LEADFLOW_APPLY", "within_limits")
        environment.setenv("LEADFLOW_RULES", str(caps))
        narrow = told.run("beyond the caps")
        environment.delenv("LEADFLOW_RULES")
        told.run("within the caps")
        told.apply("apply a stale plan", narrow.told["plans"]["zoho"])
        yield told


GATES_WITHOUT_ROOM = """
blast_radius:
  {max_inserts: 20000, max_conversions: 200, overwritten_share: 0.3, overwritten_at_least: 50, max_cleared: 50}
moved_share: 0.2
quota_reserve: 0.1
within_limits: {max_records: 0, max_usd: 0}
"""


def people_act(story: Story) -> dict[str, Any]:
    """After the first plan: somebody fills in a planned field of one lead, another person opts out in Zoho."""
    updates = [row for row in story.plans["review zoho"] if row["action"] == "update" and row["object"] == "Leads"]
    edited = next(row for row in updates if row["field"] == "State")
    out = next(row for row in updates if row["record_id"] != edited["record_id"])
    contact = next(row for row in story.plans["review ghl"] if row["action"] == "update")
    with story.house.workspace() as workspace:
        vendors = workspace.vendors
        vendors.zoho.update("Leads", [{"id": edited["record_id"], "State": "Kadiogo"}])
        vendors.zoho.update("Leads", [{"id": out["record_id"], "Email_Opt_Out": True}])
        vendors.ghl.update(contact["record_id"], {"dndSettings": {"Email": {"status": "active"}}})
    return {"edited": edited, "out": out, "contact": contact}


def test_the_live_default_sends_nothing_but_opt_outs_and_names_the_plans_that_wait(story: Story) -> None:
    step = story.steps["review"]

    assert (step.code, step.told["status"]) == (4, "waiting")
    for vendor in ("zoho", "ghl"):
        assert any(f"leadflow apply {step.told['plans'][vendor][:8]}" in line for line in step.told["messages"])
        assert planned(story.plans[f"review {vendor}"], "insert")
    assert [line for line in step.writes if not is_optout(line)] == []


def test_applying_sends_what_the_plan_shows_and_only_to_its_vendor(story: Story) -> None:
    rows, step = story.plans["review zoho"], story.steps["apply zoho"]

    assert (step.code, step.told["status"]) == (0, "done")
    assert step.to("ghl") == []
    keys = written_keys(step.writes, "Leadflow_ID")
    assert len(keys) == len(set(keys))
    held = {story.facts["contact"]["person_key"]}
    assert set(keys) == planned(rows, "insert") - held
    wanted = {
        (row["person_key"], row["field"]): row["new_value"]
        for row in rows
        if row["action"] == "insert" and row["person_key"] not in held
    }
    sent = {
        (record["Leadflow_ID"], name): value
        for line in step.writes
        if line["path"].endswith("/upsert")
        for record in line["body"]["data"]
        for name, value in record.items()
    }
    assert {place: json.loads(value) for place, value in wanted.items()} == sent


def test_applying_the_outreach_plan_creates_the_planned_contacts_and_no_others(story: Story) -> None:
    rows, step = story.plans["review ghl"], story.steps["apply ghl"]

    assert step.code == 0
    assert step.to("zoho") == []
    upserts = [line for line in step.writes if line["path"].endswith("/contacts/upsert")]
    assert len(upserts) == len(planned(rows, "insert") - {story.facts["out"]["person_key"]})
    assert [line for line in upserts if "tags" in line["body"]] == []


def test_a_plan_is_applied_once(story: Story) -> None:
    step = story.steps["apply zoho again"]

    assert step.code == 3
    assert "was applied on" in step.error
    assert "nothing was sent" in step.error
    assert step.writes == []


def test_a_record_that_a_person_edited_since_goes_back_to_planning(story: Story) -> None:
    edited = story.facts["edited"]

    assert edited["record_id"] not in updated_ids(story.steps["apply zoho"].writes)
    again = [row for row in story.plans["review again zoho"] if row["record_id"] == edited["record_id"]]
    assert "update" in {row["action"] for row in again}
    assert "State" not in {row["field"] for row in again}
    assert edited["record_id"] in updated_ids(story.steps["apply the rest"].writes)
    state = story.house.ask("state")["vendors"]["zoho"]["Leads"]
    assert state[edited["person_key"]]["State"] == "Kadiogo"


def test_a_person_who_opted_out_since_is_held_on_either_platform(story: Story) -> None:
    """The other platform is asked as well: two of the inserts above were held because of what it said."""
    assert story.facts["out"]["record_id"] not in touched_ids(story.steps["apply zoho"].writes)
    contact = story.facts["contact"]["record_id"]
    assert [line for line in story.steps["apply ghl"].writes if contact in line["path"]] == []


def test_after_the_plans_were_applied_nothing_is_left_to_do(story: Story) -> None:
    assert story.steps["apply the rest"].code == 0
    assert (story.steps["unchanged"].code, story.steps["unchanged"].writes) == (0, [])


def test_within_limits_sends_small_plans_and_asks_for_large_ones(story: Story) -> None:
    beyond, within = story.steps["beyond the caps"], story.steps["within the caps"]

    assert beyond.code == 4
    assert beyond.writes, "opt-outs of the day need no approval"
    assert all(is_optout(line) for line in beyond.writes)
    assert within.code == 0
    assert any(not is_optout(line) for line in within.writes)


def test_an_outdated_plan_is_refused(story: Story) -> None:
    step = story.steps["apply a stale plan"]

    assert step.code == 3
    assert "is outdated" in step.error
    assert step.writes == []


def test_the_writer_alone_sends_nothing_without_a_verdict_for_its_very_plan(story: Story) -> None:
    fields = {"Leadflow_ID": "lf_nobody", "Last_Name": "Nobody", "Company": "Nowhere"}
    rows = [
        PlanRow(
            vendor="zoho",
            object="Leads",
            record_id=None,
            person_key="lf_nobody",
            action="insert",
            field=name,
            new_value=value,
            reason="not there yet",
        )
        for name, value in fields.items()
    ]
    with story.house.workspace() as workspace:
        day = workspace.ledger.last_as_of()
        plan_hash = workspace.ledger.save_plan("zoho", rows, as_of=day, rules_version=workspace.rules_version)
        workspace.ledger.approve(plan_hash, "Ada")
    before = story.house.last_request()

    result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=story.house.instance, asset_selection=[dg.AssetKey(["crm", "zoho__writes"])], raise_on_error=False
    )

    assert not result.success
    (failure,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    data = failure.step_failure_data.user_failure_data
    assert data is not None
    assert data.metadata["exit_code"].value == 3
    assert "not judged" in (data.description or "")
    assert story.house.requests("write", since=before) == []


def lacking(house: House, *fields: str) -> None:
    """Take fields from the organisation and the location."""
    sandbox = house.running.sandbox
    without = frozenset(name for name in fields if "." in name)
    sandbox.vendors["zoho"] = ZohoSandbox(
        sandbox.world, sandbox.clock, time_scale=sandbox.time_scale, without_fields=without
    )
    custom = sandbox.vendors["ghl"].account["custom_fields"]  # type: ignore[attr-defined]
    for ident in [ident for ident, one in custom.items() if one["fieldKey"].removeprefix("contact.") in fields]:
        del custom[ident]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"without_fields": frozenset({"Leads.Leadflow_ID"})}, "Zoho Leads has no field Leadflow_ID"),
        ({"without_fields": frozenset({"Contacts.Leadflow_ID"})}, "Zoho Contacts has no field Leadflow_ID"),
        ({"key_is_unique": False}, "Zoho Leads.Leadflow_ID (LEADFLOW_EXTERNAL_KEY) is not unique"),
    ],
)
def test_a_key_field_that_is_absent_or_not_unique_is_told_before_anything_is_fetched(
    house_of: Callable[..., House], change: Mapping[str, Any], told: str
) -> None:
    house = house_of(people=10, samples=False, LEADFLOW_ENV="live")
    sandbox = house.running.sandbox
    sandbox.vendors["zoho"] = ZohoSandbox(sandbox.world, sandbox.clock, time_scale=60.0, **change)

    with pytest.raises(Exception, match="LEADFLOW_EXTERNAL_KEY") as refused:
        commands.run(select=None, as_of=None, as_json=True)

    assert getattr(refused.value, "exit_code", None) == 2
    assert told in str(refused.value)
    assert house.requests("write", "spend") == []


def test_mapped_fields_that_live_metadata_lacks_are_left_out_told_and_never_sent(
    house_of: Callable[..., House],
) -> None:
    house = house_of(people=30, samples=False)
    lacking(house, "Leads.Engagement", "Contacts.Engagement", "leadflow_id", "lead_grade")

    assert house.run().exit_code == 0

    with house.workspace() as workspace:
        named = {vendor: workspace.ledger.latest_plan(vendor) for vendor in ("zoho", "ghl")}
        rows = {vendor: workspace.ledger.plan_rows(plan.plan_hash) for vendor, plan in named.items()}
        left_out = {vendor: plan.summary["fields_left_out"] for vendor, plan in named.items()}
    assert left_out["zoho"] == ["Leads.Engagement", "Contacts.Engagement"]
    assert left_out["ghl"] == ["contact.customFields.leadflow_id", "contact.customFields.lead_grade"]
    assert "Engagement" not in {row["field"] for row in rows["zoho"]}
    assert not {row["field"] for row in rows["ghl"]} & {"customFields.leadflow_id", "customFields.lead_grade"}
    before = house.last_request()
    assert house.run().exit_code == 0
    assert house.requests("write", "spend", since=before) == []


def test_a_location_without_calendars_and_statistics_is_done_without_them(house_of: Callable[..., House]) -> None:
    house = house_of(people=10, samples=False)
    missing = {"vendor": "ghl", "path": "/(calendars|emails|opportunities|workflows)/", "action": "status:404"}
    house.ask("faults", {"rules": [missing]})

    report = house.run()

    assert (report.exit_code, report.messages) == (0, [])
    assert house.rows("SELECT count(*) AS n FROM raw.ghl__appointments") == [{"n": 0}]


def test_the_newer_dialect_ends_done_and_is_silent_the_second_time(house_of: Callable[..., House]) -> None:
    house = house_of(people=30, samples=False, ZOHO_API_VERSION="v8")

    assert house.run().exit_code == 0
    asked = {line["path"].split("/")[3] for line in house.requests() if line["path"].startswith("/api/crm/")}
    before = house.last_request()
    assert house.run().exit_code == 0

    assert asked == {"v8"}
    assert house.requests("write", "spend", since=before) == []
