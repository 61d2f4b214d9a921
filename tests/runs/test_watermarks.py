"""A plan that waits while the mirrors are read on: what people did since it was made is seen when it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from assets.approving import approve
from pipeline.planning.gates import WRITES
from tests.runs.conftest import houses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.models import PlanRow
    from tests.runs.conftest import House

EDITED = "7"
HOUR = 3600.0


@dataclass(frozen=True)
class Desk:
    """People at work in the CRM of a house."""

    house: House

    def record(self, module: str, record_id: str) -> Any:
        """Return the record that the vendor holds."""
        records = self.house.running.sandbox.vendors["zoho"].organisation.table(module).ordered()
        return next(record for record in records if record.id == record_id)

    def edit(self, module: str, record_id: str, *, later: float = 0.0, **values: Any) -> None:
        """Change fields of a record as a person does, now or some seconds later."""
        organisation = self.house.running.sandbox.vendors["zoho"].organisation
        record, owner = self.record(module, record_id), organisation.owners[0].id
        organisation.table(module).change(record, values, at=organisation.moment() + later, by=owner)


@dataclass(frozen=True)
class Story:
    """What was planned, who was edited and who said no meanwhile, and what became of it."""

    house: House
    edited: Any
    refused: Any
    field: str
    states: dict[str, set[str]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with houses(tmp_path_factory.mktemp("waiting")) as build, pytest.MonkeyPatch.context() as environment:
        house = build(people=20, samples=False)
        assert house.run().exit_code == 0
        for _ in range(3):
            house.ask("advance", {"days": 1})
        environment.setenv("LEADFLOW_APPLY", "review")
        assert house.run().exit_code == 4
        with house.workspace() as workspace:
            plan = workspace.ledger.latest_plan("zoho")
        normal = [row for row in plan.rows if row.lane == "normal"]
        refused = next(row for row in normal if row.action == "convert")
        edited = next(row for row in normal if row.action == "update" and row.person_key != refused.person_key)
        desk = Desk(house)
        desk.edit(edited.object, edited.record_id, **{edited.field: EDITED})
        desk.edit(refused.object, refused.record_id, Email_Opt_Out=True)
        for row in planned_otherwise(plan.rows, edited, refused):
            # A mirror is read on to its newest change: another record is the last one that moves.
            desk.edit(row.object, row.record_id, later=HOUR, Description="looked at")

        assert house.run(select="raw").exit_code == 0
        with house.workspace() as workspace:
            approve(workspace, plan.plan_hash, by="Ada", max_age=24)
        assert house.run(select="apply_zoho").exit_code == 0

        states: dict[str, set[str]] = {}
        for row in house.rows("SELECT * FROM crm.zoho__writes WHERE plan_hash = ?", plan.plan_hash):
            states.setdefault(row["person_key"], set()).add(f"{row['operation']} {row['state']}")
        yield Story(
            house=house,
            edited=desk.record(edited.object, edited.record_id).values.get(edited.field),
            refused=desk.record(refused.object, refused.record_id),
            field=edited.field,
            states={"edited": states[edited.person_key], "refused": states[refused.person_key]},
        )


def planned_otherwise(rows: Sequence[PlanRow], *but: PlanRow) -> list[PlanRow]:
    """Return a row of another record for each object that any of these rows is about."""
    taken = {row.record_id for row in but}
    found = {row.object: row for row in rows if row.action in WRITES and row.record_id not in taken}
    return [found[kind] for kind in {row.object for row in but}]


def test_an_edit_made_before_the_mirror_was_read_on_is_not_overwritten(story: Story) -> None:
    assert story.edited == EDITED
    assert "update superseded" in story.states["edited"]


def test_nobody_is_written_to_who_said_no_before_the_mirror_was_read_on(story: Story) -> None:
    assert story.refused.converted is None
    assert {told.partition(" ")[2] for told in story.states["refused"]} == {"superseded"}
