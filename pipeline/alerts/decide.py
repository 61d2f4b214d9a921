"""Which alerts the end of a run gives rise to. Each has a key: the same thing is told at most once a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.alerts.facts import TARGETS, Facts, Message, VendorFacts
from pipeline.alerts.history import MEASURED, far_share, far_volume, match_rate
from pipeline.planview.masks import mask_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.alerts.settings import AlertRules, Kind

MOST_LINES = 8
LANDED = "readback__landed"
"""Ends the names of the checks that compare what landed with what was intended."""


def alerts(facts: Facts, rules: AlertRules) -> tuple[Message, ...]:
    """Return every alert that holds now, the most pressing first; those in `rules.immediate` are told at once."""
    found = [
        *_optouts(facts, rules),
        *_tokens(facts, rules),
        *_landings(facts, rules),
        *_failure(facts, rules),
        *_approvals(facts),
        *_budgets(facts, rules),
        *_matching(facts, rules),
        *_volumes(facts, rules),
    ]
    return tuple(found)


def private(text: str, rules: AlertRules) -> str:
    """Return a text on one line, without addresses and numbers of people unless they were asked for."""
    line = " ".join(text.split())
    return line if rules.include_personal_data else mask_reason(line)


def headed(facts: Facts, title: str) -> str:
    """Return a title with the workspace in front; the sandbox says that it is one."""
    where = facts.workspace if facts.environment == "live" else f"{facts.workspace}, {facts.environment}"
    return f"leadflow ({where}): {title}"


def _alert(facts: Facts, kind: Kind, about: str, title: str, lines: Sequence[str]) -> Message:
    return Message(
        key=f"{kind}:{about}" if about else kind,
        day=facts.as_of.isoformat(),
        title=headed(facts, title),
        lines=tuple(lines),
        kind=kind,
    )


def _optouts(facts: Facts, rules: AlertRules) -> Iterator[Message]:
    for vendor in facts.vendors:
        late = {key: age for key, age in vendor.late_optouts.items() if age >= rules.optout_minutes}
        if late:
            name = TARGETS[vendor.vendor]
            people = f"{len(late)} {'person' if len(late) == 1 else 'people'}"
            oldest = sorted(late, key=lambda key: -late[key])
            lines = [f"{key}: since {late[key]:,.0f} min" for key in oldest[:MOST_LINES]] + (
                [f"and {len(late) - MOST_LINES} more"] if len(late) > MOST_LINES else []
            )
            lines.append(f"Until {name} knows, set it there by hand; `leadflow status` says what is asked or refused.")
            yield _alert(
                facts,
                "optout_late",
                vendor.vendor,
                f"opt-out of {people} not delivered to {name} within {rules.optout_minutes:g} minutes",
                lines,
            )


def _tokens(facts: Facts, rules: AlertRules) -> Iterator[Message]:
    for vendor in sorted(set(facts.refused)):
        name = TARGETS.get(vendor, vendor)
        yield _alert(
            facts,
            "token_dead",
            vendor,
            f"{name} refuses our credentials",
            [
                *_reasons(facts, rules),
                "Nothing is read or written there until they are renewed; see `leadflow doctor`.",
            ],
        )


def _landings(facts: Facts, rules: AlertRules) -> Iterator[Message]:
    checks = [name for name in facts.failed_checks if name.endswith(LANDED)]
    for check in checks:
        vendor = check.partition(".")[2].partition("__")[0]
        told = [private(message, rules) for message in facts.messages if check in message]
        yield _alert(
            facts,
            "not_landed",
            vendor,
            f"{TARGETS.get(vendor, vendor)} does not hold what was written",
            [*told, "The morning page and `crm.zoho__readback` or `outreach.ghl__readback` name the fields."],
        )


def _failure(facts: Facts, rules: AlertRules) -> Iterator[Message]:
    if facts.status not in {"failed", "stopped"} or facts.refused:
        return
    other = [name for name in facts.failed_checks if not name.endswith(LANDED)]
    if facts.status == "stopped" and facts.failed_checks and not other:
        return
    word = "stopped by a gate or check" if facts.status == "stopped" else "failed"
    yield _alert(facts, "failed", facts.job, f"the run `{facts.job}` {word}", [*_reasons(facts, rules), _where(facts)])


def _approvals(facts: Facts) -> Iterator[Message]:
    for vendor in facts.vendors:
        if vendor.waiting and vendor.plan_hash:
            yield _alert(
                facts,
                "approval",
                vendor.vendor,
                f"a plan toward {TARGETS[vendor.vendor]} waits for you",
                [plan_line(vendor), f"Look: leadflow plan {vendor.vendor}", _release(vendor)],
            )


def _budgets(facts: Facts, rules: AlertRules) -> Iterator[Message]:
    low = [each for each in facts.left if each.limit > 0 and each.left < rules.budget_share * each.limit]
    for each in low:
        share = 100 * each.left / each.limit
        yield _alert(
            facts,
            "budget_low",
            each.name,
            f"{share:.0f} % left of {each.what}",
            [f"{each.left:,.0f} of {each.limit:,.0f} left; alerts begin below {100 * rules.budget_share:.0f} %."],
        )
    if facts.status == "incomplete":
        resumes = f" It continues at {facts.resumes_at}." if facts.resumes_at else ""
        lines = [*_reasons(facts, rules), f"The run is incomplete.{resumes}"]
        yield _alert(facts, "budget_low", "used up", "a budget is used up", lines)


def _matching(facts: Facts, rules: AlertRules) -> Iterator[Message]:
    rate = match_rate(facts.volumes)
    earlier = [found for each in facts.earlier if (found := match_rate(each)) is not None][: rules.history.runs]
    usual = None if rate is None else far_share(rate, earlier, rules.history)
    if rate is not None and usual is not None:
        yield _alert(
            facts,
            "match_rate",
            "",
            f"match rate {100 * rate:.0f} %, usually {100 * usual:.0f} %",
            [
                f"Share of records that belong to a person with another record; median of {len(earlier)} earlier runs.",
                "Too low: a source lost the fields that identify people. Too high: something is shared by many.",
            ],
        )


def _volumes(facts: Facts, rules: AlertRules) -> Iterator[Message]:
    for table in MEASURED:
        if table not in facts.volumes:
            continue
        earlier = [each[table] for each in facts.earlier if table in each][: rules.history.runs]
        value = facts.volumes[table]
        usual = far_volume(value, earlier, rules.history)
        if usual is not None:
            yield _alert(
                facts,
                "volume",
                table,
                f"{value:,} rows in {table.replace('/', '.')}, usually {usual:,.0f}",
                [f"Median of {len(earlier)} earlier runs. A source may be cut off, or was read twice."],
            )


def plan_line(vendor: VendorFacts) -> str:
    """Return what waits, in a sentence without anybody's data."""
    return f"{vendor.waiting:,} {'write' if vendor.waiting == 1 else 'writes'} in plan {(vendor.plan_hash or '')[:8]}."


def _release(vendor: VendorFacts) -> str:
    return f"Send: leadflow apply {(vendor.plan_hash or '')[:12]}"


def _reasons(facts: Facts, rules: AlertRules) -> list[str]:
    told = [private(message, rules) for message in facts.messages]
    more = len(told) - MOST_LINES
    return [*told[:MOST_LINES], *([f"and {more} more reasons"] if more > 0 else [])] or ["No reason was told."]


def _where(facts: Facts) -> str:
    return f"Run {facts.run_id[:8]}; `leadflow status` shows where everything stands."
