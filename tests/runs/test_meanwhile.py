"""An opt-out that is given while a long run is sending: the other vendor knows before the run is over."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assets import lookout, meanwhile
from resources.sandbox.faults import Faults
from tests.faults.conftest import Ambush

if TYPE_CHECKING:
    from collections.abc import Callable

    from assets.runs import RunReport
    from tests.runs.conftest import House


@pytest.fixture
def second_day(house_of: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> House:
    """A house in which everybody was written once; looks are taken at every chance."""
    found = house_of(people=40, samples=False)
    assert found.run().exit_code == 0
    found.ask("advance", {"days": 1})
    for name in ("GLANCE", "OWN_GLANCE"):
        monkeypatch.setattr(lookout, name, timedelta(0))
    return found


def everywhere(house: House) -> list[dict[str, Any]]:
    """Return people of ours who are a lead in Zoho and a contact in GoHighLevel, and said no nowhere."""
    held = {row["person_key"] for row in house.rows('SELECT person_key FROM "qualify".holds')}
    with house.workspace() as workspace:
        zoho, ghl = workspace.ledger.id_map("zoho"), workspace.ledger.id_map("ghl")
    return [
        {"person_key": key, "zoho_module": zoho[key][0], "zoho_id": zoho[key][1], "ghl_contact_id": ghl[key][1]}
        for key in sorted(zoho.keys() & ghl.keys() - held)
        if zoho[key][0] == "Leads"
    ]


def writes(house: House, vendor: str, since: int) -> list[dict[str, Any]]:
    return [line for line in house.requests("write", since=since) if line["vendor"] == vendor]


def known_since(lines: list[dict[str, Any]], word: str, name: str) -> int:
    """Return the number of the first line that tells of an opt-out of a record."""
    told = [line["n"] for line in lines if word in str(line["body"]) and name in f"{line['path']} {line['body']}"]
    assert told, f"nobody was told of {name}"
    return int(told[0])


def refuse_in_zoho(house: House, person: dict[str, Any]) -> None:
    """Let a person say no in Zoho."""
    organisation = house.running.sandbox.vendors["zoho"].organisation  # type: ignore[attr-defined]
    table = organisation.table(person["zoho_module"])
    record = table.living(person["zoho_id"])
    table.change(record, {"Email_Opt_Out": True}, at=organisation.moment(), by=record.owner)


def run_ambushed(house: House, happens: Callable[[], None]) -> tuple[int, RunReport]:
    """Run while something happens at the first call that tags people; return the last request before it, the report."""
    begin = house.last_request()
    house.running.sandbox.faults = Ambush(1, happens, fits=lambda _, path: path.endswith("/actions/add_tags"))
    report = house.run()
    house.running.sandbox.faults = Faults()
    assert (report.exit_code, report.messages) == (0, [])
    return begin, report


def assert_every_write_is_a_change(house: House, run_id: str) -> None:
    """Compare what the ledger confirmed of a run with `reports.changes`: each write once, with why."""
    with house.workspace() as workspace:
        ledger = [row for vendor in ("zoho", "ghl") for row in workspace.ledger.intents(vendor, run_id)]
    names = ("vendor", "object", "record_id", "person_key", "operation")
    confirmed = Counter(tuple(row[name] for name in names) for row in ledger if row["state"] == "confirmed")
    changes = house.rows(
        "SELECT vendor, object, record_id, person_key, action, count(DISTINCT coalesce(plan_hash, '')) AS plans, "
        "count(reason) = count(*) AS has_reasons, count(settled_at) = count(*) AS is_settled "
        "FROM reports.changes WHERE run_id = ? AND state = 'confirmed' "
        "GROUP BY ALL",
        run_id,
    )
    told = Counter({tuple(row.values())[:5]: row["plans"] for row in changes})
    activities = {"add_task", "add_note"}
    assert {place: n for place, n in told.items() if place[4] not in activities} == {
        place: n for place, n in confirmed.items() if place[4] not in activities
    }
    assert all(row["has_reasons"] and row["is_settled"] for row in changes)


def test_a_no_in_gohighlevel_while_zoho_is_being_written_to_reaches_zoho_before_the_last_write(
    second_day: House,
) -> None:
    house = second_day
    person = everywhere(house)[-1]
    ghl = house.running.sandbox.vendors["ghl"]
    account = ghl.account  # type: ignore[attr-defined]

    def refuse() -> None:
        contact = account.contacts.rows[person["ghl_contact_id"]]
        settings = {"Email": {"status": "active", "message": "unsubscribed", "code": "unsubscribe"}}
        now = ghl._now()  # type: ignore[attr-defined]
        account.contacts.put({**contact, "dndSettings": settings}, now)
        account.contacts.index.settle(float("inf"))

    begin, report = run_ambushed(house, refuse)

    zoho = writes(house, "zoho", begin)
    told = known_since(zoho, "Email_Opt_Out", person["zoho_id"])
    assert told < zoho[-1]["n"]
    assert_every_write_is_a_change(house, report.run_id)
    (change,) = house.rows(
        "SELECT * FROM reports.changes WHERE plan_hash IS NULL AND person_key = ? AND action = 'set_optout'",
        person["person_key"],
    )
    assert (change["field"], change["old_value"], change["new_value"]) == ("Email_Opt_Out", "false", "true")
    assert (change["vendor"], change["state"], change["landed"]) == ("zoho", "confirmed", "stored")
    assert "opted out" in change["reason"]
    others = [line for line in writes(house, "ghl", begin) if person["ghl_contact_id"] not in line["path"]]
    assert told < others[0]["n"]


def test_a_no_in_zoho_while_zoho_is_being_written_to_reaches_gohighlevel_before_its_turn_comes(
    second_day: House,
) -> None:
    house = second_day
    person = everywhere(house)[-1]

    begin, report = run_ambushed(house, lambda: refuse_in_zoho(house, person))

    told = known_since(writes(house, "ghl", begin), "dndSettings", person["ghl_contact_id"])
    assert told < writes(house, "zoho", begin)[-1]["n"]
    assert_every_write_is_a_change(house, report.run_id)
    before = house.rows("SELECT * FROM reports.changes WHERE plan_hash IS NULL ORDER BY ALL")
    assert {row["vendor"] for row in before} == {"ghl"}
    assert house.run().exit_code == 0
    assert house.rows("SELECT * FROM reports.changes WHERE plan_hash IS NULL ORDER BY ALL") == before


def test_what_was_known_from_the_start_does_not_wait_for_a_vendor_whose_turn_comes_hours_later(
    second_day: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = second_day
    monkeypatch.setattr(meanwhile, "PATIENCE", timedelta(0))
    person = everywhere(house)[-1]
    refuse_in_zoho(house, person)

    begin = house.last_request()
    report = house.run()

    assert (report.exit_code, report.messages) == (0, [])
    told = known_since(writes(house, "ghl", begin), "dndSettings", person["ghl_contact_id"])
    assert told < writes(house, "zoho", begin)[-1]["n"]


def test_a_vendor_that_cannot_be_told_stops_nobody_and_is_told_at_the_next_chance(
    second_day: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = second_day
    monkeypatch.setattr(meanwhile, "AGAIN", timedelta(0))
    person = everywhere(house)[-1]

    def refuse() -> None:
        refuse_in_zoho(house, person)
        rule = {"vendor": "ghl", "method": "PUT", "path": f"/contacts/{person['ghl_contact_id']}", "times": 5}
        house.running.sandbox.set_faults([{**rule, "action": "drop_before"}])

    begin, _ = run_ambushed(house, refuse)

    told = [line for line in writes(house, "ghl", begin) if person["ghl_contact_id"] in line["path"]]
    outcomes = [line["outcome"] for line in told if "dndSettings" in str(line["body"])]
    assert (len(outcomes), outcomes[-1]) == (6, "answered")
    contacts = house.running.sandbox.canonical()["vendors"]["ghl"]["contacts"]
    assert contacts[person["person_key"]]["dndSettings"]["Email"]["status"] == "active"
