"""`leadflow plan` and the age limit of `leadflow apply`, on the plans of one real run."""

from __future__ import annotations

import contextlib
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assets import approving, commands
from pipeline.errors import ConfigurationError, GateClosed, LeadflowError
from pipeline.mapping import load
from tests.runs.conftest import houses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.runs.conftest import House


def show(vendor: str, **options: Any) -> tuple[int, str]:
    told = {"output": "text", "limit": None, "show_pii": False, "detailed_exitcode": False}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        code = commands.plan(vendor, **{**told, **options})
    return code, printed.getvalue()


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with houses(tmp_path_factory.mktemp("plans")) as build:
        house = build(people=30, samples=False, LEADFLOW_ENV="live")
        with contextlib.redirect_stdout(io.StringIO()):
            assert commands.run(select=None, as_of=None, as_json=False) == 4
        yield house


@pytest.mark.parametrize("vendor", ["zoho", "ghl"])
def test_the_last_line_is_one_object_that_agrees_with_the_ledger(planned: House, vendor: str) -> None:
    code, out = show(vendor, output="json")
    told = json.loads(out.splitlines()[-1])
    with planned.workspace() as workspace:
        plan = workspace.ledger.latest_plan(vendor)
        key_field = load(vendor, workspace.rules).key_field
    assert code == 0
    assert (told["plan"], told["status"]) == (plan.plan_hash, "waiting")
    assert told["records_left_out"] == 0
    rows = [row for row in plan.rows if row.field is not None or row.action not in {"skip", "hold"}]
    assert sum(len(record["changes"]) for record in told["records"]) == len(rows)
    assert all(gate["passed"] for gate in told["gates"])
    assert {gate["check"] for gate in told["gates"]} >= {"gate__quota", "gate__blast_radius"}
    assert told["forecast"]["units"] == plan.summary["units"]
    assert told["budget"]["used"] > 0
    keys = [change["new"] for record in told["records"] for change in record["changes"] if change["field"] == key_field]
    assert keys
    assert all(key.startswith(("lf_", "lc_")) for key in keys)


def test_nobody_is_named_unless_asked_for_and_no_vendor_is_called(planned: House) -> None:
    before = planned.last_request()
    with planned.workspace() as workspace:
        rows = workspace.ledger.latest_plan("zoho").rows
    emails = [row.new_value for row in rows if row.field == "Email"]
    assert emails
    for output in ("text", "json", "markdown"):
        _, hidden = show("zoho", output=output, limit=0)
        assert not [email for email in emails if email in hidden]
    _, shown = show("zoho", limit=0, show_pii=True)
    assert not [email for email in emails if email not in shown]
    show("ghl")
    show("apollo")
    assert planned.last_request() == before


def test_the_exit_code_tells_changes_only_when_asked(planned: House) -> None:
    assert planned
    assert show("zoho")[0] == 0
    assert show("zoho", detailed_exitcode=True)[0] == 4
    assert show("ghl", detailed_exitcode=True, output="markdown")[0] == 4
    # Everybody whom the search showed was bought by the run.
    assert show("apollo", detailed_exitcode=True)[0] == 0


def test_text_lists_twenty_records_and_how_to_apply(planned: House) -> None:
    assert planned
    out = show("zoho")[1].splitlines()
    assert "more records: --limit 0 lists all" in "\n".join(out)
    assert out[-1].startswith("to send it: leadflow apply ")
    assert show("zoho", limit=1)[1] != show("zoho")[1]


def test_what_apollo_sold_is_told_from_the_ledger_and_the_landing(planned: House) -> None:
    told = json.loads(show("apollo", output="json")[1].splitlines()[-1])
    with planned.workspace() as workspace:
        bought = workspace.ledger.purchased("apollo")
    assert told["bought"]["hit"] == sum(state == "hit" for state in bought.values()) > 0
    assert told["spent"]["units"] == told["bought"]["hit"]
    assert told["searches"][0]["seen"] == len(bought)
    assert told["forecast"]["units"] == 0
    assert told["units_left"] is None


def test_an_unknown_form_and_a_missing_plan_are_one_sentence(house_of: Any) -> None:
    house_of(people=10, samples=False, LEADFLOW_ENV="live")
    with pytest.raises(ConfigurationError, match=r"--output is 'html'; allowed: text, json, markdown"):
        show("zoho", output="html")
    with pytest.raises(LeadflowError, match=r"there is no plan toward Zoho yet: `leadflow run` makes one"):
        show("zoho")
    told = json.loads(show("apollo", output="json")[1])
    assert told["forecast"]["units"] is None
    assert show("apollo", detailed_exitcode=True)[0] == 4


def test_a_plan_that_is_too_old_is_refused_before_anything_is_approved_or_sent(planned: House) -> None:
    with planned.workspace() as workspace:
        plan = workspace.ledger.latest_plan("zoho")
        now = workspace.now()
    before = planned.last_request()
    with pytest.raises(GateClosed, match=r"is 0\.\d h old, at most 1e-06 h are allowed \(--max-age\)") as refused:
        commands.apply(plan.plan_hash, approved_by="Ada", as_json=True, max_age=1e-6)
    assert refused.value.exit_code == 3
    assert planned.last_request() == before
    with planned.workspace() as workspace:
        assert workspace.ledger.plan(plan.plan_hash).approved_by is None

    late = plan.saved_at + timedelta(hours=24)
    approving.refuse_old(plan, now=late, max_age=24)
    approving.refuse_old(plan, now=now + timedelta(days=400), max_age=0)
    with pytest.raises(GateClosed, match=r"24\.1 h old, at most 24 h"):
        approving.refuse_old(plan, now=late + timedelta(minutes=6), max_age=24)
