"""The look after writing is the mirror's next reading: what we wrote is known, and no edit of a person is missed."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assets.approving import approve
from assets.boundary import Stage
from assets.crm import ZOHO
from assets.sending import read_back, send
from resources.zoho import surveys
from tests.runs.conftest import houses
from tests.runs.test_watermarks import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

BEFORE, AFTER = "edited before the look", "edited after the look"
Leads = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Story:
    """A plan that was sent, two people who edited its records, and what the mirror and the next plan hold.

    Attributes:
        made: the leads that the plan made.
        looked: the mirror as the look left it.
        asked: paths that were asked for by the look.
        since: from when the look asked what was modified.
        counts: how the written fields landed.
        read_to: up to where the mirror was read before and after the look.
        edited: the leads edited before and after the look.
        mirror: the mirror after the next run.
        unread: writes that wait to be read back.
    """

    made: set[str]
    looked: Leads
    asked: list[str]
    since: list[str]
    counts: dict[str, Any]
    read_to: tuple[str, str]
    edited: dict[str, str]
    mirror: Leads
    unread: int


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with houses(tmp_path_factory.mktemp("looking")) as build, pytest.MonkeyPatch.context() as patch:
        patch.setattr(surveys, "LEAST", 1)
        house = build(people=20)
        patch.setenv("LEADFLOW_APPLY", "review")
        assert house.run().exit_code == 4
        desk = Desk(house)
        with house.workspace() as workspace:
            plan = workspace.ledger.latest_plan("zoho")
            approve(workspace, plan.plan_hash, by="Ada", max_age=24)
            day = date.fromisoformat(house.ask("clock")["now"][:10])
            stage = Stage(run_id="by-hand", as_of=day, day=day, log=logging.getLogger(), opened=workspace)
            workspace.ledger.begin_run(stage.run_id, as_of=day, kind="run")
            send(stage, ZOHO)
            made = sorted(name for kind, name in workspace.ledger.made_by(plan.plan_hash) if kind == "Leads")
            desk.edit("Leads", made[0], City=BEFORE)
            before = cursor(workspace)
            line = house.last_request()
            counts = dict(read_back(stage, ZOHO))
            since = [told["since"] for told in contexts(workspace)]
            asked = [told["path"] for told in house.requests(since=line)]
            looked, unread = mirrored(workspace), workspace.ledger.unread_count("zoho")
            after = cursor(workspace)
            desk.edit("Leads", made[1], City=AFTER)
        assert house.run().exit_code in {0, 4}
        with house.workspace() as workspace:
            yield Story(
                made=set(made),
                looked=looked,
                asked=asked,
                since=since,
                counts=counts,
                read_to=(before, after),
                edited={made[0]: BEFORE, made[1]: AFTER},
                mirror=mirrored(workspace),
                unread=unread,
            )


def mirrored(workspace: Any) -> Leads:
    """Return the leads as raw tells them, the latest version of each."""
    query = "SELECT record_id, payload FROM raw.zoho__leads ORDER BY fetched_at, landing_ref, position"
    with workspace.warehouse.open() as session:
        return {row["record_id"]: json.loads(row["payload"]) for row in session.rows(query)}


def contexts(workspace: Any) -> list[dict[str, Any]]:
    """Return what was asked in the latest reading of leads."""
    query = "SELECT context FROM raw.zoho__leads QUALIFY rank() OVER (ORDER BY fetched_at DESC) = 1"
    with workspace.warehouse.open() as session:
        return [json.loads(row["context"]) for row in session.rows(query)]


def cursor(workspace: Any) -> str:
    """Return up to where the mirror of leads was read."""
    with workspace.warehouse.open() as session:
        return str(session.value("SELECT cursor FROM raw.cursors WHERE feed = 'raw.zoho__leads'"))


def test_what_was_written_is_in_the_mirror_when_it_was_read_back(story: Story) -> None:
    assert story.made <= story.looked.keys()
    assert all(story.looked[name]["Leadflow_ID"] for name in story.made)
    assert any(story.looked[name]["Tag"] for name in story.made)


def test_the_look_proves_the_writes_of_which_it_shows_every_field(story: Story) -> None:
    assert story.unread == 0
    assert story.counts["landed_stored"] > len(story.made)
    # One lead was edited in between: it alone is asked for by its id.
    assert len([path for path in story.asked if path.endswith("/coql")]) <= 1


def test_the_look_begins_where_the_mirror_ended_and_lists_nothing_that_was_read_before(story: Story) -> None:
    assert story.since
    assert all(told <= story.read_to[0] for told in story.since)
    assert min(story.since) > (datetime.fromisoformat(story.read_to[0]) - timedelta(minutes=5)).isoformat()


def test_the_next_reading_begins_where_the_look_was_taken(story: Story) -> None:
    before, after = story.read_to
    assert before < after


def test_an_edit_between_our_write_and_the_look_is_seen_and_taken_for_a_persons(story: Story) -> None:
    (name,) = (name for name, told in story.edited.items() if told == BEFORE)
    assert story.looked[name]["City"] == BEFORE
    assert story.counts["landed_overwritten"] == 1


def test_an_edit_after_the_look_is_seen_by_the_next_reading(story: Story) -> None:
    (name,) = (name for name, told in story.edited.items() if told == AFTER)
    assert story.looked[name]["City"] != AFTER
    assert story.mirror[name]["City"] == AFTER
