"""Upper half of the page: what waits, what to do today, and whether it is safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.page.markup import Row, badge, count, panel, percent, plural, table, text

Facts = Mapping[str, Sequence[Row]]

LONG_WAIT_HOURS = 4
SHOWN = 6
BOUNCE_BRAKE = 0.03
"""Share of bounces at which a sending domain loses its reputation with mailbox providers."""


def waiting(facts: Facts) -> str:
    """Return the banner: plans that a person has to release, or that nothing is needed."""
    open_plans = [row for row in facts["plans"] if row["waiting"]]
    if open_plans:
        return "".join(_plan(row) for row in open_plans)
    if needs_somebody(facts):
        return ""
    return '<div class="banner quiet"><strong>Nothing needs you today.</strong></div>'


def needs_somebody(facts: Facts) -> bool:
    """Tell whether a reply is unanswered, a pair is to be judged or something is unsafe."""
    safe = facts["safety"][0]
    return (
        any(not row["is_answered"] for row in facts["signals"])
        or bool(safe["pairs_to_review"] or safe["optouts_open"] or safe["in_doubt"])
        or safe["fields_landed"] < safe["fields_read_back"]
    )


def act(facts: Facts) -> str:
    """Return who waits for an answer, longest first, under their key."""
    replies = [row for row in facts["signals"] if row["kind"] == "reply"]
    meetings = [row for row in facts["signals"] if row["kind"] == "booked"]
    open_ones = [row for row in replies if not row["is_answered"]]
    late = [row for row in open_ones if row["hours_ago"] > LONG_WAIT_HOURS]
    pairs = int(facts["safety"][0]["pairs_to_review"])
    told = f"<b>{plural(len(replies), 'reply', 'replies')}</b> in seven days"
    told += f", {count(len(open_ones))} unanswered ({count(len(late))} &gt; {LONG_WAIT_HOURS} h)" if replies else ""
    listed = ""
    if open_ones:
        rows = [_signal(row) for row in open_ones[:SHOWN]]
        listed = table(("person", "grade", "owner", "waiting"), rows, numbers_from=3)
        more = len(open_ones) - len(rows)
        listed += f'<p class="note">and {count(more)} more in the CSV below</p>' if more > 0 else ""
    last = f"<p><b>{plural(len(meetings), 'meeting')}</b> booked · <b>{plural(pairs, 'pair')}</b> to review</p>"
    return panel("Today: act", f"<p>{told}</p>{listed}{last}", queries=("signals", "plans"))


def safety(facts: Facts) -> str:
    """Return the signs of safety: opt-outs, landed values, bounce brakes, doubts."""
    safe = facts["safety"][0]
    good = int(safe["optouts"]) - int(safe["optouts_open"])
    signs = [
        badge(
            "bad" if safe["optouts_open"] else "good",
            f"opt-outs: {count(safe['optouts'])} in, {count(good)} everywhere",
        ),
        _landed(safe, facts["landings"]),
        *(_brake(row) for row in facts["domains"] if row["sent"]),
        badge(
            "warn" if safe["in_doubt"] else "good",
            f"sent, waiting for the vendor's answer: {count(safe['in_doubt'])}",
        ),
        badge("note", f"sent by others, not ordered here: {count(safe['sent_without_order'])}"),
    ]
    return panel("Safe?", f'<ul class="signs">{"".join(signs)}</ul>', queries=("safety", "landings", "domains"))


def _plan(row: Row) -> str:
    parts = [
        f"{count(row[name])} {told}"
        for name, told in (
            ("waiting_new", "new"),
            ("waiting_changed", "changed"),
            ("waiting_converted", "converted"),
        )
        if row[name]
    ]
    held = f'<p class="note">{plural(row["held"], "person", "people")} held back or skipped</p>' if row["held"] else ""
    return (
        f'<div class="banner"><strong>● Waiting for you</strong> {text(row["vendor"])} plan '
        f"<code>{text(row['plan_hash'][:8])}</code>: {', '.join(parts) or count(row['waiting'])}"
        f"<p><code>leadflow apply {text(row['plan_hash'])}</code></p>{held}</div>"
    )


def _signal(row: Row) -> tuple[str, ...]:
    hours = int(row["hours_ago"])
    waited = f"{hours} h" if hours < 48 else f"{hours // 24} d"
    late = ' <b class="late">!</b>' if hours > LONG_WAIT_HOURS else ""
    owner = "owner" if row["has_owner"] else "no owner"
    return (f"<code>{text(row['person_key'])}</code>", text(row["grade"]), owner, waited + late)


def _landed(safe: Row, landings: Sequence[Row]) -> str:
    told = f"landed = intended: {count(safe['fields_landed'])}/{count(safe['fields_read_back'])} fields"
    worst = [f"{count(row['fields'])} {text(row['landed'])}: {text(row['field'])}" for row in landings[:3]]
    if worst:
        return badge("bad", f"{told} → {', '.join(worst)}")
    return badge("good" if safe["fields_read_back"] else "note", told)


def _brake(row: Row) -> str:
    share = row["bounced"] / row["sent"]
    rate = percent(row["bounced"], row["sent"])
    told = f"{text(row['sending_domain'])}: bounce {rate} of {count(row['sent'])}"
    if share > BOUNCE_BRAKE:
        return badge("bad", f"{told} (max {100 * BOUNCE_BRAKE:.0f} %)")
    return badge("good", told)
