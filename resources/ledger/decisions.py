"""What people decided about who is who, kept for ever and replayed by every run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Row, Select, and_, false, or_, select, update

from pipeline.errors import ConfigurationError
from pipeline.identity.decisions import Side, contradiction
from pipeline.identity.keys import follow
from resources.ledger.decided import decisions
from resources.ledger.part import Part
from resources.ledger.schema import keys as born_keys
from resources.ledger.schema import members, redirects
from resources.ledger.store import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from pipeline.identity.decisions import Pair, Ruling, Verdict
    from pipeline.identity.keys import Record

KIND = "people"
MOST_COLONS = 8


class Decisions(Part):
    """Decisions on pairs of records. Use it as `Decisions(ledger.store)`."""

    def pairs(self) -> list[Pair]:
        """Return (left record, right record, `same` | `different`) of every decision that stands, the oldest first.

        A record is `(source, source_id)`, as `("zoho:Leads", "4150868000000225")`; it need not exist any more.
        """
        with self.store.read() as connection:
            return [_pair(row) for row in connection.execute(_standing())]

    def rows(self) -> list[dict[str, Any]]:
        """Return every decision, replaced ones too, as rows of `identity.decisions`."""
        with self.store.read() as connection:
            found = connection.execute(select(decisions).order_by(decisions.c.decision_no)).mappings().all()
        columns = [column.name for column in decisions.c if column.name not in {"line_hash", "replaced_by"}]
        return [{name: row[name] for name in columns} | {"is_standing": row["replaced_by"] is None} for row in found]

    def about(self, records: Collection[Record]) -> list[dict[str, Any]]:
        """Return the decisions, replaced ones too, that name one of some records."""
        wanted = set(records)
        return [
            row
            for row in self.rows()
            if (row["left_source"], row["left_id"]) in wanted or (row["right_source"], row["right_id"]) in wanted
        ]

    def decide(
        self,
        ruling: Ruling,
        *,
        who: str,
        when: datetime | None = None,
        origin: str = "leadflow review",
        line_hash: str | None = None,
    ) -> int:
        """Keep a decision in one transaction; return how many older pairs it replaced.

        Opposite decisions between the same two sides that were made before it are replaced; where one of them was
        made later, this one is kept as replaced already. Deciding again what stands changes nothing.

        Raises:
            ConfigurationError: other decisions say the opposite through third records.
        """
        moment = when or self.now()
        with self.store.write() as connection:
            standing = connection.execute(_standing()).all()
            against = [row for row in standing if row.verdict != ruling.verdict and _between(row, ruling)]
            later = [row for row in against if row.decided_at > moment]
            older = [row for row in against if row.decided_at <= moment]
            known = {_pair(row)[:2] for row in standing if row.verdict == ruling.verdict}
            fresh = [pair for pair in ruling.pairs if pair not in known]
            if not later:
                kept = [_pair(row) for row in standing if row not in older]
                _refuse_contradiction(kept, fresh, ruling.verdict)
            numbers = [self._insert(connection, pair, ruling.verdict, who, moment, origin, line_hash) for pair in fresh]
            if later:
                _replace(connection, numbers, later[-1].decision_no)
                return 0
            if not fresh and line_hash is not None:
                # The line is known from now on: it must not speak again when what stands is replaced one day.
                noted = self._insert(connection, ruling.pairs[0], ruling.verdict, who, moment, origin, line_hash)
                _replace(connection, [noted], _number_of(standing, ruling))
            if older:
                # What stood already is the decision that replaces them when nothing new was written.
                number = numbers[0] if numbers else _number_of(standing, ruling)
                _replace(connection, [row.decision_no for row in older], number)
            return len(older)

    def side(self, text: str) -> Side | None:
        """Return the person of a key (merged ones too) or of a record `source:source_id`; None when unknown."""
        with self.store.read() as connection:
            # Both a source and an id may hold a colon: `zoho:Leads:1`, `salesnav:member:ACwAA...`.
            cuts = [place for place, sign in enumerate(text) if sign == ":"][:MOST_COLONS]
            names = [and_(members.c.source == text[:cut], members.c.source_id == text[cut + 1 :]) for cut in cuts]
            row = connection.execute(select(members).where(members.c.kind == KIND, or_(false(), *names))).first()
            moves = select(redirects).where(redirects.c.kind == KIND)
            moved = {move.old_key: move.new_key for move in connection.execute(moves)}
            key = follow(row.key if row else text, moved)
            keys = [key, *(old for old in moved if follow(old, moved) == key)]
            mine = select(members.c.source, members.c.source_id).where(members.c.kind == KIND, members.c.key.in_(keys))
            records = frozenset((found.source, found.source_id) for found in connection.execute(mine))
        if not records:
            return None
        return Side(key=key, records=records, named=(row.source, row.source_id) if row else None)

    def born(self, keys: Collection[str]) -> dict[str, datetime]:
        """Return when each of some keys was given out."""
        mine = (born_keys.c.kind == KIND) & born_keys.c.key.in_(keys)
        with self.store.read() as connection:
            rows = connection.execute(select(born_keys.c.key, born_keys.c.born_at).where(mine))
            return {row.key: row.born_at for row in rows}

    def taken_in(self, hashes: Iterable[str]) -> set[str]:
        """Return those of some lines of files that were taken in before."""
        found: set[str] = set()
        with self.store.read() as connection:
            for part in chunks(sorted(set(hashes))):
                query = select(decisions.c.line_hash).where(decisions.c.line_hash.in_(part))
                found.update(connection.execute(query).scalars())
        return found

    def _insert(  # noqa: PLR0917 - one row
        self,
        connection: Connection,
        pair: tuple[Record, Record],
        verdict: Verdict,
        who: str,
        moment: datetime,
        origin: str,
        line_hash: str | None,
    ) -> int:
        (left_source, left_id), (right_source, right_id) = pair
        row = {
            "left_source": left_source,
            "left_id": left_id,
            "right_source": right_source,
            "right_id": right_id,
            "verdict": verdict,
            "decided_by": who,
            "decided_at": moment,
            "recorded_at": self.now(),
            "origin": origin,
            "line_hash": line_hash,
        }
        made = connection.execute(decisions.insert().values(**row)).inserted_primary_key
        return int(made[0]) if made else 0


def _standing() -> Select[Any]:
    query = select(decisions).where(decisions.c.replaced_by.is_(None))
    return query.order_by(decisions.c.decided_at, decisions.c.decision_no)


def _pair(row: Row[Any]) -> Pair:
    return (row.left_source, row.left_id), (row.right_source, row.right_id), cast("Verdict", row.verdict)


def _between(row: Row[Any], ruling: Ruling) -> bool:
    """Tell whether a decision joins, or parts, the two sides of a ruling."""
    one, other, _ = _pair(row)
    return (one in ruling.left and other in ruling.right) or (other in ruling.left and one in ruling.right)


def _number_of(standing: Sequence[Row[Any]], ruling: Ruling) -> int:
    return int(next(row.decision_no for row in standing if _pair(row) == (*ruling.pairs[0], ruling.verdict)))


def _replace(connection: Connection, numbers: Sequence[int], by: int) -> None:
    for part in chunks(numbers):
        connection.execute(update(decisions).where(decisions.c.decision_no.in_(part)).values(replaced_by=by))


def _refuse_contradiction(kept: Sequence[Pair], fresh: Sequence[tuple[Record, Record]], verdict: Verdict) -> None:
    if contradiction(kept) is not None:
        # An old contradiction must not forbid the decision that mends it.
        return
    found = contradiction([*kept, *((left, right, verdict) for left, right in fresh)])
    if found is not None:
        left, right = (":".join(record) for record in found)
        raise ConfigurationError(
            f"{left} and {right} were decided to be different, and by other decisions they are the same: "
            "decide those first; `leadflow review --decided` lists them"
        )
