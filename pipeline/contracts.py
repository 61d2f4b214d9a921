"""The contracts of the two boundaries where rows leave: people before planning, payloads before sending.

Only what a vendor would refuse, or what must never leave, is expected here; the SQL checks of each table guard
everything else. The limits of payloads come from the mapping and the vendor's live fields.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.mapping import FieldRule, VendorMapping
    from pipeline.planning.capabilities import Capabilities

KEY = r"^lf_[A-Za-z0-9_-]+$"
ADDRESS = r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]{2,}$"
TELEPHONE = r"^\+[1-9][0-9]{6,14}$"
PLACEHOLDER = r"^email_not_unlocked@"
GRADES = ["A", "B", "C", "D"]
SCORES = ("account_fit", "persona_influence", "engagement", "score")
WRITTEN = frozenset({"insert", "update"})
REFUSED = "is_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation: its type in Great Expectations, its options (column, limits), and its sentence for people."""

    kind: str
    meaning: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns it reads."""
        names = (self.options.get(name) for name in ("column", "column_A", "column_B"))
        return tuple(name for name in names if name is not None)


def expected(kind: str, column: str, meaning: str, **options: object) -> Expectation:
    """Return an expectation of one column."""
    return Expectation(kind=kind, meaning=meaning, options={"column": column, **options})


def people() -> list[Expectation]:
    """Return what is expected of people as a plan sees them: one row per person."""
    return [
        expected("ExpectColumnValuesToNotBeNull", "person_key", "everybody has a key"),
        expected("ExpectColumnValuesToBeUnique", "person_key", "everybody is there once"),
        expected("ExpectColumnValuesToMatchRegex", "person_key", "a key looks like a key", regex=KEY),
        expected("ExpectColumnValuesToMatchRegex", "email", "an address looks like one", regex=ADDRESS),
        expected("ExpectColumnValuesToNotMatchRegex", "email", "no placeholder is an address", regex=PLACEHOLDER),
        expected("ExpectColumnValuesToMatchRegex", "phone", "a telephone number is international", regex=TELEPHONE),
        expected("ExpectColumnValuesToBeInSet", "grade", "a grade is A, B, C or D", value_set=GRADES),
        *(
            expected("ExpectColumnValuesToBeBetween", name, f"{name} is from 0 to 100", min_value=0, max_value=100)
            for name in SCORES
        ),
        expected("ExpectColumnValuesToNotBeInSet", REFUSED, "who said no has no segment", value_set=[True]),
    ]


def people_rows(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a plan's statement with what the suite asks of them together."""
    names = ("person_key", "email", "phone", "grade", *SCORES)
    return [
        {name: _plain(row[name]) for name in names} | {REFUSED: bool(row["optouts"]) and bool(row["tags"])}
        for row in found
    ]


def payloads(kind: str, mapping: VendorMapping, live: Capabilities) -> list[Expectation]:
    """Return what is expected of the payloads toward one object: one row per record that is made or changed."""
    target = mapping.objects[kind]
    suite = [
        expected("ExpectColumnValuesToNotBeNull", "person_key", f"a {kind} payload is somebody's"),
        expected("ExpectColumnValuesToNotBeInSet", "is_keyless", f"a new {kind} carries our key", value_set=[True]),
        expected("ExpectColumnValuesToNotBeInSet", "is_twice", f"nobody is two new {kind}", value_set=[True]),
        expected("ExpectColumnValuesToNotBeInSet", "lacks", f"a new {kind} has all that is required", value_set=[True]),
    ]
    for name, rule in target.fields.items():
        suite += _of_field(kind, name, rule, live)
    return suite


def payload_rows(rows: Sequence[Mapping[str, Any]], kind: str, mapping: VendorMapping) -> list[dict[str, Any]]:
    """Return the payloads in a plan toward one object, from the rows of its table (values as JSON text)."""
    target = mapping.objects[kind]
    required = [name for name, rule in target.fields.items() if rule.required]
    found: dict[tuple[str, str, str | None], dict[str, Any]] = {}
    new: dict[str, int] = {}
    for row in rows:
        if row["object"] != kind or row["lane"] != "normal" or row["action"] not in WRITTEN or row["field"] is None:
            continue
        place = (row["person_key"], row["action"], row["record_id"])
        if place not in found and row["action"] == "insert":
            new[row["person_key"]] = new.get(row["person_key"], 0) + 1
        told = found.setdefault(place, {"person_key": row["person_key"], "action": row["action"]})
        told[row["field"]] = _plain(json.loads(row["new_value"]) if row["new_value"] is not None else None)
    for told in found.values():
        is_new = told["action"] == "insert"
        told["is_keyless"] = (
            is_new and mapping.key_field is not None and (told.get(mapping.key_field) != told["person_key"])
        )
        told["is_twice"] = is_new and new[told["person_key"]] > 1
        told["lacks"] = is_new and any(told.get(name) in {None, ""} for name in required)
    return list(found.values())


def _of_field(kind: str, name: str, rule: FieldRule, live: Capabilities) -> list[Expectation]:
    fact = live.fact(kind, name)
    found = []
    if rule.type == "email":
        found.append(expected("ExpectColumnValuesToMatchRegex", name, f"{kind}.{name} is an address", regex=ADDRESS))
    if rule.type == "integer":
        found.append(expected("ExpectColumnValuesToBeBetween", name, f"{kind}.{name} is not negative", min_value=0))
    longest = min((n for n in (rule.max_length, fact.max_length if fact else None) if n), default=None)
    if longest is not None and rule.type in {"text", "email", "phone", "url"}:
        told = f"{kind}.{name} has at most {longest} characters"
        found.append(expected("ExpectColumnValueLengthsToBeBetween", name, told, max_value=longest))
    if rule.type == "picklist" and fact is not None and fact.choices:
        told = f"{kind}.{name} is one of the vendor's choices"
        found.append(expected("ExpectColumnValuesToBeInSet", name, told, value_set=sorted(fact.choices)))
    return found


def _plain(value: Any) -> Any:
    """Return a value that compares; lookups and lists as text."""
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value
