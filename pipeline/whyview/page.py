"""The story of a person as sections of a page: titles, columns and cells of plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.planview.words import VENDORS, printable
from pipeline.whyview import cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Story = Mapping[str, Any]

FACTS = ("full_name", "title", "company_name", "email", "phone", "city", "country", "linkedin_slug")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table of the page. Cells hold nothing that a terminal obeys; `none` is said when there are no rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    none: str


def section(title: str, columns: str, rows: list[tuple[Any, ...]], none: str) -> Section:
    """Return a section; `columns` are separated by bars."""
    told = tuple(tuple(printable(cells.shown(cell)) for cell in row) for row in rows)
    return Section(title=title, columns=tuple(columns.split("|")), rows=told, none=none)


def headline(story: Story) -> list[str]:
    """Return who it is and where it stands, in a few lines."""
    person = story["person"]
    facts = [str(person[name]) for name in FACTS if person.get(name)]
    told = [", ".join(facts) or "nothing is known but the key", f"key {story['key']}, {len(story['records'])} records"]
    told += [
        f"was {old['key']} until {cells.shown(old['merged_at'])}: merged, the old key still works"
        for old in story["old_keys"]
    ]
    homes = [
        ("zoho", person.get("zoho_module"), person.get("zoho_id")),
        ("ghl", "contact", person.get("ghl_contact_id")),
    ]
    told += [f"in {VENDORS[vendor]}: {kind} {record_id}" for vendor, kind, record_id in homes if record_id]
    told += story["absences"] if person else []
    if story["scores"]:
        told.append(f"grade {story['scores']['grade']}, score {story['scores']['score']} on {story['scores']['as_of']}")
    if story["holds"]:
        reasons = " and ".join(dict.fromkeys(hold["reason"] for hold in story["holds"]))
        told.append(f"held back because the person {reasons}")
    return [printable(line) for line in told]


def sections(story: Story) -> Iterator[Section]:
    """Yield the sections of the page in order."""
    numbers = {row["record"]: f"[{place}]" for place, row in enumerate(story["records"], start=1)}
    yield section(
        "records, the founding one first",
        "|record|name|title|company|e-mail|first seen|last seen",
        [(numbers[row["record"]], *cells.record(row)) for row in story["records"]],
        "no record is left of this person",
    )
    yield section(
        "where they lie",
        "|landing file|place|found by",
        [
            (numbers[row["record"]], row["landing_ref"], row["position"], row["search"])
            for row in story["records"]
            if row["landing_ref"]
        ],
        "no landing file is known",
    )
    yield section(
        "what holds them together",
        "records|bits|evidence",
        [cells.edge(pair, numbers) for pair in story["edges"]],
        "one record alone needs no evidence"
        if len(story["records"]) < 2
        else "no evidence: decided, or held by their key",
    )
    yield section(
        "decisions by people",
        "record|record|decision|who|when|",
        [cells.decision(row) for row in story["decisions"]],
        "nobody decided anything about this person",
    )
    yield section(
        "may also be",
        "person|bits|why only a person can tell",
        [(row["other_key"], f"{row['bits']:.1f}", row["reason"]) for row in story["reviews"]],
        "nobody else is in doubt with this person",
    )
    yield section(
        "accounts in Zoho, the likeliest first",
        "account|name|points|evidence|used|decided by",
        [cells.picked(row, cells.ACCOUNT) for row in story["accounts"]],
        "no account there is like the employer",
    )
    yield section(
        "values",
        "field|value|from|seen|rule|lost",
        [cells.value(row, numbers) for row in story["values"]],
        "no value survived",
    )
    yield section("scores", "score|points|rule", list(cells.scores(story["scores"])), "not scored yet")
    yield section(
        "score history",
        "from|to|fit|persona|engagement|score|grade|because",
        [cells.period(row) for row in story["score_history"]],
        "no score was kept yet",
    )
    yield section(
        "segments", "segment|tag", [(row["segment"], row["tag"]) for row in story["segments"]], "in no segment"
    )
    yield from _what_was_done(story)


def _what_was_done(story: Story) -> Iterator[Section]:
    yield section(
        "held back",
        "since|channel|the person|seen at|also the CRM record",
        [(row["since"], row["channel"], row["reason"], row["source"], row["is_crm_held"]) for row in story["holds"]],
        "nothing holds this person back",
    )
    yield section(
        "left alone by plans",
        "last|first|plans|where|field|why",
        [cells.left_alone(row) for row in story["left_alone"]],
        "no plan left anything of this person alone",
    )
    yield section(
        "changes, the latest first",
        "when|where|what|old → new|landed|why",
        [row for change in story["changes"] for row in cells.change(change)],
        "nothing was planned or written for this person",
    )
    yield section(
        "conversions",
        "when|lead|contact|account|deal|state|key carried over",
        [cells.picked(row, cells.CONVERSION) for row in story["conversions"]],
        "no lead of this person was converted by leadflow",
    )
    yield section(
        "touches, the latest first",
        "when|what|channel|direction|by a person|campaign|where|said in",
        [cells.touch(row) for row in story["touches"]],
        "nothing happened between this person and us",
    )
    yield section(
        f"money: ${story['money']['usd']:,.3f}",
        "when|vendor|units|usd|for|search|outcome",
        [cells.charge(row) for row in story["money"]["charges"]],
        "no charge names this person; calls are booked by run",
    )
