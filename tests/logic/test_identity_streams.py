"""Keys under any stream of records, writes, decisions and rebuilds, through engine, decisions and keys together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pipeline.errors import ConfigurationError
from pipeline.identity.anchoring import anchored
from pipeline.identity.decisions import Side, contradiction, numbered, rule_on, split
from pipeline.identity.engine.clusters import Decisions
from pipeline.identity.keys import KeyDecision, KnownKeys
from pipeline.identity.matching import STRONG
from pipeline.identity.members import people

START = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = {
    "name": ["john\x1fsmith", "j.\x1fsmith", "jane\x1fsmith", "john\x1fsmith jr", "nina\x1fpetrova", None],
    "email": ["john@acme.com", "john2@acme.com", "nina@zenith.de", "smith@gmail.com", None],
    "phone": ["+14155551234", None],
    "linkedin_url": [
        "https://www.linkedin.com/in/john-smith-1a2b3c4d",
        "https://www.linkedin.com/in/jane-9z8y7x",
        None,
    ],
    "company": ["acme robotics", "zenith", None],
    "apollo_id": ["5f1", None, None, None],
    "member_id": ["ACwAAA1", "ACwAAA2", None, None, None],
}
TEXT = ("name", "email", "phone", "linkedin_url", "company", "website", "title", "city", "country")
leads = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})


@dataclass
class Identity:
    """What a workspace knows: records in the order they came, keys given out, keys stored at a vendor, decisions.

    `gone`: records of a vendor that were deleted there.
    """

    records: dict[tuple[str, str], dict[str, str | None]] = field(default_factory=dict)
    known: KnownKeys = field(default_factory=KnownKeys)
    stored: dict[tuple[str, str], str] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)
    pairs: list[tuple[tuple[str, str], tuple[str, str], str]] = field(default_factory=list)

    def build(self) -> KeyDecision:
        names = list(self.records)
        told = (*TEXT, *STRONG)
        columns = {name: pa.array([self.records[one].get(name) for one in names], pa.string()) for name in told}
        columns |= {"record_id": pa.array(range(len(names)), pa.int64())}
        held = self.held()
        columns |= {"our_key": pa.array([held.get(name) for name in names], pa.string())}
        numbers = {name: number for number, name in enumerate(names)}
        founders = [
            {"record_no": number, "source": name[0], "source_id": name[1], "is_gone": name in self.gone}
            | {"leadflow_id": self.known.living(held[name]) if name in held else None}
            for number, name in enumerate(names)
        ]
        found = anchored(pa.table(columns), founders, self.known, Decisions(*numbered(self.pairs, numbers)))
        return people(founders, found.filter(found.column("is_link")), self.known)

    def held(self) -> dict[tuple[str, str], str]:
        """Return the keys without those that were copied from an older record (`sql/identity/features.sql`)."""
        first: dict[tuple[str, str], tuple[str, str]] = {}
        for name, key in self.stored.items():
            first.setdefault((name[0], key), name)
        return {name: key for (_, key), name in first.items()}

    def keep(self, decision: KeyDecision, day: int) -> None:
        self.known = KnownKeys(
            members={**self.known.members, **decision.assigned},
            born={**dict.fromkeys(decision.born, START + timedelta(day)), **self.known.born},
            redirects={**self.known.redirects, **decision.redirects},
        )

    def side(self, record: tuple[str, str]) -> Side:
        key = self.known.living(self.known.members[record])
        mine = {one for one, held in self.known.members.items() if self.known.living(held) == key}
        return Side(key=key, records=frozenset(mine))

    def decide(self, ruling) -> bool:
        """Keep a decision as the ledger does: opposite ones between the sides are replaced, contradictions refused."""
        kept = [
            (one, other, verdict)
            for one, other, verdict in self.pairs
            if verdict == ruling.verdict
            or not ((one in ruling.left and other in ruling.right) or (one in ruling.right and other in ruling.left))
        ]
        fresh = [*kept, *((*pair, ruling.verdict) for pair in ruling.pairs)]
        if contradiction(fresh) is not None:
            return False
        self.pairs = list(dict.fromkeys(fresh))
        return True

    def together(self, assigned) -> set[frozenset[tuple[str, str]]]:
        groups: dict[str, set[tuple[str, str]]] = {}
        for record, key in assigned.items():
            groups.setdefault(key, set()).add(record)
        return {frozenset(group) for group in groups.values()}


class Streams(RuleBasedStateMachine):
    """Days of a workspace: leads come, people are written to the CRM, people decide, and everything is built again."""

    def __init__(self) -> None:
        super().__init__()
        self.identity = Identity()
        self.day = 0

    @initialize(first=st.lists(leads, min_size=2, max_size=4))
    def begin(self, first) -> None:
        for values in first:
            self.identity.records["apollo", f"a{len(self.identity.records)}"] = values
        self._run()

    @rule(values=leads, source=st.sampled_from(["apollo", "salesnav"]))
    def come(self, values, source) -> None:
        self.day += 1
        self.identity.records[source, f"{source[0]}{self.day}n"] = values
        self._run()

    @rule(chosen=st.integers(0, 30), source=st.sampled_from(["zoho:Leads", "ghl:contact"]))
    def write(self, chosen, source) -> None:
        """A person is written to a vendor: the record comes back with our key and the values."""
        one = self._any(chosen)
        side = self.identity.side(one)
        if not any(record[0] == source for record in side.records):
            self._store(source, self.identity.records[one], side.key)
        self._run()

    @rule(chosen=st.integers(0, 30), key=st.sampled_from([None, "lf_unknown"]))
    def copy(self, chosen, key) -> None:
        """Somebody copies a vendor's record with the key, or one comes whose key nobody knows."""
        stored = list(self.identity.stored)
        if stored:
            one = stored[chosen % len(stored)]
            self._store(one[0], self.identity.records[one], key or self.identity.stored[one])
            self._run()

    @rule(chosen=st.integers(0, 30), values=leads)
    def edit(self, chosen, values) -> None:
        """A record has other values from now on."""
        self.identity.records[self._any(chosen)] = values
        self._run()

    @rule(left=st.integers(0, 30), right=st.integers(0, 30), what=st.sampled_from(["name", "email", "linkedin_url"]))
    def swap(self, left, right, what) -> None:
        """Two records exchange a value, as after a slip in a spreadsheet; what they store is theirs as before."""
        one, other = self._any(left), self._any(right)
        mine, theirs = self.identity.records[one], self.identity.records[other]
        self.identity.records[one] = mine | {what: theirs.get(what)}
        self.identity.records[other] = theirs | {what: mine.get(what)}
        self._run()

    @rule(chosen=st.integers(0, 30), values=leads)
    def copy_for_somebody_else(self, chosen, values) -> None:
        """Somebody copies a vendor's record, key and all, and makes another person of the copy."""
        stored = list(self.identity.stored)
        if stored:
            one = stored[chosen % len(stored)]
            self._store(one[0], values, self.identity.stored[one])
            self._run()

    @rule(chosen=st.integers(0, 30))
    def leave(self, chosen) -> None:
        """A vendor's record is deleted there; a lead is in no list any more."""
        one = self._any(chosen)
        if one in self.identity.stored:
            self.identity.gone.add(one)
        elif len(self.identity.records) > 1:
            del self.identity.records[one]
        self._run()

    @rule(left=st.integers(0, 30), right=st.integers(0, 30), verdict=st.sampled_from(["same", "different"]))
    def decide(self, left, right, verdict) -> None:
        one, other = self.identity.side(self._any(left)), self.identity.side(self._any(right))
        if one.key != other.key and self.identity.decide(rule_on(one, other, verdict)):
            self._run()

    @rule(chosen=st.integers(0, 30), bits=st.integers(1, 62))
    def part(self, chosen, bits) -> None:
        side = self.identity.side(self._any(chosen))
        taken = [record for place, record in enumerate(sorted(side.records)) if bits >> place % 6 & 1]
        try:
            ruling = split(side, taken)
        except ConfigurationError:
            return
        if self.identity.decide(ruling):
            self._run()

    @precondition(lambda self: self.day > 1)
    @rule()
    def lose_the_ledger_and_rebuild(self) -> None:
        """Keys stored at a vendor are adopted again, whatever else was forgotten."""
        before = self.identity.build().assigned
        known, self.identity.known = self.identity.known, KnownKeys()
        decision = self.identity.build()
        keys = [decision.assigned[record] for record in self.identity.stored]
        groups = self.identity.together(decision.assigned)
        assert len(groups) == len(set(decision.assigned.values()))
        assert set(keys) <= set(decision.assigned.values())
        self.identity.known = known
        assert self.identity.build().assigned == before

    def _store(self, source, values, key) -> None:
        self.day += 1
        place = (source, f"{source[0]}{self.day}v")
        self.identity.records[place] = values | {"linkedin_url": None, "apollo_id": None, "member_id": None}
        self.identity.stored[place] = key

    def _any(self, chosen: int) -> tuple[str, str]:
        return list(self.identity.records)[chosen % len(self.identity.records)]

    def _run(self) -> None:
        before = self.identity.known
        decision = self.identity.build()
        self._laws(before, decision)
        self.day += 1
        self.identity.keep(decision, self.day)
        again = self.identity.build()
        assert again == KeyDecision(assigned=decision.assigned), "a second run on the same input changes nothing"

    def _laws(self, before: KnownKeys, decision: KeyDecision) -> None:
        assigned = decision.assigned
        assert set(assigned) == set(self.identity.records), "every record is somebody"
        living = set(assigned.values())
        assert not living & (set(before.redirects) | set(decision.redirects)), "a merged key has no records"
        assert not set(decision.born) & set(before.born), "a key is born once"
        for one, other, verdict in self.identity.pairs:
            if one in assigned and other in assigned:
                assert (assigned[one] == assigned[other]) is (verdict == "same"), "people have the last word"
        for record, key in assigned.items():
            had = before.members.get(record)
            if had is not None and before.living(had) != key:
                old = before.living(had)
                assert decision.redirects.get(old) == key or old in living or old in decision.redirects


Streams.TestCase.settings = settings(max_examples=25, stateful_step_count=8, deadline=None)
TestStreams = Streams.TestCase


def test_a_merge_that_is_taken_back_is_as_if_it_had_never_been():
    identity = Identity()
    ada = {"name": "ada\x1fbyron", "linkedin_url": "https://www.linkedin.com/in/ada-1a2b3c4d"}
    for source, number in (("apollo", "1"), ("salesnav", "2"), ("zoho:Leads", "3")):
        identity.records[source, number] = ada
    identity.records["apollo", "9"] = {"name": "grace\x1fhopper", "email": "grace@navy.mil"}
    first = identity.build()
    identity.keep(first, 1)
    identity.stored["zoho:Leads", "3"] = first.assigned["zoho:Leads", "3"]
    before = identity.together(first.assigned)
    assert len(before) == 2
    assert identity.decide(rule_on(identity.side(("apollo", "1")), identity.side(("apollo", "9")), "same"))
    merged = identity.build()
    assert len(identity.together(merged.assigned)) == 1
    identity.keep(merged, 2)
    assert identity.decide(split(identity.side(("apollo", "1")), [("apollo", "9")]))
    parted = identity.build()
    assert identity.together(parted.assigned) == before
    # The key stays where the vendor record is; one that was merged away never comes back.
    assert parted.assigned["apollo", "1"] == first.assigned["apollo", "1"]
    assert parted.assigned["apollo", "9"] not in {first.assigned["apollo", "9"], first.assigned["apollo", "1"]}


def test_a_split_with_a_vendors_record_on_either_side_is_the_same_the_next_day():
    # Both vendors store the key. It stays with the Zoho record, and another record stands for it: to that one the
    # contact of GoHighLevel is tied from then on.
    identity = Identity()
    john, twin = {"email": "john@acme.com", "member_id": "ACwAAA1"}, {"email": "john2@acme.com", "member_id": "ACwAAA1"}
    identity.records = {("apollo", "1"): john, ("apollo", "2"): twin}
    first = identity.build()
    identity.keep(first, 1)
    for vendor in (("ghl:contact", "g"), ("zoho:Leads", "z")):
        identity.records[vendor] = {"email": "john@acme.com"}
        identity.stored[vendor] = first.assigned["apollo", "1"]
    identity.keep(identity.build(), 2)
    assert identity.decide(split(identity.side(("apollo", "1")), [("apollo", "1"), ("ghl:contact", "g")]))
    parted = identity.build()
    identity.keep(parted, 3)
    assert identity.build() == KeyDecision(assigned=parted.assigned)


def test_no_records_are_no_people():
    assert Identity().build() == KeyDecision()
    assert Identity().together({}) == set()
