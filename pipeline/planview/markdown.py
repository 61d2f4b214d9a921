"""A plan's facts as Markdown that fits a comment on a pull request: GitHub takes 65,536 characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.planview import words
from pipeline.planview.text import age

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Facts = Mapping[str, Any]

LONGEST = 64_000
"""Characters of a whole comment: below the limit, with room for what a workflow adds of its own."""

MOST = 40
"""Lines of one table: beyond them a list is told by its length."""

WIDEST = 200
"""Characters of one sentence."""


def comment(facts: Facts) -> str:
    """Return a plan as Markdown of at most 64,000 characters; records that do not fit are counted."""
    fires = _plain(", ".join(facts["automations"])) or "none"
    head = [
        f"### leadflow: plan `{facts['plan'][:8]}` toward {words.VENDORS[facts['vendor']]}",
        f"**{_plain(facts['says'])}**",
        f"As of {facts['as_of']}, {age(facts)}. Automations that may fire: {fires}.",
        _table(("action", "object", "records"), _actions(facts)),
        _table(("gate", "verdict", "detail"), map(_gate, facts["gates"])),
        _forecast(facts),
    ]
    more = [
        _folded("Fields that change", _table(("object", "field", "records"), _fields(facts))),
        _folded("Held back and left alone", _table(("", "reason", "records"), _reasons(facts))),
        _folded("Kept as people left them", _table(("field", "reason", "records"), _kept(facts))),
    ]
    told = ""
    for part in (*head, *more):
        if part and len(told) + len(part) < LONGEST - 500:
            told += f"{part}\n\n"
    return told + _records(facts, LONGEST - len(told))


def _forecast(facts: Facts) -> str:
    told, budget = facts["forecast"], facts["budget"]
    unit = told["unit"]
    rows = [
        (
            f"{leg['object']} {leg['operation'].replace('_', ' ')}",
            f"{leg['jobs']} bulk jobs" if leg["jobs"] else "single calls",
            *(f"{leg[name]:,}" for name in ("records", "calls")),
            *(words.number(leg["units"]), words.duration(leg["seconds"])),
        )
        for leg in told["routes"]
    ]
    money = f"${told['usd']:,.2f}" if told["usd"] else "no money"
    whole, time = words.units(told["units_in_all"], unit), words.duration(told["seconds_in_all"])
    line = f"Forecast: **{whole}**, {money}, about {time}"
    if budget["per_day"] is not None:
        line += f"; {words.share(told['share_of_day'])} of the day's {words.number(budget['per_day'])}"
    table = _table(("what", "route", "records", "calls", unit.replace("_", " "), "time"), rows)
    return f"{line} (prices of {told['price_as_of']}).\n\n{table}".rstrip()


def _records(facts: Facts, room: int) -> str:
    """Return the records that fit, folded, and how many more there are."""
    opened, closed = "<details><summary>Records</summary>\n", "\n</details>\n"
    left, shown = room - len(opened) - len(closed) - 200, []
    for record in facts["records"]:
        block = _block(record)
        if len(block) > left:
            break
        shown.append(block)
        left -= len(block)
    missing = facts["records_left_out"] + len(facts["records"]) - len(shown)
    more = f"\n... and {missing:,} more records: `leadflow plan {facts['vendor']} --limit 0`\n" if missing else ""
    return f"{opened}{''.join(shown)}{closed}{more}" if shown else more


def _block(record: Facts) -> str:
    named = record["record_id"] or "not there yet"
    title = f"{record['object']} {named} ({record['person_key']}): {words.done(record)}"
    rows = [
        (
            _code(item["field"] or item["action"]),
            _code(words.change(item)),
            item["policy"] or "",
            _plain(item["reason"]),
        )
        for item in record["changes"]
    ]
    return f"\n**{_plain(title)}**\n\n{_table(('field', 'old → new', 'policy', 'why'), rows)}\n"


def _actions(facts: Facts) -> list[tuple[str, ...]]:
    return [
        (words.DONE[name], kind, f"{count:,}")
        for name, kinds in facts["actions"].items()
        for kind, count in kinds.items()
    ]


def _gate(item: Facts) -> tuple[str, ...]:
    verdict = {True: "passed", False: "**failed**", None: "**not judged**"}[item["passed"]]
    return (_code(item["check"]), verdict, _plain(item["detail"]))


def _fields(facts: Facts) -> list[tuple[str, ...]]:
    return [
        (kind, _code(name), f"{count:,}") for kind, counts in facts["fields"].items() for name, count in counts.items()
    ]


def _reasons(facts: Facts) -> list[tuple[str, ...]]:
    told = [("held back", item) for item in facts["holds"]] + [("left alone", item) for item in facts["skips"]]
    return [(what, _plain(item["reason"]), f"{item['records']:,}") for what, item in told]


def _kept(facts: Facts) -> list[tuple[str, ...]]:
    return [
        (_code(f"{item['object']}.{item['field']}"), _plain(item["reason"]), f"{item['records']:,}")
        for item in facts["kept_fields"]
    ]


def _folded(title: str, table: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{table}\n\n</details>" if table else ""


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = list(rows)
    if not body:
        return ""
    lines = [names, ["---"] * len(names), *body[:MOST]]
    if len(body) > MOST:
        lines.append([f"... and {len(body) - MOST:,} more", *[""] * (len(names) - 1)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(text: str) -> str:
    """Return text that Markdown shows as it is: no link, mention or markup in it works."""
    return "`" + words.printable(text).replace("`", "'").replace("|", "\\|") + "`"


def _plain(text: str) -> str:
    shown = words.printable(text)
    cut = shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"
    # An "@" behind which a space of no width stands mentions nobody.
    return re.sub(r"([\\|*_<>\[\]#])", r"\\\1", cut).replace("@", "@\u200b")
