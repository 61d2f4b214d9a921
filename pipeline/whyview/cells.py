"""Rows of the page: facts as cells, in the words of people."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pipeline.planview.words import DONE, VENDORS, number
from pipeline.planview.words import value as quoted
from pipeline.whyview.changes import LANDED, state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Story = Mapping[str, Any]

CONVERSION = ("settled_at", "lead_id", "contact_id", "account_id", "deal_id", "state", "is_key_carried")
ACCOUNT = ("account_id", "account_name", "points", "evidence", "is_winner", "tie_breaker")
RECORD = ("full_name", "title", "company_name", "email", "first_seen_at", "seen_at")
PERIOD = ("account_fit", "persona_influence", "engagement", "score", "grade", "changed_because")


def shown(cell: object) -> str:
    """Return a cell as text: moments to the minute (UTC), yes and no, nothing for nothing."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC) if cell.tzinfo else cell:%Y-%m-%d %H:%M}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def record(row: Story) -> tuple[Any, ...]:
    """Return a source or platform record."""
    gone = " (deleted there)" if row["is_gone"] else ""
    return (f"{row['record']}{gone}", *picked(row, RECORD))


def edge(pair: Story, numbers: Mapping[str, str]) -> tuple[Any, ...]:
    """Return a pair of records and the evidence between them; `numbers`: record → how it is called on the page."""
    reasons = pair["evidence"]
    # What one reason weighs is what the pair weighs, and stands beside it.
    told = reasons[0]["words"] if len(reasons) == 1 else "; ".join(f"{r['words']} ({r['bits']:+.1f})" for r in reasons)
    ends = " ".join(sorted((numbers[pair["left"]], numbers[pair["right"]]), key=lambda name: (len(name), name)))
    return (ends, f"{pair['bits']:.1f}", told if pair["holds"] else f"(besides) {told}")


def decision(row: Story) -> tuple[Any, ...]:
    """Return what a person decided."""
    left, right = (f"{row[f'{side}_source']}:{row[f'{side}_id']}" for side in ("left", "right"))
    standing = "" if row["is_standing"] else "replaced by a later one"
    return (left, right, row["verdict"], row["decided_by"], row["decided_at"], standing)


def value(row: Story, numbers: Mapping[str, str]) -> tuple[Any, ...]:
    """Return a surviving value; `numbers` as for `edge`."""
    lost = "; ".join(
        f"{item['value']} (from {_place(item['record'], numbers)}, {shown(item['seen_at'])}: {item['reason']})"
        for item in row["losing_values"]
    )
    return (row["field"], row["value"], _place(row["record"], numbers), row["seen_at"], row["rule"], lost)


def _place(record: str, numbers: Mapping[str, str]) -> str:
    """Return how a record is called on the page, and its source."""
    return f"{numbers.get(record, record)} {record.partition(':')[0]}"


def scores(scores: Story) -> Iterator[tuple[Any, ...]]:
    """Yield each score, and below it the rules that made it."""
    for part in scores.get("parts", ()):
        wrong = "" if part["points"] == part["total"] else f"the rules sum to {part['points']}"
        yield (part["name"].replace("_", " "), part["total"], wrong)
        for reason in part["reasons"]:
            yield ("", f"{reason['points']:+}", reason["rule"].replace("_", " "))


def period(row: Story) -> tuple[Any, ...]:
    """Return a period of the score history."""
    return (row["valid_from"], row["valid_to"] or "now", *picked(row, PERIOD))


def where(row: Story) -> str:
    """Return the vendor, object and id of a record."""
    return f"{VENDORS.get(row['vendor'], row['vendor'])} {row['object']} {row['record_id'] or '(not there yet)'}"


def left_alone(row: Story) -> tuple[Any, ...]:
    """Return what plans left alone: a record, or one field of it."""
    told = picked(row, ("last_at", "first_at", "plans"))
    return (*told, where(row), row["field"] or "the record", row["reason"])


def change(change: Story) -> Iterator[tuple[Any, ...]]:
    """Yield a write, and below it its fields."""
    when = change["settled_at"] or change["sent_at"] or change["planned_at"]
    by = f", approved by {change['approved_by']}" if change["approved_by"] else ""
    what = DONE.get(change["operation"], change["operation"])
    yield (
        when,
        where(change),
        f"{what}, plan {change['plan_hash'][:8]}",
        "",
        state(change, VENDORS),
        by.removeprefix(", "),
    )
    for item in change["fields"]:
        if item["field"] is None and item["new"] is None:
            continue
        old, new = quoted(item["old"]), quoted(item["new"])
        moved = {"insert": new, "add_tags": f"+ {new}", "remove_tags": f"- {new}"}
        told = moved.get(change["operation"], f"{old} → {new}")
        landed = LANDED.get(item["landed"] or "", item["landed"] or "")
        if item["landed"] not in {None, "stored"}:
            landed = f"{landed}: {quoted(item['stored'])}"
        policy = f" [{item['policy']}]" if item["policy"] else ""
        yield ("", "", f"  {item['field'] or 'request'}", told, landed, f"{item['reason']}{policy}")


def touch(row: Story) -> tuple[Any, ...]:
    """Return an event."""
    where = f"{VENDORS.get(row['vendor'], row['vendor'])} {row['vendor_id']}"
    what = row["kind"].replace("_", " ")
    told = (row["channel"], row["direction"], row["is_human"], row["campaign"] or row["workflow_id"])
    return (row["occurred_at"], what, *told, where, row["raw_ref"])


def charge(row: Story) -> tuple[Any, ...]:
    """Return a charge."""
    units = f"{number(row['quantity'])} {row['unit'].replace('_', ' ')}"
    vendor = VENDORS.get(row["vendor"], row["vendor"])
    return (row["spent_at"], vendor, units, f"{row['usd'] or 0:.3f}", *picked(row, ("purpose", "search", "outcome")))


def picked(row: Story, names: tuple[str, ...]) -> tuple[Any, ...]:
    """Return some facts of a row as they are."""
    return tuple(row[name] for name in names)
