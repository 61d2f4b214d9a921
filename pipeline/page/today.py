"""Upper half of the page: what waits, what to do today, and whether it is safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.page.markup import (
    Row,
    badge,
    count,
    duration,
    panel,
    percent,
    plural,
    sourced,
    table,
    text,
    usd,
)
from pipeline.page.ranks import BOUNCE_BRAKE

Facts = Mapping[str, Sequence[Row]]

LONG_WAIT_HOURS = 4
SHOWN = 6
VENDORS = {"zoho": "Zoho", "ghl": "GoHighLevel"}
UNITS = {"apollo_credit": "Apollo credits", "zoho_credit": "Zoho credits", "ghl_call": "GoHighLevel calls"}
FEWEST_SENT = 20
"""Of fewer messages a share of bounces says nothing."""


def waiting(facts: Facts) -> str:
    """Return the banner: plans that a person has to release, or that nothing is needed."""
    forecasts = {row["plan_hash"]: row for row in facts.get("forecasts", ())}
    open_plans = [row for row in facts["plans"] if row["waiting"]]
    if open_plans:
        return "".join(_plan(row, forecasts.get(row["plan_hash"])) for row in open_plans)
    if told := asks(facts):
        return f'<div class="banner"><p class="head"><strong>● Waiting for you</strong> {" · ".join(told)}</p></div>'
    return '<div class="banner quiet"><p class="head"><strong>✓ Nothing needs you today.</strong></p></div>'


def asks(facts: Facts) -> list[str]:
    """Return what asks for a person beside plans, in words: answers, pairs, and whatever is unsafe."""
    safe, today = facts["safety"][0], facts["today"][0]
    otherwise = int(safe["fields_read_back"]) - int(safe["fields_landed"])
    over = [row for row in facts["domains"] if _is_over(row)]
    found = (
        (today["unanswered"], "act", "reply without an answer", "replies without an answer"),
        (today["pairs_to_review"], "act", "pair to review", "pairs to review"),
        (safe["optouts_open"], "safe", "opt-out not everywhere", "opt-outs not everywhere"),
        (otherwise, "safe", "field landed otherwise", "fields landed otherwise"),
        (safe["in_doubt"], "safe", "write without an answer", "writes without an answer"),
        (safe["enrolments_unknown"], "safe", "enrolment to look up", "enrolments to look up"),
        (len(over), "safe", "sending domain over the limit", "sending domains over the limit"),
    )
    return [f'<a href="#{place}">{plural(number, one, many)}</a>' for number, place, one, many in found if number]


def act(facts: Facts) -> str:
    """Return who waits for an answer, best grade first, under their key."""
    today, listed = facts["today"][0], facts["signals"][:SHOWN]
    lead = f"<b>{sourced(plural(today['replied'], 'person', 'people'), 'today')}</b> replied in seven days"
    if today["replied"]:
        late = f", {sourced(count(today['late']), 'today')} for more than {LONG_WAIT_HOURS} h" if today["late"] else ""
        lead += f" · {sourced(count(today['unanswered']), 'today')} without an answer{late}"
    body = f"<p>{lead}</p>"
    if listed:
        heads = ("person", "grade", "owner", "waiting")
        body += table(heads, [_signal(row) for row in listed], query="signals", numbers_from=3)
        more = int(today["unanswered"]) - len(listed)
        if more > 0:
            body += f'<p class="note">and <a href="#sql-signals">{count(more)} more</a></p>'
    pairs = f"<b>{sourced(plural(today['pairs_to_review'], 'pair'), 'today')}</b> to review"
    pairs += " · <code>leadflow review</code>" if today["pairs_to_review"] else ""
    body += f"<p><b>{sourced(plural(today['meetings'], 'meeting'), 'today')}</b> booked</p><p>{pairs}</p>"
    if listed:
        body += '<p class="note"><code>leadflow why KEY</code> shows the person</p>'
    return panel("Today: act", body, name="act")


def safety(facts: Facts) -> str:
    """Return the signs of safety: opt-outs, landed values, bounce brakes, doubts."""
    safe = facts["safety"][0]
    good = int(safe["optouts"]) - int(safe["optouts_open"])
    slowest = safe["slowest_seconds"]
    slow = "" if slowest is None else f" (slowest {sourced(duration(max(0, slowest)), 'safety')})"
    optouts = f"{sourced(count(safe['optouts']), 'safety')} in, {sourced(count(good), 'safety')} everywhere"
    doubt = f"sent, waiting for the vendor's answer: {sourced(count(safe['in_doubt']), 'safety')}"
    signs = [
        badge("bad" if safe["optouts_open"] else "good", f"opt-outs: {optouts}{slow}"),
        _landed(safe, facts["landings"]),
        *(_brake(row) for row in facts["domains"][:SHOWN]),
        badge("warn" if safe["in_doubt"] else "good", doubt),
        *_unknown(safe),
        badge("note", f"sent in 28 days without our order: {sourced(count(safe['sent_without_order']), 'safety')}"),
    ]
    return panel("Safe?", f'<ul class="signs">{"".join(signs)}</ul>', name="safe")


def _unknown(safe: Row) -> list[str]:
    """Return the sign of enrolments that may or may not have been made; none when there are none."""
    if not safe["enrolments_unknown"]:
        return []
    told = f"enrolments unknown, not repeated: {sourced(count(safe['enrolments_unknown']), 'safety')}"
    return [badge("warn", f"{told}; look in GHL at the contacts that <code>leadflow status</code> names")]


def _plan(row: Row, forecast: Row | None) -> str:
    parts = [
        f"{sourced(count(row[name]), 'plans')} {told}"
        for name, told in (("waiting_new", "new"), ("waiting_changed", "changed"), ("waiting_converted", "converted"))
        if row[name]
    ] or [sourced(plural(row["waiting"], "record"), "plans")]
    costs = ""
    if forecast is not None:
        units = f"{count(forecast['units'])} {UNITS.get(forecast['unit'], text(forecast['unit']))}"
        costs = (
            f"<p>{sourced(units, 'forecasts')}"
            f" · {sourced(usd(forecast['usd']), 'forecasts')}"
            f" · about {sourced(duration(forecast['seconds']), 'forecasts')}"
            f" · expires {forecast['expires_at']:%a %H:%M} UTC</p>"
        )
    held = sourced(plural(row["held"], "person", "people"), "plans")
    note = f'<p class="note">{held} held back or skipped: reasons under What changed</p>' if row["held"] else ""
    name = text(row["plan_hash"][:8])
    return (
        f'<div class="banner"><p class="head"><strong>● Waiting for you</strong> '
        f"{VENDORS.get(row['vendor'], text(row['vendor']))} plan <code>{name}</code>: {', '.join(parts)}</p>{costs}"
        f'<p><code class="command">leadflow apply {text(row["plan_hash"])}</code></p>{note}</div>'
    )


def _signal(row: Row) -> tuple[str, ...]:
    hours = int(row["hours_ago"])
    waited = f"{hours} h" if hours < 48 else f"{hours // 24} d"
    late = f'<b class="late">{waited} !</b>' if hours > LONG_WAIT_HOURS else waited
    owner = "yes" if row["has_owner"] else '<b class="late">none</b>'
    return (f"<code>{text(row['person_key'])}</code>", text(row["grade"]), owner, late)


def _landed(safe: Row, landings: Sequence[Row]) -> str:
    share = f"{count(safe['fields_landed'])}/{count(safe['fields_read_back'])}"
    told = f"landed = intended: {sourced(share, 'safety')} fields"
    worst = [
        f"{sourced(count(row['fields']), 'landings')} {text(row['landed'])}: {text(row['field'])}" for row in landings
    ]
    if worst:
        return badge("bad", f"{told} → {', '.join(worst[:3])}")
    return badge("good" if safe["fields_read_back"] else "note", told)


def _is_over(row: Row) -> bool:
    return bool(row["sent"] >= FEWEST_SENT and row["bounced"] / row["sent"] > BOUNCE_BRAKE)


def _brake(row: Row) -> str:
    rate = sourced(f"{percent(row['bounced'], row['sent'])} of {count(row['sent'])}", "domains")
    name = text(row["sending_domain"]) if row["is_told"] else "sent mail (domain not told)"
    told = f"{name}: bounce {rate}"
    if _is_over(row):
        return badge("bad", f"{told} (max {100 * BOUNCE_BRAKE:.0f} %)")
    return badge("good" if row["sent"] >= FEWEST_SENT else "note", told)
