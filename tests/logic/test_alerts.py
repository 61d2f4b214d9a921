"""Which alerts the end of a run gives rise to, and their words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import rules
from pipeline.alerts.decide import alerts
from pipeline.alerts.facts import Facts, Left, Reply, VendorFacts
from pipeline.alerts.history import far_share, far_volume, match_rate
from pipeline.alerts.settings import AlertRules, History
from pipeline.alerts.texts import body, digest, slack, subject
from pipeline.errors import ConfigurationError

RULES = rules.parse(AlertRules, "alerts", rules.packaged())
QUIET = Facts(
    workspace="acme",
    environment="live",
    run_id="0123456789",
    job="daily",
    as_of=date(2026, 11, 24),
    status="done",
    passed_checks=40,
    vendors=(VendorFacts(vendor="zoho", confirmed=3), VendorFacts(vendor="ghl")),
    left=(Left(name="zoho", what="Zoho's day", left=900, limit=1000),),
)


def kinds(facts: Facts, given_rules: AlertRules = RULES) -> list[str | None]:
    return [alert.kind for alert in alerts(facts, given_rules)]


def usual(rows: int) -> tuple[dict[str, int], ...]:
    return tuple({"staging/leads": rows + number} for number in range(6))


def test_a_run_that_went_well_gives_rise_to_no_alert() -> None:
    assert kinds(QUIET) == []
    assert digest(QUIET, [], RULES).lines[0] == "Nothing needs you today."


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"status": "failed", "messages": ("it broke",)}, "failed"),
        ({"status": "stopped", "failed_checks": ("staging.leads__identified",)}, "failed"),
        ({"vendors": (VendorFacts(vendor="zoho", plan_hash="4c1e" * 16, waiting=312),)}, "approval"),
        ({"vendors": (VendorFacts(vendor="ghl", late_optouts={"lf_1": 30.0}),)}, "optout_late"),
        ({"status": "stopped", "failed_checks": ("crm.zoho__readback__landed",)}, "not_landed"),
        ({"status": "failed", "refused": ("zoho",), "messages": ("invalid_code",)}, "token_dead"),
        ({"left": (Left(name="zoho", what="Zoho's day", left=99, limit=1000),)}, "budget_low"),
        ({"status": "incomplete", "resumes_at": "2026-11-24T09:00:00+00:00"}, "budget_low"),
        ({"volumes": {"staging/leads": 500}, "earlier": usual(1000)}, "volume"),
        ({"volumes": {"staging/leads": 2000}, "earlier": usual(1000)}, "volume"),
        (
            {
                "volumes": {"identity/members": 606, "identity/people": 600},
                "earlier": ({"identity/members": 1000, "identity/people": 600},) * 5,
            },
            "match_rate",
        ),
    ],
)
def test_each_condition_gives_rise_to_its_own_alert_and_to_no_other(changed: dict[str, object], kind: str) -> None:
    assert kinds(replace(QUIET, **changed)) == [kind]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"vendors": (VendorFacts(vendor="ghl", late_optouts={"lf_1": 29.9}),)},
        {"left": (Left(name="zoho", what="Zoho's day", left=100, limit=1000),)},
        {"left": (Left(name="zoho", what="Zoho's day", left=0, limit=0),)},
        {"status": "waiting", "vendors": (VendorFacts(vendor="zoho", plan_hash="4c", waiting=0),)},
        {"volumes": {"staging/leads": 500}, "earlier": usual(1000)[:4]},
        {"volumes": {"staging/leads": 1200}, "earlier": usual(1000)},
        {"volumes": {"staging/leads": 5}, "earlier": ({"staging/leads": 40},) * 6},
        {"volumes": {}, "earlier": usual(1000)},
    ],
)
def test_what_lies_within_its_limit_gives_rise_to_nothing(changed: dict[str, object]) -> None:
    assert kinds(replace(QUIET, **changed)) == []  # type: ignore[arg-type]


def test_the_same_thing_has_the_same_key_on_the_next_run_and_another_thing_another() -> None:
    one = replace(QUIET, status="failed", messages=("at 07:00 id 123",))
    two = replace(one, run_id="another", messages=("at 07:15 id 456",))
    assert (
        [alert.key for alert in alerts(one, RULES)] == [alert.key for alert in alerts(two, RULES)] == ["failed:daily"]
    )
    assert alerts(replace(one, job="watch"), RULES)[0].key == "failed:watch"
    assert digest(one, [], RULES).key != digest(two, [], RULES).key


def test_a_failed_check_of_the_landing_beside_another_check_is_told_as_both() -> None:
    checks = ("crm.zoho__readback__landed", "staging.leads__identified")
    assert kinds(replace(QUIET, status="stopped", failed_checks=checks)) == ["not_landed", "failed"]


def test_nobodys_address_or_number_is_told_unless_it_was_asked_for() -> None:
    told = replace(
        QUIET,
        status="failed",
        messages=("could not write ada.byron@engine.example, +44 20 7946 0958",),
        replies=(
            Reply(
                person_key="lf_1", kind="reply", hours=6, grade="A", full_name="Ada Byron", email="ada@engine.example"
            ),
        ),
    )
    for asked, shown in ((False, False), (True, True)):
        chosen = RULES.model_copy(update={"include_personal_data": asked})
        found = alerts(told, chosen)
        text = "".join(body(message) for message in (*found, digest(told, found, chosen)))
        for personal in ("ada.byron@engine.example", "7946", "Ada Byron", "ada@engine.example"):
            assert (personal in text) is shown
        assert "lf_1" in text


def test_a_digest_says_first_what_needs_somebody_and_then_what_was_done() -> None:
    facts = replace(
        QUIET,
        status="waiting",
        vendors=(VendorFacts(vendor="zoho", plan_hash="4c1e" * 16, waiting=312), VendorFacts(vendor="ghl", in_doubt=2)),
        replies=(Reply(person_key="lf_9", kind="reply", hours=5), Reply(person_key="lf_8", kind="booked", hours=1)),
        doubts=("leadflow (acme): Zoho refuses our credentials",),
        spent={"apollo_credit": 12.0},
    )
    told = digest(facts, alerts(facts, RULES), RULES)
    assert told.title == "leadflow (acme): run waits for you, Tue 24 Nov"
    assert told.lines[0] == "! a plan toward Zoho waits for you"
    assert told.lines[1] == "  Send: leadflow apply 4c1e4c1e4c1e"
    assert "! 1 reply waits for an answer, 1 for more than 4 h" in told.lines
    assert "! 1 meeting booked" in told.lines
    assert "! may not have arrived: leadflow (acme): Zoho refuses our credentials" in told.lines
    assert "Spent: 12 apollo credits" in told.lines
    assert any("2 sent, answer lost" in line for line in told.lines)


def test_the_sandbox_says_that_it_is_one() -> None:
    assert "(acme, sandbox)" in digest(replace(QUIET, environment="sandbox"), [], RULES).title


def test_a_subject_is_one_bounded_line_and_slack_shows_text_as_it_is() -> None:
    facts = replace(QUIET, status="failed", job="daily", messages=("<!channel> a & b\nBcc: x", "y" * 5000))
    (alert,) = alerts(facts, RULES)
    assert "\n" not in subject(replace(alert, title="one\nBcc: two"))
    assert len(subject(replace(alert, title="z" * 400))) == 150
    told = slack(alert)
    assert "&lt;!channel&gt; a &amp; b Bcc: x" in told["text"]
    assert all(len(block["text"]["text"]) <= 3000 for block in told["blocks"])


@given(st.lists(st.integers(0, 10_000), max_size=4), st.integers(0, 10_000))
def test_a_short_history_judges_nothing(earlier: list[int], value: int) -> None:
    assert far_volume(value, earlier, History()) is None


@given(st.lists(st.integers(0, 10_000), min_size=5, max_size=14))
def test_the_usual_value_itself_is_never_far(earlier: list[int]) -> None:
    middle = sorted(earlier)[len(earlier) // 2]
    assert far_volume(middle, [*earlier, middle, middle] if len(earlier) % 2 == 0 else earlier, History()) is None


def test_one_odd_day_does_not_hide_the_next() -> None:
    steady = [1000, 1001, 0, 1002, 999, 1000]
    assert far_volume(400, steady, History()) == 1000
    assert far_share(0.1, [0.4, 0.41, 0.0, 0.4, 0.39], History()) == pytest.approx(0.4)


def test_the_match_rate_of_nobody_is_unknown() -> None:
    assert match_rate({}) is None
    assert match_rate({"identity/members": 0, "identity/people": 0}) is None
    assert match_rate({"identity/members": 10, "identity/people": 6}) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("immediate: [everything]", "immediate.0 = 'everything'"),
        ("channels: []", "channels = []"),
        ("smtp: {host: mail.example}", "smtp has a host but no sender and recipients"),
        ("smtp: {port: 70000}", "smtp.port = 70000"),
        ("webhook: {url_variable: 'https://hooks.example/x'}", "webhook.url_variable"),
        ("budget_share: 2", "budget_share = 2"),
        ("history: {at_least: 1}", "history.at_least = 1"),
    ],
)
def test_a_mistake_in_the_file_names_the_key_and_the_value(text: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=r"rules/alerts\.yaml") as error:
        rules.parse(AlertRules, "alerts", {"alerts": text})
    assert named in str(error.value)


def test_a_plan_that_waits_stays_good_when_only_the_alerts_change() -> None:
    texts = dict(rules.packaged())
    before = rules.fingerprint(texts)
    assert rules.fingerprint({**texts, "alerts": "budget_share: 0.2"}) == before
    assert rules.fingerprint({**texts, "scoring": "x"}) != before
