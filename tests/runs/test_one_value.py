"""One address that two records are given by one plan: the plan gives it to one, and the vendor refuses nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from assets.cards import checks_of
from assets.crm import ZOHO
from assets.outreach import GHL
from assets.planning import make_plan
from assets.sending import send
from assets.stage import Stage
from assets.verdicts import verdict
from tests.runs.conftest import houses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.runs.conftest import House

SHARED = "shared@one.example"
RECORDS = {
    "crm": "SELECT person_key, zoho_id FROM identity.people WHERE zoho_module = 'Leads'",
    "outreach": "SELECT person_key, ghl_contact_id FROM identity.people WHERE ghl_contact_id IS NOT NULL",
}
"""Layer → people who have a record there."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with houses(tmp_path_factory.mktemp("one")) as build:
        found = build(people=30, samples=False)
        fields = found.running.sandbox.vendors["zoho"].organisation.modules["Leads"].fields  # type: ignore[attr-defined]
        fields["Email"] = replace(fields["Email"], is_unique=True)
        # The second run reads what the first one made.
        assert [found.run().exit_code, found.run().exit_code] == [0, 0]
        yield found


def given_to_two(stage: Stage, layer: str) -> None:
    """Let two people of whom nothing is held back want the same address."""
    held = 'SELECT person_key FROM "qualify".holds'
    with stage.warehouse.open() as session:
        query = f"{RECORDS[layer]} AND email IS NOT NULL AND person_key NOT IN ({held}) ORDER BY person_key LIMIT 2"
        people = [row["person_key"] for row in session.rows(query)]
        assert len(people) == 2
        session.execute("UPDATE identity.people SET email = ? WHERE list_contains(?, person_key)", [SHARED, people])


@pytest.mark.parametrize(
    ("layer", "target", "kind", "field"),
    [("crm", ZOHO, "Leads", "Email"), ("outreach", GHL, "contact", "email")],
    ids=["zoho", "ghl"],
)
def test_of_two_records_that_are_given_one_address_one_gets_it(
    house: House, layer: str, target: Any, kind: str, field: str
) -> None:
    day = date.fromisoformat(house.ask("clock")["now"][:10])
    with house.workspace() as workspace:
        stage = Stage(run_id="by-hand", as_of=day, day=day, log=logging.getLogger(), opened=workspace)
        given_to_two(stage, layer)
        make_plan(stage, target)
        assert all(verdict(stage, check).passed for check in checks_of(target.table("plan")))
        counts = send(stage, target)

    rows = house.rows(f"SELECT * FROM {target.table('plan')} WHERE field = ?", field)
    told = {row["action"]: row for row in rows if SHARED in str(row["new_value"])}
    assert sorted(told) == ["skip", "update"]
    reason = f"{kind}/{told['update']['record_id']} is given the same email by this plan"
    assert told["skip"]["reason"].startswith(reason)
    written = house.rows(
        f"SELECT state, record_id FROM {target.table('writes')} WHERE operation = 'update' AND plan_hash = ?",
        told["update"]["plan_hash"],
    )
    assert {row["state"] for row in written} == {"confirmed"}, counts
    assert told["update"]["record_id"] in {row["record_id"] for row in written}
