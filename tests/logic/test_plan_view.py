"""What a person sees of a plan: masked unless asked, complete in its counts, and short enough for a comment."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.mapping import load
from pipeline.models import PlanRow
from pipeline.planning.cost import forecast
from pipeline.planning.prices import Prices
from pipeline.planview import markdown, text
from pipeline.planview.facts import Budget, facts
from pipeline.planview.masks import mask, mask_reason
from pipeline.planview.purchases import Seen, comment, lines, purchases
from pipeline.planview.standing import Judged, Saved, Surroundings, standing
from pipeline.rules import packaged, parse
from pipeline.searches import Search

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PRICES = parse(Prices, "prices", packaged())
ZOHO = load("zoho", packaged())
PASSED = Judged("gate__quota", True, "enough")


def row(number, action="update", **changes):
    told = {
        "vendor": "zoho",
        "object": "Leads",
        "record_id": None if action == "insert" else f"57{number:03}",
        "person_key": f"lf_{number}",
        "reason": "our value changed",
    }
    return PlanRow(**{**told, "action": action, **changes})


def email(number, old="jane@acme.example", new="jane.doe@acme.example", **changes):
    return row(number, field="Email", old_value=old, new_value=new, policy="merge", **changes)


def saved(**changes):
    told = {"plan_hash": "4c1e90ab" * 4, "vendor": "zoho", "as_of": date(2026, 11, 24)}
    return Saved(**{**told, "made_at": NOW - timedelta(hours=3), **changes})


def around(**changes):
    return Surroundings(**{"now": NOW, "mode": "review", **changes})


def shown(rows, *, verdicts=(PASSED,), plan=None, **changes):
    told = {
        "mapping": ZOHO,
        "verdicts": verdicts,
        "forecast": forecast(rows, PRICES, vendor="zoho"),
        "budget": Budget(per_day=51_000, used=1_000),
        "around": around(),
    }
    return facts(plan or saved(), rows, **{**told, **changes})


ROWS = [
    row(1, "set_optout", lane="optout", field="Email_Opt_Out", old_value=False, new_value=True, reason="opted out"),
    row(1, "hold", reason="held back because the person opted out"),
    email(2),
    row(2, field="Engagement", old_value=10, new_value=40, policy="ours"),
    row(3, "insert", field="Last_Name", new_value="Moss", policy="merge", reason="not there yet"),
    row(3, "add_tags", record_id=None, field="Tag", new_value=["lf-core"], policy="union", reason="segment"),
    row(4, "skip", reason="duplicate of Leads/57999"),
    row(5, "skip", reason="duplicate of Leads/57998"),
    row(6, "skip", field="Phone", old_value="+1 212 555 0142", new_value="+1 212 555 0199", reason="edited: kept"),
]


def test_the_json_object_has_these_keys_and_no_others():
    assert set(shown(ROWS)) == {
        *("vendor", "plan", "as_of", "made_at", "age_seconds", "expires_at", "status", "says", "has_changes"),
        *("approved_by", "approved_at", "applied_at", "apply", "actions", "fields", "holds", "skips", "kept_fields"),
        *("automations", "gates", "forecast", "budget", "masked", "records", "records_left_out"),
    }
    assert json.loads(json.dumps(shown(ROWS))) == shown(ROWS)


def test_records_are_counted_by_action_and_object_and_skips_by_reason():
    told = shown(ROWS)
    assert told["actions"] == {
        "set_optout": {"Leads": 1},
        "update": {"Leads": 1},
        "add_tags": {"Leads": 1},
        "insert": {"Leads": 1},
        "hold": {"Leads": 1},
        "skip": {"Leads": 2},
    }
    assert told["skips"] == [{"reason": "duplicate of another record of the person", "records": 2}]
    assert told["holds"] == [{"reason": "held back because the person opted out", "records": 1}]
    assert told["kept_fields"] == [{"object": "Leads", "field": "Phone", "reason": "edited: kept", "records": 1}]
    assert told["fields"] == {"Leads": {"Email": 1, "Email_Opt_Out": 1, "Engagement": 1, "Tag": 1}}


def test_records_come_with_their_fields_opt_outs_first_and_new_ones_after_changes():
    told = shown(ROWS)["records"]
    assert [(item["person_key"], item["action"]) for item in told] == [
        ("lf_1", "set_optout"),
        ("lf_2", "update"),
        ("lf_3", "insert"),
        ("lf_6", "keep"),
    ]
    assert told[1]["changes"][1] == {
        "action": "update",
        "lane": "normal",
        "field": "Engagement",
        "old": 10,
        "new": 40,
        "policy": "ours",
        "reason": "our value changed",
    }
    assert told[2]["actions"] == ["insert", "add_tags"]


def test_a_limit_lists_so_many_records_and_counts_the_rest():
    told = shown([email(number) for number in range(9)], limit=4)
    assert (len(told["records"]), told["records_left_out"]) == (4, 5)
    assert told["actions"] == {"update": {"Leads": 9}}
    assert "... and 5 more records: --limit 0 lists all" in list(text.lines(told))


def test_no_value_of_a_person_is_shown_unless_asked_for():
    secrets = ["jane@acme.example", "jane.doe", "Moss", "212 555 0142", "555 0199"]
    told = shown(ROWS)
    for form in (json.dumps(told), "\n".join(text.lines(told)), markdown.comment(told)):
        assert not [secret for secret in secrets if secret in form]
        assert "j…@a….example" in form or "j\\u2026@a\\u2026.example" in form
    open_ = "\n".join(text.lines(shown(ROWS, show_pii=True)))
    assert not [secret for secret in secrets if secret not in open_]


@pytest.mark.parametrize(
    ("value", "kind", "masked"),
    [
        ("jane@acme.com", "email", "j…@a….com"),
        ("jane@acme.com", "text", "j…@a….com"),
        ("+1 212 555 0142", "phone", "…42"),
        (12125550142, "phone", "…42"),
        ("Jane Moss", "text", "J…"),
        ("J", "text", "…"),
        ("", "text", ""),
        (None, "text", None),
        ("https://www.acme.co.uk/about", "url", "a….uk"),
        ("Pre-Qualified", "picklist", "Pre-Qualified"),
        ("call +1 212 555 0142", "picklist", "call …42"),
        (40, "integer", 40),
        (True, "boolean", True),
        ("2026-11-24", "date", "2026-11-24"),
        ({"id": "57", "name": "Jane Moss"}, "lookup", {"id": "57"}),
        (["lf-core", "VIP of Jane"], "tags", ["lf-core", "V…"]),
        ({"email": {"who": "jane@acme.com"}}, "json", {"email": {"who": "j…@a….com"}}),
    ],
)
def test_a_value_is_masked_by_its_type(value, kind, masked):
    assert mask(value, kind) == masked


def test_a_reason_keeps_dates_and_record_ids_and_loses_addresses_and_numbers():
    told = "edited by jane@acme.com on 2026-11-24 10:15, record 5725767000000524157, phone +1 (212) 555-0142"
    assert mask_reason(told) == "edited by j…@a….com on 2026-11-24 10:15, record 5725767000000524157, phone …42"


@given(st.text(min_size=2), st.sampled_from(["text", "email", "phone", "url"]))
@example(".0", "url")
@example("@.0", "email")
def test_masking_never_gives_the_whole_value_back(value, kind):
    assert mask(value, kind) != value or not value.strip() or "…" in value


def test_scores_grades_and_our_key_are_not_masked():
    told = shown([row(1, field="Leadflow_ID", new_value="lf_abcdef", policy="ours")])
    assert told["records"][0]["changes"][0]["new"] == "lf_abcdef"
    ghl = load("ghl", packaged())
    graded = PlanRow(
        vendor="ghl",
        object="contact",
        record_id="c1",
        person_key="lf_1",
        action="update",
        field="customFields.lead_grade",
        new_value="A",
        policy="ours",
        reason="x",
    )
    found = facts(
        saved(vendor="ghl"),
        [graded],
        mapping=ghl,
        verdicts=[PASSED],
        forecast=forecast([graded], PRICES, vendor="ghl"),
        budget=Budget(),
        around=around(),
    )
    assert found["records"][0]["changes"][0]["new"] == "A"


def test_the_share_of_the_day_is_told_where_the_day_is_known():
    told = shown([email(number) for number in range(5_100)])
    assert told["forecast"]["share_of_day"] == pytest.approx((510 + 26) / 51_000, abs=1e-4)
    assert told["budget"]["left"] == 50_000
    unknown = shown(ROWS, budget=Budget())
    assert unknown["forecast"]["share_of_day"] is None
    assert not [line for line in text.lines(unknown) if "of the day" in line]


@pytest.mark.parametrize(
    ("plan", "verdicts", "changes", "status"),
    [
        ({}, [PASSED], {}, "waiting"),
        ({}, [PASSED], {"mode": "within_limits"}, "waiting"),
        ({}, [PASSED], {"mode": "auto"}, "automatic"),
        ({"approved_by": "Ada", "approved_at": NOW}, [PASSED], {}, "approved"),
        ({"approved_by": "Ada", "approved_at": NOW, "applied_at": NOW}, [PASSED], {}, "applied"),
        ({}, [PASSED, Judged("gate__blast_radius", False, "too many")], {}, "stopped"),
        ({}, [PASSED, Judged("gate__blast_radius", None, "")], {}, "stopped"),
        ({"made_at": NOW - timedelta(hours=25)}, [PASSED], {}, "expired"),
        ({"made_at": NOW - timedelta(hours=25)}, [PASSED], {"max_age": timedelta(0)}, "waiting"),
        ({}, [PASSED], {"paused": "quarter end"}, "paused"),
    ],
)
def test_a_plan_says_where_it_stands(plan, verdicts, changes, status):
    found, sentence = standing(saved(**plan), verdicts, around(**changes), has_work=True)
    assert found == status
    assert ("leadflow apply 4c1e90ab" in sentence) is (status in {"waiting", "automatic", "approved"})


@pytest.mark.parametrize(
    ("plan", "changes", "words"),
    [
        ({}, {"paused": "quarter end"}, "`leadflow resume zoho`, then `leadflow run` does it"),
        ({}, {}, "not compared; `leadflow run` does it"),
        ({"applied_at": NOW}, {"paused": "quarter end"}, "1,200 people were not compared"),
    ],
)
def test_a_plan_made_while_writing_was_paused_is_not_taken_for_one_with_nothing_to_do(plan, changes, words):
    found, sentence = standing(saved(left_out=1_200, **plan), [PASSED], around(**changes), has_work=bool(plan))
    assert found == "paused"
    assert words in sentence


def test_opt_outs_of_a_plan_made_while_writing_was_paused_are_told_as_such():
    assert standing(saved(left_out=5), [PASSED], around(mode="auto"), has_work=True)[0] == "automatic"


def test_a_plan_without_writes_has_no_changes_and_an_applied_one_none_that_wait():
    assert shown([ROWS[1], ROWS[8]])["status"] == "empty"
    assert not shown([ROWS[1]])["has_changes"]
    assert shown(ROWS)["has_changes"]
    assert not shown(ROWS, plan=saved(applied_at=NOW))["has_changes"]


def test_a_failed_gate_is_told_with_its_detail_in_every_form():
    told = shown(ROWS, verdicts=[PASSED, Judged("gate__blast_radius", False, "20,001 new records")])
    assert "gates       passed  gate__quota  enough" in list(text.lines(told))
    assert "            FAILED  gate__blast_radius  20,001 new records" in list(text.lines(told))
    assert "| `gate__blast_radius` | **failed** | 20,001 new records |" in markdown.comment(told)
    assert told["apply"] is None


def test_a_comment_about_ten_thousand_records_fits_a_pull_request_and_counts_what_it_leaves_out():
    rows = [email(number) for number in range(10_000)]
    told = markdown.comment(shown(rows))
    assert len(told) < 65_000
    listed = told.count(": changed**")
    assert listed > 100
    assert f"... and {10_000 - listed:,} more records" in told


@given(
    st.lists(
        st.tuples(st.sampled_from(["update", "skip", "hold"]), st.text(max_size=300), st.text(max_size=300)),
        max_size=60,
    )
)
def test_no_value_breaks_out_of_its_cell_or_makes_the_comment_too_long(given_rows):
    rows = [
        row(number, action, field="City" if action != "hold" else None, new_value=value, reason=reason)
        for number, (action, value, reason) in enumerate(given_rows)
    ]
    told = markdown.comment(shown(rows, show_pii=True))
    assert len(told) < 65_000
    tables = [line for line in told.splitlines() if line.startswith("| `City`")]
    assert all(line.replace("\\|", "").count("|") in {3, 5} for line in tables)


def test_values_can_neither_mention_anybody_nor_move_a_cursor():
    rows = [row(1, field="City", new_value="\x1b[31m@octocat `x` | y", reason="by @octocat <img>")]
    told = shown(rows, show_pii=True)
    assert "\x1b" not in "\n".join(text.lines(told))
    page = markdown.comment(told)
    assert "\\<img\\>" in page
    assert "by @octocat" not in page


APOLLO = PRICES.vendors["apollo"]
SEARCHES = [Search(name="founders", filters={}, max_people=3), Search(name="sales", filters={}, max_people=10)]


def test_purchases_leave_out_who_was_bought_and_count_nobody_twice():
    seen = {"founders": Seen(NOW, ("a", "b", "c", "d")), "sales": Seen(NOW, ("b", "e", "f"))}
    bought = {"a": "hit", "f": "in_doubt", "z": "miss"}
    told = purchases(SEARCHES, seen=seen, bought=bought, spent=(2.0, 0.05), price=APOLLO)
    assert [item["to_buy"] for item in told["searches"]] == [2, 1]
    assert (told["forecast"]["units"], told["forecast"]["usd"]) == (3, 0.08)
    assert told["forecast"]["units_at_most"] == 13
    assert told["bought"] == {"hit": 1, "miss": 1, "refused": 0, "in_doubt": 1}
    assert told["has_changes"]


def test_a_search_that_never_ran_leaves_the_forecast_open_and_says_so():
    told = purchases(SEARCHES, seen={}, bought={}, spent=(0.0, 0.0), price=APOLLO)
    assert (told["forecast"]["units"], told["forecast"]["units_at_most"]) == (None, 13)
    assert "cannot be known before the search has run" in told["says"]
    assert any(line.startswith("at most     13 Apollo credits") for line in lines(told))
    assert "- left: not known without asking Apollo" in comment(told)


def test_a_task_is_shown_by_its_title_and_never_by_what_a_person_wrote():
    fields = {"Note_Title": "Replied by e-mail (lf-1)", "Note_Content": "Replied\n\nI am Jane, call +1 415 555 2671"}
    note = row(1, "add_note", field="lf-1", new_value={"reference": "lf-1", "fields": fields}, reason="reply")
    fields = {"Subject": "Answer the reply by e-mail (lf-1)", "Description": "Replied"}
    task = row(1, "add_task", field="lf-1", new_value={"reference": "lf-1", "fields": fields}, reason="reply")
    told = shown([note, task])
    (record,) = told["records"]
    assert [one["new"] for one in record["changes"]] == [
        "Replied by e-mail (lf-1)",
        "Answer the reply by e-mail (lf-1)",
    ]
    for page in ("\n".join(text.lines(told)), markdown.comment(told)):
        assert "Answer the reply by e-mail" in page
        assert "Jane" not in page
    assert told["fields"] == {}
    assert told["forecast"]["units_by_purpose"]["activities"] == 2


def test_a_plan_names_the_workflows_that_it_starts_and_how_many_people_enter():
    def entry(number, action="enrol"):
        told = {"reference": f"w1/lf_{number}", "workflow": "w1", "name": "Out\x1b[31mbound"}
        return row(number, action, vendor="ghl", object="contact", field=told["reference"], new_value=told)

    rows = [entry(1), entry(2), entry(3, "unenrol")]
    told = shown(rows, mapping=load("ghl", packaged()), forecast=forecast(rows, PRICES, vendor="ghl"))
    assert told["automations"] == ["workflow 'Out\\x1b[31mbound' for 2 people"]
    assert told["actions"] == {"unenrol": {"contact": 1}, "enrol": {"contact": 2}}
    assert told["fields"] == {}
    assert "\x1b" not in "\n".join(text.lines(told))
