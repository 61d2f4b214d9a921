"""What a person sees of `leadflow review`: lines of plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.planview.words import printable
from pipeline.whyview.cells import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def listed_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield the pairs that wait, each with what speaks for and against."""
    waiting, decided = told["waiting"], told["decided"]
    later = f"; {decided:,} decided, in force from the next run on" if decided else ""
    pairs = "pair waits" if waiting == 1 else "pairs wait"
    yield f"{waiting:,} {pairs} for a decision{later}" if waiting else f"no pair waits for a decision{later}"
    for pair in told["pairs"]:
        left, right = pair["left"]["key"], pair["right"]["key"]
        yield ""
        yield printable(_person(pair["left"]))
        yield printable(_person(pair["right"]))
        yield printable(f"  {pair['bits']:.1f} bits: {pair['reason']}")
        for title, name in (("for", "same"), ("against", "different"), ("open", "one_sided")):
            for reason in pair[name]:
                yield printable(f"  {title:8} {reason}")
        yield f"  leadflow review {left} {right} same|different"
    if told["left_out"]:
        yield ""
        yield f"... and {told['left_out']:,} more: --limit 0 lists all"


def decided_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield every decision, the latest first."""
    if not rows:
        yield "nobody decided anything yet"
    for row in sorted(rows, key=lambda row: (row["decided_at"], row["decision_no"]), reverse=True):
        left, right = (f"{row[f'{side}_source']}:{row[f'{side}_id']}" for side in ("left", "right"))
        replaced = "" if row["is_standing"] else ", replaced by a later one"
        when = shown(row["decided_at"])
        yield printable(
            f"{when}  {left} and {right}: {row['verdict']}, {row['decided_by']} ({row['origin']}){replaced}"
        )


def ruled_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was decided and what will come of it."""
    what = "the same person" if told["decision"] == "same" else "different people"
    yield printable(f"decided by {told['who']}: {what}")
    for left, right in told["pairs"]:
        yield printable(f"  {left} and {right}")
    if told["replaced"]:
        yield f"  {told['replaced']} older decision{'s' if told['replaced'] > 1 else ''} replaced"
    yield "from the next run on:"
    for person in told["people"]:
        yield printable(f"  {person['key'] or 'a new key'}: {', '.join(person['records'])}")
        for record in person["repaired"]:
            yield printable(f"    {record} carries another key: the next plan mends it there")


def _person(told: Mapping[str, Any]) -> str:
    facts = [str(told[name]) for name in ("full_name", "title", "company_name", "email") if told[name]]
    homes = [
        f"{name} {told[column]}" for name, column in (("Zoho", "zoho_id"), ("GHL", "ghl_contact_id")) if told[column]
    ]
    records = f"{told['records']} records" if told["records"] else "no records"
    return f"{told['key']}  {', '.join([*facts, records, *homes])}"
