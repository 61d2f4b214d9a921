from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.identity.keys import KeyDecision, KnownKeys, assign, follow, key_of

START = datetime(2026, 1, 1, tzinfo=UTC)
A, B, C = ("apollo", "a"), ("salesnav", "b"), ("apollo", "c")
LEAD, CONTACT = ("zoho:Leads", "1"), ("zoho:Contacts", "2")


def after(known: KnownKeys, decision: KeyDecision, day: int = 0) -> KnownKeys:
    """The ledger's memory after a build."""
    born = dict.fromkeys(decision.born, START + timedelta(days=day))
    return KnownKeys(
        members={**known.members, **decision.assigned},
        born={**born, **known.born},
        redirects={**known.redirects, **decision.redirects},
    )


def test_a_new_person_is_born_with_the_hash_of_the_founding_record():
    decision = assign([[B, A]], KnownKeys(), {})
    assert decision.born == {key_of(B): B}
    assert decision.assigned == {A: key_of(B), B: key_of(B)}


def test_a_rebuild_gives_the_same_keys_and_bears_nobody():
    first = assign([[A, B], [C]], KnownKeys(), {})
    again = assign([[C], [B, A]], after(KnownKeys(), first), {})
    assert again.assigned == first.assigned
    assert (again.born, again.redirects) == ({}, {})


def test_a_merge_keeps_the_oldest_key_and_redirects_the_other():
    known = after(KnownKeys(), assign([[C]], KnownKeys(), {}), day=0)
    known = after(known, assign([[A], [C]], known, {}), day=1)
    decision = assign([[A, C]], known, {})
    assert set(decision.assigned.values()) == {key_of(C)}
    assert decision.redirects == {key_of(A): key_of(C)}


def test_a_merge_keeps_the_key_confirmed_in_a_crm_even_when_it_is_younger():
    known = after(KnownKeys(), assign([[C]], KnownKeys(), {}), day=0)
    known = after(known, assign([[A, LEAD], [C]], known, {}), day=1)
    decision = assign([[A, C, LEAD]], known, {LEAD: key_of(A)})
    assert set(decision.assigned.values()) == {key_of(A)}
    assert decision.redirects == {key_of(C): key_of(A)}


def test_a_contact_confirms_more_than_a_lead():
    known = after(KnownKeys(), assign([[A, LEAD], [C, CONTACT]], KnownKeys(), {}))
    decision = assign([[A, C, LEAD, CONTACT]], known, {LEAD: key_of(A), CONTACT: key_of(C)})
    assert decision.redirects == {key_of(A): key_of(C)}


def test_a_split_leaves_the_key_with_the_side_that_holds_the_vendor_record():
    known = after(KnownKeys(), assign([[A, B, LEAD]], KnownKeys(), {}))
    decision = assign([[A], [B, LEAD]], known, {LEAD: key_of(A)})
    assert decision.assigned[LEAD] == decision.assigned[B] == key_of(A)
    assert decision.assigned[A] == key_of(A, generation=1)


def test_a_split_without_a_vendor_record_leaves_the_key_with_the_founder():
    known = after(KnownKeys(), assign([[A, B, C]], KnownKeys(), {}))
    decision = assign([[A], [B, C]], known, {})
    assert decision.assigned == {A: key_of(A), B: key_of(B), C: key_of(B)}
    assert decision.redirects == {}


def test_a_merge_that_is_undone_never_revives_the_redirected_key():
    known = after(KnownKeys(), assign([[A], [C]], KnownKeys(), {}))
    known = after(known, assign([[A, C]], known, {}))
    decision = assign([[A], [C]], known, {})
    assert len(set(decision.assigned.values())) == 2
    assert not set(decision.assigned.values()) & set(known.redirects)


def test_a_key_that_only_a_platform_remembers_is_adopted():
    decision = assign([[A, LEAD]], KnownKeys(), {LEAD: "lf_from_before"})
    assert decision.assigned == {A: "lf_from_before", LEAD: "lf_from_before"}
    assert decision.born == {"lf_from_before": A}


def test_a_merged_key_still_stored_in_a_platform_stands_for_its_heir():
    known = KnownKeys(members={A: "new"}, born={"new": START, "old": START}, redirects={"old": "new"})
    assert assign([[A], [LEAD]], known, {LEAD: "old"}).assigned[LEAD] == "new"


def test_a_record_that_was_away_comes_back_to_its_person():
    known = after(KnownKeys(), assign([[A], [B]], KnownKeys(), {}))
    known = after(known, assign([[A]], known, {}))
    assert assign([[A], [B]], known, {}).assigned[B] == key_of(B)


RECORDS = [(source, str(n)) for source in ("apollo", "salesnav", "zoho:Leads", "zoho:Contacts") for n in range(5)]


class Builds(RuleBasedStateMachine):
    """Random streams of builds over few records: clusters fall apart and join as they like."""

    def __init__(self) -> None:
        super().__init__()
        self.known = KnownKeys()
        self.stored: dict[tuple[str, str], str] = {}
        self.decision = KeyDecision()
        self.day = 0

    @rule(groups=st.lists(st.integers(0, 7), min_size=len(RECORDS), max_size=len(RECORDS)), write=st.booleans())
    def build(self, groups: list[int], write: bool) -> None:
        clusters: dict[int, list[tuple[str, str]]] = {}
        for record, group in zip(RECORDS, groups, strict=True):
            if group:
                clusters.setdefault(group, []).append(record)
        before = self.known
        decision = assign(list(clusters.values()), before, self.stored)
        self._laws(list(clusters.values()), before, decision)
        self.day += 1
        self.known, self.decision = after(before, decision, self.day), decision
        again = assign(list(clusters.values()), self.known, self.stored)
        assert again == KeyDecision(assigned=decision.assigned)
        if write:
            for record, key in decision.assigned.items():
                if record[0].startswith("zoho"):
                    self.stored[record] = key

    def _laws(self, clusters, before: KnownKeys, decision: KeyDecision) -> None:
        owners = [{decision.assigned[record] for record in cluster} for cluster in clusters]
        assert all(len(keys) == 1 for keys in owners), "a person has one key"
        keys = [next(iter(found)) for found in owners]
        assert len(keys) == len(set(keys)), "no two people share a key"
        assert not set(decision.born) & set(before.born), "a key is born once"
        for record, key in decision.assigned.items():
            had = before.members.get(record)
            if had is None or before.living(had) == key:
                continue
            living = before.living(had)
            merged = decision.redirects.get(living) == key
            split = living in keys or living in decision.redirects
            assert merged or split, "a key moves by a merge or a split only"

    @invariant()
    def redirects_end(self) -> None:
        living = set(self.decision.assigned.values())
        for old in self.known.redirects:
            end = follow(old, self.known.redirects)
            assert end not in self.known.redirects
            assert old not in living


Builds.TestCase.settings = settings(max_examples=60, stateful_step_count=8, deadline=None)
TestBuilds = Builds.TestCase


@given(st.permutations(RECORDS))
def test_the_order_of_clusters_changes_nothing(records):
    known = KnownKeys(members=dict.fromkeys(RECORDS[:6], "k"), born={"k": START})
    assert assign([[record] for record in records], known, {}) == assign([[record] for record in RECORDS], known, {})
