"""Counts that add up: what went into a table, what came out, and where the rest is.

For each table here `in = out + ...`; what is left over is told as `unaccounted`, which is 0 unless something is lost.
Each number is counted by itself, none is made from the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resources.session import Session

COUNTS = {
    "staging.sightings": """
        SELECT
            (SELECT count(*) FROM raw.apollo__people) + (SELECT count(*) FROM raw.salesnav__people) AS rows_in,
            count(*) FILTER (reject_reason IS NULL) AS rows_out,
            count(*) FILTER (reject_reason IS NOT NULL) AS rejected
        FROM staging.sightings
    """,
    "staging.leads": """
        SELECT
            (SELECT count(*) FROM staging.sightings WHERE reject_reason IS NULL) AS rows_in,
            (SELECT count(*) FROM staging.leads) AS rows_out,
            (
                SELECT coalesce(sum(times - 1), 0)
                FROM (
                    SELECT count(*) AS times
                    FROM staging.sightings
                    WHERE reject_reason IS NULL
                    GROUP BY source, source_id
                )
            ) AS superseded
    """,
    "staging.records": """
        WITH told AS (
            SELECT record_id FROM raw.zoho__leads
            UNION ALL SELECT record_id FROM raw.zoho__contacts
            UNION ALL SELECT record_id FROM raw.zoho__accounts
            UNION ALL SELECT record_id FROM raw.ghl__contacts
        )
        SELECT
            (SELECT count(*) FROM told) AS rows_in,
            count(*) FILTER (versions > 0) AS rows_out,
            coalesce(sum(versions - 1) FILTER (versions > 0), 0) AS superseded,
            (SELECT count(*) FROM told WHERE record_id IS NULL) AS rejected
        FROM staging.records
    """,
    "staging.crm_people": """
        SELECT
            (SELECT count(*) FROM staging.records) AS rows_in,
            (SELECT count(*) FROM staging.crm_people) AS rows_out,
            (SELECT count(*) FROM staging.records WHERE object = 'Accounts') AS companies
    """,
    "identity.members": """
        SELECT
            (SELECT count(*) FROM identity.features) AS rows_in,
            (SELECT count(*) FROM identity.members) AS rows_out
    """,
    "identity.people": """
        SELECT
            (SELECT count(*) FROM identity.members) AS rows_in,
            count(*) AS rows_out,
            coalesce(sum(records - 1), 0) AS joined
        FROM identity.people
    """,
    "qualify.scores": """
        SELECT
            (SELECT count(*) FROM identity.people) AS rows_in,
            (SELECT count(*) FROM "qualify".scores) AS rows_out
    """,
}
"""Table → one row: `rows_in`, `rows_out`, and what became of the rest."""


def counted(session: Session, table: str) -> dict[str, int]:
    """Return the counts of a table, with `unaccounted`; nothing for a table that takes no rows from others."""
    query = COUNTS.get(table)
    if query is None:
        return {}
    (row,) = session.rows(query)
    counts = {name: int(value) for name, value in row.items()}
    rest = sum(value for name, value in counts.items() if name != "rows_in")
    return {**counts, "unaccounted": counts["rows_in"] - rest}
