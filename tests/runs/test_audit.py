"""The audit: each finding finds its planted case and nothing else, and the command writes nothing anywhere."""

from __future__ import annotations

import csv
import json
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assets import audit
from assets.__main__ import main
from pipeline.audit.findings import BOOKKEEPING, FINDINGS, wholes
from pipeline.sql import statement
from resources.auditing.reading import Seen
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.conftest import House

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
TABLES = {
    "Leads": "raw.zoho__leads",
    "Contacts": "raw.zoho__contacts",
    "Accounts": "raw.zoho__accounts",
    "Deals": "raw.zoho__deals",
    "contact": "raw.ghl__contacts",
    "opportunity": "raw.ghl__opportunities",
    "message": "raw.ghl__messages",
}
PEOPLE = [
    ("Ada", "Byron", "engine.example"),
    ("Grace", "Hopper", "cobol.example"),
    ("Edsger", "Dijkstra", "goto.example"),
    ("Barbara", "Liskov", "types.example"),
    ("Donald", "Knuth", "tex.example"),
    ("Radia", "Perlman", "bridge.example"),
]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Desk:
    """Vendors as raw rows: what is planted, and what the audit finds of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.rows, self.numbers = folder, {}, iter(range(1000, 9999))

    def plant(self, what: str, **fields: Any) -> str:
        """Add a record; return its id."""
        record_id = str(next(self.numbers))
        self.rows.setdefault(TABLES[what], []).append((record_id, {"id": record_id, **fields}, {"module": what}))
        return record_id

    def user(self, vendor: str, user_id: str) -> None:
        """Add an active user."""
        self.rows.setdefault(f"raw.{vendor}__metadata", []).append((user_id, {"id": user_id}, {"kind": "user"}))

    def lead(self, person: int = 0, **fields: Any) -> str:
        """Add a Zoho lead with nothing wrong about it."""
        first, last, domain = PEOPLE[person]
        said = {"First_Name": first, "Last_Name": last, "Company": domain.split(".")[0], "Website": domain}
        said |= {"Email": f"{first}.{last}@{domain}".lower(), "Owner": {"id": "u1"}, "Email_Opt_Out": False}
        said |= {"Created_Time": "2026-11-01T08:00:00+00:00", "Modified_Time": "2026-11-20T08:00:00+00:00"}
        return self.plant(fields.pop("what", "Leads"), **{**said, **fields})

    def contact(self, person: int = 0, **fields: Any) -> str:
        """Add a GoHighLevel contact with nothing wrong about it."""
        first, last, domain = PEOPLE[person]
        said = {"firstName": first, "lastName": last, "companyName": domain.split(".")[0], "website": domain}
        said |= {"email": f"{first}.{last}@{domain}".lower(), "assignedTo": "g1", "dnd": False, "tags": []}
        said |= {"dateAdded": "2026-11-01T08:00:00+00:00", "dateUpdated": "2026-11-20T08:00:00+00:00"}
        return self.plant("contact", **{**said, **fields})

    def look(self, *, stale_days: int = 90, show: bool = False) -> dict[str, list[dict[str, str]]]:
        """Return the rows of every finding's file; None's place is an absent name."""
        warehouse = Warehouse(self.folder / "audit.duckdb")
        with warehouse.open() as session:
            for table, rows in self.rows.items():
                session.insert(
                    table,
                    [
                        {"record_id": name, "payload": json.dumps(payload), "context": json.dumps(context)}
                        | {"landed_on": NOW.date(), "landing_ref": "x", "position": place, "fetched_at": NOW}
                        for place, (name, payload, context) in enumerate(rows)
                    ],
                )
            pages = {"zoho": "https://crm.zoho.com/crm/org1/tab/", "ghl": "https://app.gohighlevel.com/c/"}
            audit.prepare(session, "Leadflow_ID", pages=pages, show=show)
            values = {"now": NOW, "since": NOW - audit.IN_SEQUENCE, "bookkeeping": list(BOOKKEEPING)}
            values["stale_before"] = NOW - timedelta(days=stale_days)
            seen = Seen(rows=dict.fromkeys(self.rows, 1))
            counts = session.rows(statement("audit/counts"))[0]
            found = audit.findings(session, seen, values, wholes(counts), self.folder)
        warehouse.release()
        told: dict[str, list[dict[str, str]]] = {}
        for result in found:
            if result.rows is not None:
                told[result.finding.name] = read(self.folder / result.csv)
                assert len(told[result.finding.name]) == result.rows
        return told


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.user("zoho", "u1")
    made.user("ghl", "g1")
    return made


def wrong(found: dict[str, list[dict[str, str]]]) -> set[str]:
    return {name for name, rows in found.items() if rows and name != "fields"}


def test_records_with_nothing_wrong_are_no_finding(desk: Desk) -> None:
    desk.lead(0)
    desk.lead(1, what="Contacts")
    desk.contact(0)
    desk.contact(2)
    assert wrong(desk.look()) == set()


def test_nobody_at_all_is_no_error(desk: Desk) -> None:
    desk.rows = {"raw.zoho__leads": [], "raw.ghl__contacts": []}
    assert not any(desk.look().values())


def test_one_record_is_no_error(desk: Desk) -> None:
    desk.lead(0)
    assert wrong(desk.look()) == set()


def test_a_person_with_two_records_in_one_platform_is_a_duplicate_and_one_in_each_is_none(desk: Desk) -> None:
    one, two = desk.lead(0), desk.lead(0, what="Contacts")
    desk.contact(0)
    desk.lead(1)
    found = desk.look()
    assert wrong(found) == {"duplicates"}
    assert {row["record_id"] for row in found["duplicates"]} == {one, two}
    assert {row["records_of_person"] for row in found["duplicates"]} == {"2"}


def test_a_converted_lead_is_no_duplicate_of_its_contact(desk: Desk) -> None:
    contact = desk.lead(0, what="Contacts")
    desk.lead(0, **{"$converted": True, "$converted_detail": {"contact": contact}})
    assert wrong(desk.look()) == set()


def test_who_said_no_in_one_place_is_found_in_the_other_both_ways(desk: Desk) -> None:
    desk.lead(0, Email_Opt_Out=True)
    mailable = desk.contact(0)
    desk.contact(1, dndSettings={"Email": {"status": "active"}})
    lead = desk.lead(1)
    desk.lead(2, Email_Opt_Out=True)
    found = desk.look()
    assert wrong(found) == {"optouts"}
    assert {(row["vendor"], row["record_id"], row["opted_out_in"]) for row in found["optouts"]} == {
        ("ghl", mailable, "zoho"),
        ("zoho", lead, "ghl"),
    }


def test_a_shared_mailbox_that_said_no_is_found_for_another_person(desk: Desk) -> None:
    desk.lead(0, Email="info@engine.example", Email_Opt_Out=True)
    other = desk.lead(1, Email="info@engine.example")
    found = desk.look()
    assert [(row["record_id"], row["why"]) for row in found["optouts"]] == [(other, "same address or number")]


def test_an_opt_out_of_inbound_messages_only_is_none(desk: Desk) -> None:
    desk.lead(0)
    desk.contact(0, dndSettings={"Email": {"status": "inactive"}}, dnd=True, inboundDndSettings={"all": "active"})
    assert "optouts" not in wrong(desk.look())


@pytest.mark.parametrize(
    ("deal", "is_found"),
    [
        ({"Stage": "Closed Won"}, True),
        ({"Stage": "Negotiation/Review"}, True),
        ({"Stage": "Closed Lost"}, False),
        ({"Stage": "Gewonnen", "Probability": 100}, True),
    ],
)
@pytest.mark.parametrize("by", ["contact", "account"])
def test_a_customer_or_open_deal_of_the_crm_who_gets_automatic_messages_is_found(
    desk: Desk, deal: dict[str, Any], by: str, is_found: bool
) -> None:
    person = desk.lead(0, what="Contacts", Account_Name={"id": "900", "name": "engine"})
    place = {"Contact_Name": {"id": person}} if by == "contact" else {"Account_Name": {"id": "900"}}
    desk.plant("Deals", **deal, **place)
    contact = desk.contact(0)
    desk.plant("message", contactId=contact, direction="outbound", source="workflow", dateAdded="2026-11-20T08:00:00Z")
    found = desk.look()
    assert [row["record_id"] for row in found["customers"]] == ([contact] if is_found else [])


@pytest.mark.parametrize(
    ("message", "is_found"),
    [
        ({"source": "campaign"}, True),
        ({"source": "bulk_actions"}, True),
        ({"workflowId": "w1"}, True),
        ({"source": "app"}, False),
        ({"source": "workflow", "direction": "inbound"}, False),
        ({"source": "workflow", "dateAdded": "2026-10-01T08:00:00Z"}, False),
    ],
)
def test_only_automatic_messages_of_the_last_month_count(desk: Desk, message: dict[str, Any], is_found: bool) -> None:
    contact = desk.contact(0)
    desk.plant("opportunity", contactId=contact, status="open")
    sent = {"contactId": contact, "direction": "outbound", "dateAdded": "2026-11-20T08:00:00Z"}
    desk.plant("message", **{**sent, **message})
    assert bool(desk.look()["customers"]) is is_found


def test_who_owns_nothing_and_who_left_are_told_apart(desk: Desk) -> None:
    gone = desk.lead(0, Owner={"id": "u9"})
    nobody = desk.contact(1, assignedTo=None)
    desk.contact(2)
    found = desk.look()
    assert wrong(found) == {"owners"}
    assert {(row["record_id"], row["owner"]) for row in found["owners"]} == {
        (gone, "no active user"),
        (nobody, "nobody"),
    }


def test_where_contacts_are_hardly_ever_assigned_those_without_an_owner_are_a_fill_rate_and_no_finding(
    desk: Desk,
) -> None:
    desk.contact(0)
    desk.contact(1, assignedTo=None)
    desk.contact(2, assignedTo="")
    nobody = desk.lead(3, Owner=None)
    found = desk.look()
    assert [row["record_id"] for row in found["owners"]] == [nobody]
    (row,) = [row for row in found["fields"] if row["field"] == "assignedTo"]
    assert (row["filled"], row["records"]) == ("1", "3")


def test_a_location_that_assigns_nobody_shows_the_field_as_empty(desk: Desk) -> None:
    said = desk.contact(0)
    payload = desk.rows["raw.ghl__contacts"][0][1]
    del payload["assignedTo"]
    found = desk.look()
    assert found["owners"] == [], said
    (row,) = [row for row in found["fields"] if row["field"] == "assignedTo"]
    assert (row["filled"], row["records"], row["label"]) == ("0", "1", "Assigned to")


def test_where_no_users_could_be_read_nobody_is_said_to_have_left(desk: Desk) -> None:
    del desk.rows["raw.zoho__metadata"]
    desk.lead(0, Owner={"id": "u9"})
    assert wrong(desk.look()) == set()


def test_a_lead_without_change_is_stale_and_a_contact_of_the_crm_is_not(desk: Desk) -> None:
    old = {"Modified_Time": "2026-06-01T08:00:00+00:00", "Created_Time": "2026-05-01T08:00:00+00:00"}
    stale = desk.lead(0, **old)
    desk.lead(1, **old, Last_Activity_Time="2026-11-20T08:00:00+00:00")
    desk.lead(2, what="Contacts", **old)
    found = desk.look()
    assert wrong(found) == {"stale"}
    assert [(row["record_id"], row["days"]) for row in found["stale"]] == [(stale, "176")]
    assert desk_again(desk).look(stale_days=365)["stale"] == []


def desk_again(desk: Desk) -> Desk:
    (desk.folder / "audit.duckdb").unlink()
    return desk


def test_addresses_and_numbers_that_cannot_be_right_are_found_with_the_reason_and_masked(desk: Desk) -> None:
    bad = desk.lead(0, Email="ada(at)engine.example", Phone="030 123456")
    desk.contact(1, phone="+49 30 123456")
    found = desk.look()
    assert wrong(found) == {"emails", "phones", "unreachable"}
    assert [(row["record_id"], row["field"], row["problem"]) for row in found["emails"]] == [
        (bad, "Email", "no single @")
    ]
    assert found["phones"][0]["problem"] == "no country code, and the record names no known country"
    assert "ada(at)" not in (desk.folder / "emails.csv").read_text()
    assert desk_again(desk).look(show=True)["emails"][0]["value"] == "ada(at)engine.example"


def test_a_record_with_one_usable_way_is_reachable(desk: Desk) -> None:
    desk.lead(0, Email=None, Phone="+49 30 123456")
    lost = desk.lead(1, Email=None)
    assert [row["record_id"] for row in desk.look()["unreachable"]] == [lost]


@pytest.fixture
def crowd(desk: Desk) -> Desk:
    """A desk with a hundred others, so that a name says something."""
    for number in range(100):
        first, last, _ = PEOPLE[number % len(PEOPLE)]
        name = f"{last}{chr(97 + number % 26)}{chr(97 + number // 26)}"
        domain = f"{name}.example".lower()
        desk.lead(First_Name=f"{first}{name}", Last_Name=name, Email=f"x@{domain}", Company=name, Website=domain)
    return desk


BARE = {"Email": None, "Company": None, "Website": None}


def test_a_pair_in_doubt_is_told_with_both_records_and_is_no_duplicate(crowd: Desk) -> None:
    one, two = crowd.lead(0), crowd.lead(0, **BARE)
    found = crowd.look()
    assert wrong(found) == {"doubts", "unreachable"}
    (told,) = found["doubts"]
    assert (told["record_id"], told["other_record_id"]) == (one, two)
    assert "names that agree (+" in told["evidence"]
    assert "Byron" not in told["evidence"]


def test_two_people_with_records_in_both_platforms_are_in_doubt_once(crowd: Desk) -> None:
    crowd.lead(0)
    crowd.contact(0)
    bare = crowd.lead(0, **BARE)
    (told,) = crowd.look()["doubts"]
    assert bare in {told["record_id"], told["other_record_id"]}


def test_namesakes_in_one_city_with_other_employers_are_asked_about_and_never_called_duplicates(crowd: Desk) -> None:
    place = {"City": "Berlin", "Country": "Germany"}
    one = crowd.lead(0, **place)
    two = crowd.lead(0, **place, Email="a.byron@loom.example", Company="loom", Website="loom.example")
    found = crowd.look()
    assert found["duplicates"] == []
    assert [(row["record_id"], row["other_record_id"]) for row in found["doubts"]] == [(one, two)]


def test_a_record_without_any_address_at_the_same_company_is_a_duplicate(crowd: Desk) -> None:
    one, two = crowd.lead(0), crowd.lead(0, Email=None)
    assert {row["record_id"] for row in crowd.look()["duplicates"]} == {one, two}


@pytest.mark.parametrize(("keys", "doubts"), [(("lf_1", "lf_2"), 0), (("lf_1", None), 1)])
def test_whom_leadflow_took_for_two_people_is_not_asked_about_again(
    crowd: Desk, keys: tuple[str, str | None], doubts: int
) -> None:
    crowd.lead(0, Leadflow_ID=keys[0])
    crowd.lead(0, Leadflow_ID=keys[1], **BARE)
    assert len(crowd.look()["doubts"]) == doubts


def test_fill_rates_count_what_is_filled_and_know_fields_that_nobody_fills(desk: Desk) -> None:
    desk.rows["raw.zoho__metadata"].append(
        ("f1", {"api_name": "Fax", "field_label": "Fax number"}, {"kind": "field", "module": "Leads"})
    )
    desk.lead(0, Title="", Tags=[], Employees=0)
    desk.lead(1, Title="CEO")
    rows = {row["field"]: row for row in desk.look()["fields"]}
    assert (rows["Email"]["filled"], rows["Email"]["filled_pct"]) == ("2", "100.0")
    assert (rows["Title"]["filled"], rows["Title"]["records"]) == ("1", "2")
    assert rows["Employees"]["filled"] == "1", "zero is a value"
    assert rows["Tags"]["filled"] == "0"
    assert (rows["Fax"]["filled"], rows["Fax"]["label"]) == ("0", "Fax number")
    assert "id" not in rows


def test_every_case_links_to_its_record(desk: Desk) -> None:
    lead, contact = desk.lead(0, Owner=None), desk.contact(1, assignedTo=None)
    desk.contact(2)
    links = {row["link"] for row in desk.look()["owners"]}
    assert links == {f"https://crm.zoho.com/crm/org1/tab/Leads/{lead}", f"https://app.gohighlevel.com/c/{contact}"}


def test_what_was_not_read_is_not_answered(desk: Desk) -> None:
    desk.lead(0)
    found = desk.look()
    assert "customers" not in found
    assert "duplicates" in found


def leadflow(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["leadflow", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def untouched(house_of: Callable[..., House]) -> House:
    """A workspace whose warehouse and ledger would break if anybody opened them."""
    house = house_of(people=120, samples=False)
    for name in ("warehouse.duckdb", "ledger.db"):
        (house.folder / name).write_text("not to be opened")
    return house


def test_the_command_reads_only_and_leaves_the_workspace_as_it_was(
    untouched: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leadflow(monkeypatch, "audit", "--json") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["platforms"] == ["zoho", "ghl"]
    assert told["counts"]["zoho"] > 0
    assert told["left_out"] == []
    assert untouched.requests("write", "spend") == []
    assert {line["vendor"] for line in untouched.requests()} == {"zoho", "ghl"}
    for name in ("warehouse.duckdb", "ledger.db"):
        assert (untouched.folder / name).read_text() == "not to be opened"
    assert not (untouched.folder / "landing").exists()
    page = (untouched.folder / "audit" / "audit.html").read_text(encoding="utf-8")
    figures = {name: int(told.replace(",", "")) for name, told in re.findall(r'id="figure-(\w+)">([\d,]+)', page)}
    for finding in told["findings"]:
        rows = len(read(Path(finding["csv"])))
        assert figures[finding["name"]] == finding["rows"] == rows
    assert set(figures) == {finding.name for finding in FINDINGS}


@pytest.mark.parametrize("platforms", [("zoho", "GHL_"), ("ghl", "ZOHO_")], ids=["zoho", "ghl"])
def test_one_platform_is_enough(
    untouched: House,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    platforms: tuple[str, str],
) -> None:
    kept, gone = platforms
    for name in untouched.running.environment():
        if name.startswith((gone, "APOLLO_")):
            monkeypatch.delenv(name)
    assert leadflow(monkeypatch, "audit", "--output", str(untouched.folder / "there")) == 0
    assert "nothing was written or bought" in capsys.readouterr().out
    assert {line["vendor"] for line in untouched.requests()} == {kept}
    assert (untouched.folder / "there" / "audit.html").exists()


def test_a_platform_that_refuses_is_left_out_and_told(
    untouched: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GHL_TOKEN", "pit-wrong-token-0123456789")
    assert leadflow(monkeypatch, "audit", "--json") == 1
    printed = capsys.readouterr().out
    told = json.loads(printed.splitlines()[-1])
    assert told["platforms"] == ["zoho"]
    assert "ghl was not looked at" in told["left_out"][0]
    assert "pit-wrong-token" not in printed


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (("GHL_TOKEN",), "GHL_TOKEN not set, but ghl is configured in part"),
        (("ZOHO_CLIENT_SECRET", "ZOHO_CLIENT_ID"), "not set, but zoho is configured in part"),
        (
            ("GHL_TOKEN", "GHL_LOCATION_ID", "ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_REFRESH_TOKEN"),
            "nothing to audit: set ZOHO_CLIENT_ID",
        ),
    ],
)
def test_what_is_missing_is_named_before_any_call(
    untouched: House,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    gone: tuple[str, ...],
    told: str,
) -> None:
    for name in gone:
        monkeypatch.delenv(name)
    assert leadflow(monkeypatch, "audit") == 2
    assert told in capsys.readouterr().err
    assert untouched.requests() == []


READING = frozenset(
    {
        *("contacts.readonly", "opportunities.readonly", "conversations.readonly", "conversations/message.readonly"),
        *("locations/customFields.readonly", "users.readonly"),
    }
)


def narrowed(house: House, *, ghl: frozenset[str], zoho: frozenset[str]) -> None:
    vendors: Any = house.running.sandbox.vendors
    vendors["ghl"]._switches = replace(vendors["ghl"]._switches, scopes=ghl)
    vendors["zoho"].switches = replace(vendors["zoho"].switches, missing_scopes=zoho)


def test_tokens_that_may_only_read_are_enough(
    untouched: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spare = frozenset({"ZohoCRM.bulk.ALL", "ZohoCRM.coql.READ", "ZohoSearch.securesearch.READ", "ZohoFiles.files.ALL"})
    narrowed(untouched, ghl=READING, zoho=spare)
    assert leadflow(monkeypatch, "audit", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["left_out"] == []


def test_what_a_token_may_not_read_is_left_out_and_told(
    untouched: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrowed(
        untouched,
        ghl=frozenset({"contacts.readonly"}),
        zoho=frozenset({"ZohoCRM.org.READ", "ZohoCRM.users.READ"}),
    )
    assert leadflow(monkeypatch, "audit", "--json") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["platforms"] == ["zoho", "ghl"]
    left = " | ".join(told["left_out"])
    for what in ("zoho organisation", "zoho metadata user", "ghl opportunities", "ghl messages Email", "ghl metadata"):
        assert what in left
    rows = {finding["name"]: finding["rows"] for finding in told["findings"]}
    assert rows["customers"] is None
    assert rows["fields"]
