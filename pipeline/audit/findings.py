"""The findings of an audit: what each is about, what it needs, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Level = Literal["bad", "warn", "note"]
Of = Literal["records", "ghl", "emails", "phones", "fields", "leads", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One question of the audit. Its statement is `pipeline/sql/audit/<name>.sql`, one row per case.

    Attributes:
        name: of statement and CSV file.
        title: in words.
        level: how bad a case is.
        of: what the cases are a share of.
        needs: tables without which it cannot be answered; any one of each group is enough.
        advice: what to do, in a sentence.
        detail: column that tells most of a case, shown beside the first ones on the page.
    """

    name: str
    title: str
    level: Level
    of: Of
    advice: str
    detail: str = ""
    needs: tuple[tuple[str, ...], ...] = ()


PEOPLE = ("raw.zoho__leads", "raw.ghl__contacts")

FINDINGS: tuple[Finding, ...] = (
    Finding(
        name="optouts",
        title="Said no in one place, may be written to in another",
        level="bad",
        of="records",
        advice="Set the opt-out on these records first: writing to them may be against the law.",
        detail="opted_out_in",
        needs=(PEOPLE,),
    ),
    Finding(
        name="customers",
        title="Customers and open deals that get automatic messages",
        level="bad",
        of="ghl",
        advice="Take them out of these workflows and campaigns, and exclude customers and open deals from new ones.",
        detail="kind",
        needs=(("raw.ghl__messages",), ("raw.zoho__deals", "raw.ghl__opportunities")),
    ),
    Finding(
        name="duplicates",
        title="Records of people who have several in one platform",
        level="warn",
        of="records",
        advice="Merge each person's records in the platform, keeping the one with the deal or the latest activity.",
        detail="records_of_person",
        needs=(PEOPLE,),
    ),
    Finding(
        name="doubts",
        title="Pairs of people who may be one",
        level="note",
        of="",
        advice="Look at a record of each: only a person can decide; merge them or leave them.",
        detail="other_record_id",
        needs=(PEOPLE,),
    ),
    Finding(
        name="owners",
        title="Records without an owner",
        level="warn",
        of="records",
        advice="Give each an active user as owner, and add an assignment rule for new ones.",
        detail="owner",
        needs=(PEOPLE,),
    ),
    Finding(
        name="stale",
        title="Leads on which nothing happened for a long time",
        level="warn",
        of="leads",
        advice="Close them, or put them into a list that is worked through: they hide the leads that matter.",
        detail="days",
        needs=(PEOPLE,),
    ),
    Finding(
        name="emails",
        title="E-mail addresses that cannot be right",
        level="warn",
        of="emails",
        advice="Correct or empty them before the next campaign: each is a bounce that costs the domain its reputation.",
        detail="problem",
        needs=(PEOPLE,),
    ),
    Finding(
        name="phones",
        title="Phone numbers that cannot be right",
        level="warn",
        of="phones",
        advice="Correct them, with the country code: a number without one cannot be dialled or matched.",
        detail="problem",
        needs=(PEOPLE,),
    ),
    Finding(
        name="unreachable",
        title="Records without a usable address or number",
        level="warn",
        of="records",
        advice="Enrich them or delete them: nobody can contact these people.",
        needs=(PEOPLE,),
    ),
    Finding(
        name="fields",
        title="Fields, and in how many records they are filled",
        level="note",
        of="",
        advice="Almost empty fields are no basis for segments or scores: fill them, or remove them from the layout.",
        needs=(PEOPLE,),
    ),
)

BOOKKEEPING = (
    *("id", "Created_Time", "Modified_Time", "Created_By", "Modified_By", "Last_Activity_Time", "Layout", "Tag"),
    *("Record_Image", "Unsubscribed_Mode", "Unsubscribed_Time", "Locked__s", "Converted__s", "Record_Status__s"),
    *("locationId", "dateAdded", "dateUpdated", "dndSettings", "dnd", "searchAfter", "deleted", "type", "validEmail"),
)
"""Fields that a platform fills by itself: how often tells nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A finding with what came of it; `rows` is None where it was not looked at. `first`: the first cases."""

    finding: Finding
    rows: int | None
    of: int = 0
    csv: str = ""
    first: tuple[Mapping[str, Any], ...] = ()

    @property
    def share(self) -> float | None:
        """Return the share of the cases, None where there is nothing to be a share of."""
        return self.rows / self.of if self.rows is not None and self.of else None


def answerable(finding: Finding, tables: Collection[str]) -> bool:
    """Tell whether what a finding needs was read."""
    return all(any(table in tables for table in group) for group in finding.needs)


def wholes(counts: Mapping[str, int]) -> dict[str, int]:
    """Return what shares are taken of; `counts` as `sql/audit/counts.sql` tells them."""
    return {"": 0, "fields": 0, **counts}


def ordered(results: Sequence[Result]) -> list[Result]:
    """Return results as people should read them: what is wrong first, the worst on top."""
    rank = {"bad": 0, "warn": 1, "note": 2}
    order = {each.finding.name: place for place, each in enumerate(results)}
    return sorted(
        results,
        key=lambda each: (not each.rows, rank[each.finding.level], order[each.finding.name]),
    )
