"""`leadflow review`: pairs that only a person can decide, and what people decided. No vendor is called."""

from __future__ import annotations

import getpass
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from assets.reviewlines import decided_lines, listed_lines, ruled_lines
from assets.why import Sight, plain, sight
from pipeline.errors import ConfigurationError, LeadflowError
from pipeline.identity.decisions import VERDICTS, Ruling, Side, rule_on, split
from pipeline.identity.keys import PLATFORM_TRUST, KnownKeys, assign
from pipeline.whyview import asked as asking
from pipeline.whyview.evidence import likeness, name_of
from resources.decisionfiles import FOLDER, take_in
from resources.ledger.decisions import Decisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.identity.keys import Record

LISTED = 20
SHOWN = ("full_name", "title", "company_name", "email", "records", "zoho_id", "ghl_contact_id")
USAGE = "expected nothing, PERSON, LEFT RIGHT same|different, or PERSON --split RECORD..."


class NotOnePerson(LeadflowError):
    """Nobody, or several people, answer to one side of a decision."""

    exit_code = 2


def review(
    words: Sequence[str], *, is_split: bool, is_decided: bool, who: str | None, limit: int | None, as_json: bool
) -> int:
    """List what waits for a decision, or decide; return the exit code."""
    with sight() as seen:
        decisions = Decisions(seen.ledger.store)
        folder = seen.settings.data_dir / FOLDER
        taken, problems = take_in(folder, decisions, now=seen.ledger.now())
        name = who or os.environ.get("USER") or getpass.getuser()
        if is_split:
            told, lines = _split(seen, words, name)
        elif is_decided and not words:
            rows = decisions.rows()
            told, lines = {"status": "listed", "decisions": rows}, decided_lines(rows)
        elif len(words) == 3:
            told, lines = _decide(seen, words[0], words[1], words[2], name)
        elif len(words) <= 1:
            told = _waiting(seen, words, LISTED if limit is None and not as_json else limit or 0)
            lines = listed_lines(told)
        else:
            raise ConfigurationError(f"{len(words)} words were given; {USAGE}")
    told |= {"taken_in": taken, "problems": problems}
    if as_json:
        sys.stdout.write(json.dumps(told, default=plain, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.write("".join(f"not taken in: {problem}\n" for problem in problems))
    return 2 if problems else 0


def _waiting(seen: Sight, words: Sequence[str], limit: int) -> dict[str, Any]:
    """Return the pairs that nobody decided yet, at most `limit` (0: all), with what speaks for and against."""
    mine = [_side(seen, word).key for word in words]
    pairs = seen.warehouse.ask("why/reviews", keys=mine)
    keys = sorted({row[side] for row in pairs for side in ("left_key", "right_key")})
    people = {row["person_key"]: row for row in seen.people(keys)}
    records: dict[str, list[Mapping[str, Any]]] = {key: [] for key in keys}
    owner: dict[Record, str] = {}
    for row in seen.warehouse.ask("why/records", keys=keys):
        records[row["person_key"]].append(row)
        owner[row["source"], row["source_id"]] = row["person_key"]
    decided = {
        frozenset({owner.get(left), owner.get(right)}) for left, right, _ in Decisions(seen.ledger.store).pairs()
    }
    open_pairs = [row for row in pairs if frozenset({row["left_key"], row["right_key"]}) not in decided]
    listed = [
        {
            "left": _shown(row["left_key"], people),
            "right": _shown(row["right_key"], people),
            "bits": row["bits"],
            "reason": row["reason"],
            **likeness(records[row["left_key"]], records[row["right_key"]]),
        }
        for row in open_pairs[: limit or None]
    ]
    counts = {"waiting": len(open_pairs), "decided": len(pairs) - len(open_pairs)}
    return {"status": "listed", **counts, "pairs": listed, "left_out": len(open_pairs) - len(listed)}


def _decide(seen: Sight, left: str, right: str, verdict: str, who: str) -> tuple[dict[str, Any], Iterable[str]]:
    if verdict not in VERDICTS:
        raise ConfigurationError(f"the decision is {verdict!r}; allowed: {', '.join(VERDICTS)}")
    sides = (_side(seen, left), _side(seen, right))
    ruling = rule_on(*sides, verdict)
    one_person = sides[0].records | sides[1].records
    if verdict == "same" or sides[0].key != sides[1].key:
        groups = [one_person] if verdict == "same" else [side.records for side in sides]
    else:
        groups = [one_person - ruling.right, ruling.right]
    return _kept(seen, ruling, sorted({side.key for side in sides}), groups, who)


def _split(seen: Sight, words: Sequence[str], who: str) -> tuple[dict[str, Any], Iterable[str]]:
    if len(words) < 2:
        raise ConfigurationError(f"--split needs the person and the records to take apart; {USAGE}")
    person = _side(seen, words[0])
    ruling = split(person, [_record(person, word) for word in words[1:]])
    return _kept(seen, ruling, [person.key], [ruling.right, ruling.left], who)


def _kept(
    seen: Sight, ruling: Ruling, keys: list[str], groups: Sequence[frozenset[Record]], who: str
) -> tuple[dict[str, Any], Iterable[str]]:
    """Keep a decision, and tell which key each group of records will have after the next run."""
    replaced = Decisions(seen.ledger.store).decide(ruling, who=who)
    told = {
        "status": "decided",
        "decision": ruling.verdict,
        "who": who,
        "pairs": [[":".join(record) for record in pair] for pair in ruling.pairs],
        "replaced": replaced,
        "people": _foreseen(seen, keys, groups),
        "takes_effect": "next run",
    }
    return told, ruled_lines(told)


def _foreseen(seen: Sight, keys: list[str], groups: Sequence[frozenset[Record]]) -> list[dict[str, Any]]:
    """Return the people that groups of records will be: the rules that give keys decide, on these records alone."""
    decisions = Decisions(seen.ledger.store)
    rows = seen.warehouse.ask("why/records", keys=keys)
    places = {(row["source"], row["source_id"]): row for row in rows}
    stored = {
        record: row["leadflow_id"]
        for record, row in places.items()
        if row["leadflow_id"] and not row["is_gone"] and record[0] in PLATFORM_TRUST
    }
    known = KnownKeys(members={record: row["person_key"] for record, row in places.items()}, born=decisions.born(keys))
    clusters = [[record for record in places if record in group] for group in groups]
    foreseen = assign(clusters, known, stored)
    told = []
    for cluster in clusters:
        key = foreseen.assigned[cluster[0]] if cluster else None
        repaired = [name_of(places[record]) for record in cluster if stored.get(record) not in {None, key}]
        told.append(
            {
                "key": key if key in known.born else None,
                "records": [name_of(places[record]) for record in cluster],
                "repaired": repaired,
            }
        )
    return told


def _side(seen: Sight, text: str) -> Side:
    """Return the person, or the record of a person, that a text names."""
    decisions = Decisions(seen.ledger.store)
    found = decisions.side(text)
    if found is not None:
        return found
    asked = asking.read(text)
    keys = seen.matches(asked)
    if len(keys) > 1:
        raise NotOnePerson(f"{text!r} is {len(keys)} people: {', '.join(keys)}; name one by its key")
    side = decisions.side(keys[0]) if keys else None
    if side is None:
        raise NotOnePerson(seen.nobody(asked))
    return Side(key=side.key, records=side.records)


def _record(person: Side, text: str) -> Record:
    """Return the record of a person that a text names: `source:source_id`, or the id alone where it is unique."""
    named = [record for record in sorted(person.records) if text in {":".join(record), record[1]}]
    if len(named) == 1:
        return named[0]
    listed = ", ".join(":".join(record) for record in sorted(person.records))
    what = "several records" if named else "no record"
    raise ConfigurationError(f"{text!r} is {what} of {person.key}; its records are {listed}")


def _shown(key: str, people: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    row = people.get(key, {})
    return {"key": key, **{name: row.get(name) for name in SHOWN}}
