"""The evidence that holds a person together, pair by pair, in bits and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

WORDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "key": ("our key stands in the one and belongs to the other", ()),
    "strong": ("the same key of ours or of a vendor", ()),
    "email": ("the same mailbox", ("email_norm",)),
    "linkedin": ("the same LinkedIn profile", ("linkedin_slug",)),
    "profile": ("the same LinkedIn profile", ("linkedin_slug",)),
    "member_id": ("the same Sales Navigator member", ("linkedin_member_id",)),
    "member": ("the same Sales Navigator member", ("linkedin_member_id",)),
    "source_id": ("the same id at Apollo", ("source_id",)),
    "converted": ("Zoho converted the one into the other", ()),
    "phone": ("the same phone number", ("phone",)),
    "phone_name": ("the same phone number and surname", ("phone", "name_norm")),
    "name": ("names that agree", ("name_norm",)),
    "name_company": ("the same name at the same company", ("name_norm", "company_ref")),
    "organisation": ("the same organisation", ("company_ref",)),
    "together": ("what all records of both say together", ()),
    "decision": ("a person decided that they are the same", ()),
}
"""Rule of `identity.edges` → what it says, and the columns of `identity.features` that show it."""

COMPARED: Mapping[str, tuple[str, str]] = {
    "name_norm": ("name", "names"),
    "company_ref": ("company", "companies"),
    "email_norm": ("mailbox", "mailboxes"),
    "phone": ("phone number", "phone numbers"),
    "linkedin_slug": ("LinkedIn profile", "LinkedIn profiles"),
    "linkedin_member_id": ("Sales Navigator member", "Sales Navigator members"),
}
"""Column of `identity.features` → what it is called, one and several."""


def name_of(row: Row) -> str:
    """Return how a record is named: `source:source_id`, as it is typed."""
    return f"{row['source']}:{row['source_id']}"


def pairs(edges: Sequence[Row], records: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the pairs of records that evidence joins, those that hold the person together first.

    `holds` is true for the pairs without which a record would fall off (the heaviest such set); `bits` is the
    sum of the evidence of the pair. Evidence toward records of other people is left out.
    """
    by_number = {row["record_no"]: row for row in records}
    found: dict[tuple[int, int], list[Row]] = {}
    for edge in edges:
        one, other = sorted((edge["left_no"], edge["right_no"]))
        if one in by_number and other in by_number:
            found.setdefault((one, other), []).append(edge)
    told = [_pair([by_number[number] for number in place], reasons) for place, reasons in found.items()]
    told.sort(key=lambda pair: (-pair["bits"], pair["left"], pair["right"]))
    tops = {name_of(row): name_of(row) for row in records}
    for pair in told:
        one, other = _top(tops, pair["left"]), _top(tops, pair["right"])
        pair["holds"] = one != other
        tops[other] = one
    return sorted(told, key=lambda pair: not pair["holds"])


def words(rule: str, left: Row, right: Row) -> str:
    """Return one piece of evidence in words, with the values that the two records share."""
    said, columns = WORDS.get(rule, (rule.replace("_", " "), ()))
    shared = [str(left[name]) for name in columns if left.get(name) and left.get(name) == right.get(name)]
    return f"{said}: {', '.join(shared)}" if shared else said


def likeness(left: Sequence[Row], right: Sequence[Row]) -> dict[str, list[str]]:
    """Return what speaks for and against two people being one, in words, from the records of each."""
    told: dict[str, list[str]] = {"same": [], "different": [], "one_sided": []}
    for column, (one, several) in COMPARED.items():
        ours, theirs = ({row[column] for row in rows if row[column]} for rows in (left, right))
        if ours & theirs:
            told["same"].append(f"the same {one}: {_listed(ours & theirs)}")
        elif ours and theirs:
            told["different"].append(f"different {several}: {_listed(ours)} and {_listed(theirs)}")
        elif ours or theirs:
            told["one_sided"].append(f"only one of them has a {one}: {_listed(ours or theirs)}")
    return told


def _pair(ends: Sequence[Row], reasons: Sequence[Row]) -> dict[str, Any]:
    left, right = ends
    evidence = [
        {"rule": row["rule"], "bits": row["bits"], "words": row.get("words") or words(row["rule"], left, right)}
        for row in sorted(reasons, key=lambda row: (-row["bits"], row["rule"]))
    ]
    bits = sum(reason["bits"] for reason in evidence)
    return {"left": name_of(left), "right": name_of(right), "bits": bits, "holds": False, "evidence": evidence}


def _top(tops: dict[str, str], name: str) -> str:
    while tops[name] != name:
        name = tops[name]
    return name


def _listed(values: set[str]) -> str:
    return ", ".join(sorted(values))
