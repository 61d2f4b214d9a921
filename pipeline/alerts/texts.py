"""The digest after a run, and how a message looks as Slack's JSON and as a mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.alerts.decide import MOST_LINES, headed, plan_line, private
from pipeline.alerts.facts import TARGETS, Facts, Message, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.alerts.settings import AlertRules

LONG_WAIT_HOURS = 4
LONGEST_TEXT = 2_900
"""Slack takes 3,000 characters in a section block."""
LONGEST_TITLE = 150


def digest(facts: Facts, found: Sequence[Message], rules: AlertRules) -> Message:
    """Return the one message after a run: what needs somebody first, then what was done."""
    needs = [*_needs(facts, found, rules)]
    ended = f"run {facts.status}" if facts.status != "waiting" else "run waits for you"
    return Message(
        key=f"digest:{facts.run_id}",
        day=facts.as_of.isoformat(),
        title=headed(facts, f"{ended}, {facts.as_of:%a %d %b}"),
        lines=(*(needs or ["Nothing needs you today."]), *_done(facts)),
    )


def trial(workspace: str, environment: str, day: str) -> Message:
    """Return the message of `leadflow alerts test`."""
    return Message(
        key="trial",
        day=day,
        title=f"leadflow ({workspace}, {environment}): a trial message",
        lines=("Whoever reads this will be told when a run fails, waits for approval, or needs a person.",),
    )


def slack(message: Message) -> dict[str, Any]:
    """Return a message as the JSON of Slack's incoming webhooks: `text` for notifications, blocks to read."""
    title, body = _escaped(message.title)[:LONGEST_TEXT], _escaped("\n".join(message.lines))
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{title}*"}}]
    if body:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": _cut(body)}})
    return {"text": f"{title}\n{body}".strip(), "blocks": blocks}


def subject(message: Message) -> str:
    """Return the title as one line of a mail's header."""
    line = " ".join(message.title.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"


def body(message: Message) -> str:
    """Return a message as the plain text of a mail."""
    return "".join(f"{line}\n" for line in (message.title, "", *message.lines))


def _needs(facts: Facts, found: Sequence[Message], rules: AlertRules) -> Iterator[str]:
    start = len(headed(facts, ""))
    for alert in found:
        yield f"! {alert.title[start:]}"
        if alert.kind == "approval":
            yield f"  {alert.lines[-1]}"
    replies = [each for each in facts.replies if each.kind == "reply"]
    if replies:
        late = sum(each.hours > LONG_WAIT_HOURS for each in replies)
        people = f"{len(replies)} {'reply waits' if len(replies) == 1 else 'replies wait'}"
        yield f"! {people} for an answer, {late} for more than {LONG_WAIT_HOURS} h"
        yield from (f"  {_who(each, rules)}" for each in replies[:MOST_LINES])
    meetings = sum(each.kind == "booked" for each in facts.replies)
    if meetings:
        yield f"! {meetings} {'meeting' if meetings == 1 else 'meetings'} booked"
    for title in facts.doubts:
        yield f"! may not have arrived: {private(title, rules)}"


def _who(reply: Reply, rules: AlertRules) -> str:
    told = f"grade {reply.grade or 'none'}, {reply.hours} h"
    if rules.include_personal_data and (reply.full_name or reply.email):
        return f"{' '.join(filter(None, (reply.full_name, reply.email)))} ({reply.person_key}): {told}"
    return f"{reply.person_key}: {told}"


def _done(facts: Facts) -> Iterator[str]:
    for vendor in facts.vendors:
        parts = [f"{vendor.confirmed:,} written and confirmed", f"{vendor.rejected:,} refused"]
        if vendor.in_doubt:
            parts.append(f"{vendor.in_doubt:,} sent, answer lost: being asked about")
        yield f"{TARGETS[vendor.vendor]}: {', '.join(parts)}" + (f"; {plan_line(vendor)}" if vendor.waiting else "")
    yield f"Checks: {facts.passed_checks} passed, {len(facts.failed_checks)} failed"
    spent = ", ".join(f"{amount:,.0f} {unit.replace('_', ' ')}s" for unit, amount in sorted(facts.spent.items()))
    yield f"Spent: {spent or 'nothing'}"
    yield from (f"Left: {each.left:,.0f} of {each.limit:,.0f}, {each.what}" for each in facts.left)
    yield f"Run {facts.run_id[:8]} ({facts.job})"


def _escaped(text: str) -> str:
    """Return text that Slack shows as it is: only these three characters are control characters there."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
