"""What people decide about who is who: said of records, the latest wins, and it outlives every rebuild."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError
from pipeline.identity.decisions import Side, anchor, contradiction, numbered, ordered, rule_on, split
from pipeline.identity.keys import KeyDecision, KnownKeys, assign, key_of
from resources.decisionfiles import parse, take_in
from resources.ledger import Ledger
from resources.ledger.decisions import Decisions

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
A1, A2, A3 = ("apollo", "1"), ("zoho:Leads", "2"), ("ghl:contact", "3")
B1, B2 = ("salesnav", "member:x:y"), ("zoho:Contacts", "9")
C1 = ("apollo", "7")
ADA, BOB, CAT = key_of(A1), key_of(B1), key_of(C1)


def person(key, *records, named=None):
    return Side(key=key, records=frozenset(records), named=named)


class Clock:
    def __init__(self):
        self.at = NOW

    def __call__(self):
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", clock=Clock())
    assigned = {A1: ADA, A2: ADA, A3: ADA, B1: BOB, B2: BOB, C1: CAT}
    opened.record_keys("people", KeyDecision(assigned=assigned, born={ADA: A1, BOB: B1, CAT: C1}))
    yield opened
    opened.close()


@pytest.fixture
def decisions(ledger):
    return Decisions(ledger.store)


def decide(decisions, left, right, verdict, **told):
    return decisions.decide(rule_on(decisions.side(left), decisions.side(right), verdict), who="Ada", **told)


def test_the_founding_record_stands_for_a_person_else_a_source_before_a_platform():
    assert anchor([A2, A1, A3], ADA) == A1
    assert anchor([A3, B1, A2], ADA) == B1
    assert anchor([A3, A2], ADA) == A3


def test_two_people_are_decided_on_their_anchors():
    ruling = rule_on(person(ADA, A1, A2), person(BOB, B1, B2), "different")
    assert ruling.pairs == ((A1, B1),)
    assert (ruling.left, ruling.right) == (frozenset({A1, A2}), frozenset({B1, B2}))


def test_a_record_that_was_named_is_decided_on_itself():
    ruling = rule_on(person(ADA, A1, A2, named=A2), person(BOB, B1, B2), "same")
    assert ruling.pairs == (ordered(A2, B1),)


def test_records_of_one_person_can_be_told_apart_and_put_back():
    ends = (person(ADA, A1, A2, A3, named=A2), person(ADA, A1, A2, A3, named=A3))
    assert rule_on(*ends, "different").pairs == (ordered(A2, A3),)
    back = rule_on(person(ADA, A1, A2, A3, named=A2), person(ADA, A1, A2, A3), "same")
    assert (back.pairs, back.right) == ((ordered(A1, A2),), frozenset({A1, A3}))


@pytest.mark.parametrize(
    ("verdict", "told"), [("same", "already: there is nothing to decide"), ("different", "--split RECORD...")]
)
def test_one_person_alone_leaves_nothing_to_decide(verdict, told):
    with pytest.raises(ConfigurationError, match=told):
        rule_on(person(ADA, A1, A2), person(ADA, A1, A2), verdict)


def test_a_split_parts_every_record_taken_from_every_record_that_stays():
    ruling = split(person(ADA, A1, A2, A3), [A3])
    assert ruling.pairs == tuple(sorted((ordered(A1, A3), ordered(A2, A3))))


@pytest.mark.parametrize(
    ("apart", "told"),
    [
        ([], "no record was named"),
        ([A1, A2, A3], "these are all the records"),
        ([B1], "salesnav:member:x:y is no record"),
    ],
)
def test_a_split_takes_some_records_of_the_person_and_leaves_some(apart, told):
    with pytest.raises(ConfigurationError, match=told):
        split(person(ADA, A1, A2, A3), apart)


def test_the_key_stays_where_the_crm_record_is_after_a_split():
    known = KnownKeys(members={A1: ADA, A2: ADA, A3: ADA}, born={ADA: NOW})
    decision = assign([[A1, A3], [A2]], known, {A2: ADA, A3: ADA})
    assert decision.assigned[A2] == ADA
    assert decision.assigned[A1] == decision.assigned[A3] != ADA


def test_decisions_become_record_numbers_and_those_on_absent_records_wait():
    pairs = [(A1, B1, "same"), (A1, C1, "different"), (A2, B2, "different")]
    same, different = numbered(pairs, {A1: 4, B1: 2, A2: 0, B2: 7})
    assert (same.tolist(), different.tolist()) == ([[4, 2]], [[0, 7]])
    same, different = numbered([], {})
    assert (same.shape, different.shape, same.dtype.kind) == ((0, 2), (0, 2), "i")


PAIRS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from(["same", "different"])).filter(
        lambda pair: pair[0] != pair[1]
    ),
    max_size=12,
)


@given(PAIRS)
def test_a_contradiction_is_found_exactly_where_a_walk_over_the_sames_finds_one(told):
    pairs = [(("s", str(one)), ("s", str(other)), verdict) for one, other, verdict in told]
    groups = {record: {record} for pair in pairs for record in pair[:2]}
    for one, other, verdict in pairs:
        if verdict == "same":
            joined = groups[one] | groups[other]
            groups.update(dict.fromkeys(joined, joined))
    wrong = any(other in groups[one] for one, other, verdict in pairs if verdict == "different")
    assert (contradiction(pairs) is not None) == wrong


def test_a_side_is_named_by_key_old_key_or_record(ledger, decisions):
    ledger.record_keys("people", KeyDecision(redirects={"lf_old": "lf_older", "lf_older": ADA}))
    for text in (ADA, "lf_old", "lf_older", "apollo:1", "zoho:Leads:2"):
        assert decisions.side(text).key == ADA
        assert decisions.side(text).records == {A1, A2, A3}
    assert decisions.side("salesnav:member:x:y").named == B1
    assert decisions.side(ADA).named is None
    assert decisions.side("nobody") is None
    assert decisions.side("apollo:nobody") is None


def test_decisions_are_pairs_of_records_and_stay_when_keys_move(ledger, decisions):
    assert decide(decisions, ADA, BOB, "same") == 0
    assert decisions.pairs() == [(A1, B1, "same")]
    ledger.record_keys("people", KeyDecision(assigned={B1: ADA, B2: ADA}, redirects={BOB: ADA}))
    assert decisions.pairs() == [(A1, B1, "same")]
    assert decisions.side(BOB).key == ADA


def test_deciding_again_what_stands_changes_nothing(decisions):
    decide(decisions, ADA, BOB, "same")
    decide(decisions, BOB, ADA, "same")
    assert len(decisions.rows()) == 1


def test_the_latest_decision_between_two_people_replaces_the_others(decisions):
    decide(decisions, ADA, BOB, "same")
    assert decide(decisions, "zoho:Leads:2", "zoho:Contacts:9", "different") == 1
    assert decisions.pairs() == [(*ordered(A2, B2), "different")]
    assert [row["is_standing"] for row in decisions.rows()] == [False, True]


def test_a_split_takes_back_the_decision_that_joined_and_a_same_takes_back_the_split(ledger, decisions):
    decide(decisions, ADA, BOB, "same")
    ledger.record_keys("people", KeyDecision(assigned={B1: ADA, B2: ADA}, redirects={BOB: ADA}))
    whole = decisions.side(ADA)
    assert decisions.decide(split(whole, [B1, B2]), who="Ada") == 1
    assert {verdict for _, _, verdict in decisions.pairs()} == {"different"}
    assert len(decisions.pairs()) == 6
    ledger.record_keys("people", KeyDecision(assigned={B1: BOB, B2: BOB}, born={}))
    # BOB still redirects: a new key is given out for the side that lost it.
    ledger.record_keys("people", KeyDecision(assigned={B1: "lf_new", B2: "lf_new"}, born={"lf_new": B1}))
    assert decide(decisions, ADA, "lf_new", "same") == 6
    assert decisions.pairs() == [(A1, B1, "same")]


def test_an_older_decision_told_late_does_not_replace_a_newer_one(decisions):
    decide(decisions, ADA, BOB, "different", when=NOW)
    decide(decisions, ADA, BOB, "same", when=NOW - timedelta(days=2))
    assert decisions.pairs() == [(A1, B1, "different")]
    assert [row["verdict"] for row in decisions.rows()] == ["different", "same"]


def test_a_decision_that_others_contradict_through_a_third_person_is_refused(decisions):
    decide(decisions, ADA, BOB, "same")
    decide(decisions, BOB, CAT, "same")
    with pytest.raises(ConfigurationError, match=r"decided to be different, and by other decisions they are the same"):
        decide(decisions, ADA, CAT, "different")
    assert {verdict for _, _, verdict in decisions.pairs()} == {"same"}


MOVES = st.lists(
    st.tuples(
        st.sampled_from([ADA, BOB, CAT]), st.sampled_from([ADA, BOB, CAT]), st.sampled_from(["same", "different"])
    ).filter(lambda move: move[0] != move[1]),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(MOVES)
def test_whatever_is_decided_the_latest_word_on_two_people_stands_and_nothing_contradicts(tmp_path_factory, moves):
    ledger = Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('decisions') / 'ledger.db'}", clock=Clock())
    assigned = {A1: ADA, A2: ADA, B1: BOB, C1: CAT}
    ledger.record_keys("people", KeyDecision(assigned=assigned, born={ADA: A1, BOB: B1, CAT: C1}))
    decisions = Decisions(ledger.store)
    latest = {}
    for left, right, verdict in moves:
        try:
            decide(decisions, left, right, verdict)
        except ConfigurationError:
            continue
        latest[frozenset({left, right})] = verdict
    standing = decisions.pairs()
    assert {frozenset({assigned[one], assigned[other]}): verdict for one, other, verdict in standing} == latest
    assert len(standing) == len(latest)
    assert contradiction(standing) is None
    ledger.close()


HEADER = "left,right,decision,who,when\n"


def write(folder, text, name="d.csv"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_sheet_is_taken_in_once_whatever_it_is_called(tmp_path, decisions):
    lines = HEADER + f"apollo:1,{BOB},Same,Grace,2026-11-20\nzoho:Leads:2,apollo:7,different,Grace,\n"
    folder = write(tmp_path / "decisions", lines)
    assert take_in(folder, decisions, now=NOW) == (2, [])
    write(folder, lines, "copy.CSV")
    assert take_in(folder, decisions, now=NOW) == (0, [])
    assert decisions.pairs() == [(A1, B1, "same"), (*ordered(A2, C1), "different")]
    first, second = decisions.rows()
    assert (first["decided_by"], first["decided_at"], first["origin"]) == (
        "Grace",
        datetime(2026, 11, 20, tzinfo=UTC),
        "d.csv",
    )
    assert second["decided_at"] == NOW


def test_a_line_that_said_nothing_new_stays_silent_when_it_is_replaced_later(tmp_path, decisions):
    decide(decisions, ADA, BOB, "same", when=NOW - timedelta(days=1))
    folder = write(tmp_path / "decisions", HEADER + f"{ADA},{BOB},same,Grace,\n")
    take_in(folder, decisions, now=NOW)
    decide(decisions, ADA, BOB, "different")
    assert take_in(folder, decisions, now=NOW + timedelta(days=1)) == (0, [])
    assert [verdict for _, _, verdict in decisions.pairs()] == ["different"]


def test_a_semicolon_sheet_from_excel_is_read(decisions, tmp_path):
    folder = tmp_path / "decisions"
    folder.mkdir()
    text = f"Left;Right;Decision;Who;When\r\n{ADA};{BOB};same;Jürgen;\r\n"
    (folder / "excel.csv").write_bytes(text.encode("cp1252"))
    assert take_in(folder, decisions, now=NOW) == (1, [])
    assert decisions.rows()[0]["decided_by"] == "Jürgen"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (",x,same,Grace,", "d.csv, line 2: left is empty"),
        ("a,,same,Grace,", "d.csv, line 2: right is empty"),
        ("a,b,maybe,Grace,", "d.csv, line 2: decision is 'maybe'; allowed: same, different"),
        ("a,b,same,,", "d.csv, line 2: who is empty"),
        ("a,b,same,Grace,24.11.2026", "d.csv, line 2: when is '24.11.2026'; expected a day or moment such as"),
        ("a,b,same,Grace,2027-01-01", "d.csv, line 2: when is 2027-01-01, which is later than now"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_with_its_place(line, told):
    lines, problems = parse(f"{HEADER}{line}\n", name="d.csv", now=NOW)
    assert lines == []
    assert len(problems) == 1
    assert problems[0].startswith(told)


def test_a_wrong_line_or_file_hides_no_other(tmp_path, decisions):
    folder = write(
        tmp_path / "decisions", HEADER + f"nobody,{BOB},same,Grace,\n{ADA},{ADA},same,Grace,\n{ADA},{BOB},same,Grace,\n"
    )
    write(folder, "name,email\nx,y\n", "other.csv")
    (folder / "book.csv").write_bytes(b"PK\x03\x04zip")
    count, problems = take_in(folder, decisions, now=NOW)
    assert count == 1
    assert sorted(problem.split(":")[0] for problem in problems) == [
        "book.csv was not read",
        "d.csv, line 2",
        "d.csv, line 3",
        "other.csv",
    ]
    assert "'nobody', which is not known; expected a record such as" in " ".join(problems)
    assert "the column left, right, decision, who, when is missing" in " ".join(problems)


def test_no_folder_is_no_decision(tmp_path, decisions):
    assert take_in(tmp_path / "decisions", decisions, now=NOW) == (0, [])
