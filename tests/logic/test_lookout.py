"""Looking again while a plan is being sent: edits and opt-outs that come meanwhile, looks that are still fresh."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from assets import targets
from assets.lookout import GLANCE, OWN_GLANCE, RECORDS_A_GLANCE, Lookout
from assets.targets import Target
from assets.watermarks import WATERMARKS
from pipeline.errors import QuotaExhausted
from pipeline.models import PlanRow
from pipeline.rules import packaged
from resources.freshness import LAG, collect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resources.freshness import Delta

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
ADA, BEN = "lf_ada", "lf_ben"
ROWS = (
    PlanRow(
        vendor="zoho", object="Leads", record_id="1", person_key=ADA, action="update", field="City",
        old_value="Oslo", new_value="Bergen", policy="fill_blank", reason="",
    ),
)  # fmt: skip


@dataclass
class Street:
    """Two vendors whose records people change, a clock, and the looks that were taken."""

    now: datetime = START
    looks: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    changed: dict[str, list[tuple[str, dict[str, Any]]]] = field(default_factory=lambda: {"zoho": [], "ghl": []})
    exhausted: set[str] = field(default_factory=set)
    made: dict[tuple[str, str], str] = field(default_factory=dict)
    refusals: list[dict[str, str]] = field(default_factory=list)
    blind_until: dict[str, datetime] = field(default_factory=dict)
    places: dict[str, dict[str, tuple[str, str]]] = field(
        default_factory=lambda: {"zoho": {ADA: ("Leads", "1")}, "ghl": {BEN: ("contact", "g1")}}
    )

    def passing(self) -> datetime:
        """Return the moment; as everywhere, it is another one each time somebody asks."""
        self.now += timedelta(microseconds=1)
        return self.now

    def delta(self, vendor: str, read_to: Mapping[str, str]) -> Delta:
        self.looks.append((vendor, dict(read_to)))
        if vendor in self.exhausted:
            raise QuotaExhausted("no credits", resumes_at=START + timedelta(hours=1))
        feeds = {"Leads": "raw.zoho__leads"} if vendor == "zoho" else {"contact": "raw.ghl__contacts"}
        pages = [(kind, [row]) for kind, row in self.changed[vendor]]
        return collect(pages, dict, moved_by="moved", feeds=feeds)

    def target(self, vendor: str) -> Target:
        return Target(
            vendor=vendor,
            layer="crm" if vendor == "zoho" else "outreach",
            writer=lambda _stage: pytest.fail("nothing is written here"),
            capabilities=lambda _stage: pytest.fail("no capabilities are asked for"),
            users=lambda _stage: {},
            place=lambda _row: (None, None),
            told=lambda _row: {},
            delta=lambda _stage, read_to: self.delta(vendor, read_to),
            refused=lambda _stage, read_to: self.refused(vendor, read_to),
        )

    def refused(self, vendor: str, read_to: Mapping[str, str]) -> Delta:
        if vendor == "ghl":
            return self.delta(vendor, read_to)
        self.refusals.append(dict(read_to))
        return collect([(kind, [row]) for kind, row in self.changed[vendor] if row.get("Email_Opt_Out")], dict)

    def lookout(self, vendor: str = "zoho") -> Lookout:
        people = [
            {"person_key": "lf_held", "hold_reason": "a customer", "optouts": []},
            {"person_key": "lf_told", "hold_reason": "opted out", "optouts": ["email"]},
        ]
        session = SimpleNamespace(batches=lambda _query, size: iter([people][:size]))
        stage: Any = SimpleNamespace(
            now=self.passing,
            rules=packaged(),
            opened=SimpleNamespace(blind_until=self.blind_until),
            warehouse=SimpleNamespace(open=lambda: nullcontext(session), release=lambda: None),
            ledger=SimpleNamespace(
                id_map=lambda vendor: self.places[vendor],
                made_by=lambda _plan: dict(self.made),
                rows_about=lambda _plan, ids: [row for row in ROWS if row.record_id in ids],
            ),
        )
        plan: Any = SimpleNamespace(plan_hash="p", summary={WATERMARKS: {"raw.zoho__leads": "then"}})
        return Lookout(stage, targets.TARGETS[vendor], plan)


@pytest.fixture
def street(monkeypatch: pytest.MonkeyPatch) -> Street:
    made = Street()
    for vendor in ("zoho", "ghl"):
        monkeypatch.setitem(targets.TARGETS, vendor, made.target(vendor))
    return made


def intent(operation: str = "update", *, person: str = ADA, record_id: str | None = "1") -> Any:
    name = f"{person} {operation}"
    return SimpleNamespace(intent_id=name, object="Leads", record_id=record_id, operation=operation, person_key=person)


def lead(city: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "Leads", {"id": "1", "City": city, "moved": START.isoformat(), **more}


def test_the_first_look_begins_where_the_plan_was_made_and_tells_what_moved(street: Street) -> None:
    street.changed["zoho"] = [lead("Rome")]
    lookout = street.lookout()
    assert list(lookout.moved([intent(), intent("convert")])) == [f"{ADA} update"]
    assert street.looks[0] == ("zoho", {"raw.zoho__leads": "then"})


def test_a_look_is_not_repeated_while_it_is_fresh(street: Street) -> None:
    lookout = street.lookout()
    for _ in range(3):
        assert lookout.guard(intent()) is None
        street.now += GLANCE / 4
    assert [vendor for vendor, _ in street.looks] == ["zoho", "ghl"]


def test_an_edit_made_while_the_plan_is_being_sent_keeps_its_record_from_being_claimed(street: Street) -> None:
    lookout = street.lookout()
    assert lookout.guard(intent()) is None
    street.changed["zoho"] = [lead("Rome")]
    street.now += GLANCE
    assert lookout.guard(intent()) == "City was changed there since the plan was made"
    assert lookout.guard(intent("add_tags")) is None


def test_our_own_write_is_no_edit(street: Street) -> None:
    lookout = street.lookout()
    street.changed["zoho"] = [lead("Bergen")]
    assert lookout.guard(intent()) is None


def test_an_edit_that_was_seen_stays_seen_by_later_looks(street: Street) -> None:
    street.changed["zoho"] = [lead("Rome")]
    lookout = street.lookout()
    lookout.moved([intent()])
    street.changed["zoho"] = []
    street.now += GLANCE
    assert lookout.guard(intent()) is not None


def test_the_next_look_begins_a_little_before_the_newest_record_of_the_last(street: Street) -> None:
    street.changed["zoho"] = [lead("Oslo")]
    lookout = street.lookout()
    lookout.guard(intent())
    street.now += timedelta(minutes=1)
    lookout.guard(intent())
    assert street.looks[2] == ("zoho", {"raw.zoho__leads": (START - LAG).isoformat()})


def test_who_says_no_anywhere_while_the_plan_is_being_sent_is_held(street: Street) -> None:
    lookout = street.lookout()
    assert lookout.guard(intent(person=BEN)) is None
    dnd = {"id": "g1", "dndSettings": {"Email": {"status": "active", "code": "somebody"}}, "moved": START.isoformat()}
    street.changed["ghl"] = [("contact", dnd)]
    street.now += GLANCE
    assert lookout.guard(intent(person=BEN)) == "opted out of e-mail since the plan was made"
    assert lookout.guard(intent(person=ADA)) is None


def test_who_was_held_when_the_day_was_planned_is_held(street: Street) -> None:
    assert street.lookout().guard(intent(person="lf_held")) == "a customer"


def test_another_vendor_without_credits_stops_nobody_and_our_own_stops_the_sending(street: Street) -> None:
    street.exhausted = {"ghl"}
    assert street.lookout().guard(intent()) is None
    street.exhausted = {"zoho"}
    with pytest.raises(QuotaExhausted):
        street.lookout().guard(intent())


def test_new_records_are_not_read_back_while_they_are_written(street: Street) -> None:
    lookout = street.lookout()
    lookout.guard(intent("insert", record_id=None))
    street.now += GLANCE
    street.looks.clear()

    lookout.guard(intent("insert", record_id=None))

    assert [vendor for vendor, _ in street.looks] == ["ghl"]


def test_records_that_the_plan_made_are_not_read_back_while_they_are_tagged(street: Street) -> None:
    lookout = street.lookout()
    lookout.guard(intent("insert", record_id=None))
    street.made[("Leads", "2")] = "lf_cid"
    street.now += GLANCE
    street.looks.clear()

    assert lookout.guard(intent("add_tags", person="lf_cid", record_id="2")) is None

    assert [vendor for vendor, _ in street.looks] == ["ghl"]
    assert len(street.refusals) == 1


def test_who_says_no_on_a_record_that_the_plan_made_is_held(street: Street) -> None:
    lookout = street.lookout()
    lookout.guard(intent("insert", record_id=None))
    street.made[("Leads", "2")] = "lf_cid"
    street.changed["zoho"] = [("Leads", {"id": "2", "Email_Opt_Out": True, "moved": START.isoformat()})]
    street.now += GLANCE

    told = lookout.guard(intent("add_tags", person="lf_cid", record_id="2"))

    assert told == "opted out of e-mail since the plan was made"


def test_tags_on_records_that_were_there_are_no_reason_to_read_what_was_written_meanwhile(street: Street) -> None:
    lookout = street.lookout()
    lookout.guard(intent("add_tags"))
    street.changed["zoho"] = [lead("Oslo", Email_Opt_Out=True)]
    street.now += GLANCE
    street.looks.clear()

    assert lookout.guard(intent("add_tags")) == "opted out of e-mail since the plan was made"

    assert [vendor for vendor, _ in street.looks] == ["ghl"]


def test_a_record_that_the_plan_did_not_make_is_looked_at_although_nobody_knows_whose_it_is(street: Street) -> None:
    lookout = street.lookout()
    lookout.guard(intent("insert", record_id=None))
    street.made[("Leads", "2")] = "lf_cid"
    street.now += GLANCE
    street.looks.clear()

    lookout.guard(intent(person="lf_dan", record_id="9"))

    assert "zoho" in [vendor for vendor, _ in street.looks]


def test_a_look_that_told_much_is_repeated_later(street: Street) -> None:
    street.changed["zoho"] = [("Leads", {"id": str(number), "City": "Oslo"}) for number in range(2 * RECORDS_A_GLANCE)]
    lookout = street.lookout()
    lookout.guard(intent())
    street.looks.clear()

    street.now += GLANCE
    lookout.guard(intent())
    assert "zoho" not in [vendor for vendor, _ in street.looks]

    street.now += GLANCE
    lookout.guard(intent())
    assert "zoho" in [vendor for vendor, _ in street.looks]


def no(record_id: str) -> tuple[str, dict[str, Any]]:
    return "contact", {"id": record_id, "dnd": True, "moved": START.isoformat()}


def test_who_said_no_since_the_plan_was_made_is_told_of_with_every_known_home(street: Street) -> None:
    street.places["zoho"][BEN] = ("Leads", "2")
    lookout = street.lookout()
    assert lookout.refusals() == {}
    street.changed["ghl"] = [no("g1")]
    street.now += GLANCE
    assert lookout.refusals() == {BEN: "opted out of e-mail since the plan was made"}
    assert lookout.homes("zoho", {BEN}) == [(BEN, ("Leads", "2"))]
    assert lookout.seen("ghl") == {("contact", "g1"): no("g1")[1]}


def test_who_was_planned_for_is_no_news_and_a_customer_who_says_no_is(street: Street) -> None:
    street.places["ghl"] |= {"lf_told": ("contact", "g2"), "lf_held": ("contact", "g3")}
    street.changed["ghl"] = [no("g2"), no("g3")]
    assert list(street.lookout().refusals()) == ["lf_held"]


def test_somebody_whose_record_was_made_since_the_sending_began_is_recognised(street: Street) -> None:
    lookout = street.lookout()
    assert lookout.refusals() == {}
    street.places["ghl"] = {**street.places["ghl"], "lf_new": ("contact", "g9")}
    street.changed["ghl"] = [no("g9"), no("g-of-nobody")]
    street.now += GLANCE
    assert list(lookout.refusals()) == ["lf_new"]


def test_a_vendor_that_cannot_be_asked_for_opt_outs_alone_is_looked_at_now_and_then(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(targets.TARGETS, "zoho", replace(street.target("zoho"), refused=None))
    lookout = street.lookout()
    lookout.guard(intent("insert", record_id=None))
    street.now += OWN_GLANCE - GLANCE
    street.looks.clear()
    lookout.guard(intent("insert", record_id=None))
    assert [vendor for vendor, _ in street.looks] == ["ghl"]
    street.now += GLANCE
    lookout.guard(intent("insert", record_id=None))
    assert [vendor for vendor, _ in street.looks] == ["ghl", "zoho", "ghl"]


def test_a_vendor_without_credits_is_not_asked_again_before_it_has_some(street: Street) -> None:
    street.exhausted = {"ghl"}
    lookout = street.lookout()
    for minutes in (0, 30, 59, 60):
        street.now = START + timedelta(minutes=minutes)
        lookout.guard(intent())
    assert [vendor for vendor, _ in street.looks].count("ghl") == 2


def test_a_vendor_that_refused_one_sender_is_left_alone_by_the_next_one_until_it_resumes(street: Street) -> None:
    street.exhausted.add("zoho")
    with pytest.raises(QuotaExhausted):
        street.lookout().guard(intent())
    street.looks.clear()
    street.blind_until["zoho"] = street.now + GLANCE

    writing = street.lookout("ghl")
    writing.guard(intent(person=BEN, record_id="g1"))
    assert "zoho" not in [vendor for vendor, _ in street.looks]
    assert street.refusals == []

    street.now += GLANCE
    writing.guard(intent(person=BEN, record_id="g1"))
    assert street.refusals != []


def test_a_refusal_is_remembered_with_the_moment_at_which_the_vendor_resumes(street: Street) -> None:
    street.exhausted.add("zoho")
    with pytest.raises(QuotaExhausted) as refused:
        street.lookout().guard(intent())
    assert street.blind_until == {"zoho": refused.value.resumes_at}
