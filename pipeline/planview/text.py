"""A plan's facts as lines for a terminal: what waits first, what it costs and what holds it, then every record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.planview import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Facts = Mapping[str, Any]


def lines(facts: Facts) -> Iterator[str]:
    """Yield the lines of a plan."""
    yield f"plan {facts['plan'][:8]} toward {words.VENDORS[facts['vendor']]}, as of {facts['as_of']}, {age(facts)}"
    yield words.printable(facts["says"])
    yield ""
    yield from _section("would do", _actions(facts["actions"]))
    yield from _section("fields", _fields(facts["fields"]))
    yield from _section("held back", [f"{item['records']:,}  {item['reason']}" for item in facts["holds"]])
    yield from _section("left alone", [f"{item['records']:,}  {item['reason']}" for item in facts["skips"]])
    yield from _section("kept", [_kept(item) for item in facts["kept_fields"]])
    yield from _section("may fire", facts["automations"] or ["no automation of the vendor"])
    yield from _section("gates", [_gate(item) for item in facts["gates"]])
    yield from _section("forecast", forecast(facts))
    yield from _records(facts)
    if facts["has_changes"] and facts["apply"]:
        yield f"to send it: {facts['apply']}"


def age(facts: Facts) -> str:
    """Return how old a plan is and until when it may be applied."""
    made = f"made {words.duration(facts['age_seconds'])} ago"
    return f"{made}, expires {facts['expires_at'][:16].replace('T', ' ')} UTC" if facts["expires_at"] else made


def forecast(facts: Facts) -> list[str]:
    """Return the cost by route, the sum, and what it is of the day's budget."""
    told, budget = facts["forecast"], facts["budget"]
    unit = told["unit"]
    found = [route(leg, unit) for leg in told["routes"]]
    money = f", ${told['usd']:,.2f}" if told["usd"] else ", no money"
    whole, time = words.units(told["units_in_all"], unit), words.duration(told["seconds_in_all"])
    found.append(f"in all: {whole}{money}, about {time} (prices of {told['price_as_of']})")
    if budget["per_day"] is not None:
        left = "" if budget["left"] is None else f"; {words.number(budget['left'])} left by our own count"
        found.append(f"{words.share(told['share_of_day'])} of the day's {words.units(budget['per_day'], unit)}{left}")
    return found


def route(leg: Facts, unit: str) -> str:
    """Return one operation on one object by one route."""
    jobs = f" in {leg['jobs']} bulk job{'s' if leg['jobs'] > 1 else ''}" if leg["jobs"] else ""
    calls, records = (f"{leg[name]:,} {name if leg[name] != 1 else name[:-1]}" for name in ("calls", "records"))
    what = f"{leg['object']} {leg['operation'].replace('_', ' ')}: {records}{jobs}"
    return f"{what}, {calls}, {words.units(leg['units'], unit)}, {words.duration(leg['seconds'])}"


def _actions(actions: Mapping[str, Mapping[str, int]]) -> list[str]:
    return [words.counts(kinds, words.DONE[name]) for name, kinds in actions.items()] or ["nothing"]


def _fields(fields: Mapping[str, Mapping[str, int]]) -> list[str]:
    return [
        f"{kind}: {', '.join(f'{name} {count:,}' for name, count in counts.items())}" for kind, counts in fields.items()
    ]


def _kept(item: Facts) -> str:
    return f"{item['records']:,}  {item['object']}.{item['field']}: {words.printable(item['reason'])}"


def _gate(item: Facts) -> str:
    verdict = {True: "passed", False: "FAILED", None: "not judged"}[item["passed"]]
    return f"{verdict}  {item['check']}  {words.printable(item['detail'])}".rstrip()


def _section(title: str, told: Sequence[str]) -> Iterator[str]:
    for place, line in enumerate(told):
        yield f"{title if place == 0 else '':12}{line}"


def _records(facts: Facts) -> Iterator[str]:
    for record in facts["records"]:
        yield ""
        named = record["record_id"] or "not there yet"
        sign = words.SIGNS.get(record["action"], " ")
        yield f"{sign} {record['object']} {named} ({record['person_key']}): {words.done(record)}"
        wide = max(len(item["field"] or item["action"]) for item in record["changes"])
        for item in record["changes"]:
            policy = f" [{item['policy']}]" if item["policy"] else ""
            name = item["field"] or item["action"]
            yield f"    {name:{wide}}  {words.change(item)}{policy} {words.printable(item['reason'])}"
    if facts["records"]:
        yield ""
    if facts["records_left_out"]:
        yield f"... and {facts['records_left_out']:,} more records: --limit 0 lists all"
