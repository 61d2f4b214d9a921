-- Fails when the open period of a person is doubled, or is not the first segment of this run.
SELECT coalesce(h.person_key, t.person_key) AS person_key, count(h.person_key) AS open_periods
FROM (SELECT * FROM "qualify".segment_history WHERE valid_to IS NULL) AS h
FULL OUTER JOIN (
    SELECT person_key, segment
    FROM "qualify".tags
    QUALIFY row_number() OVER (PARTITION BY person_key ORDER BY position) = 1
) AS t ON t.person_key = h.person_key
GROUP BY ALL
HAVING count(h.person_key) <> 1 OR bool_or(h.segment IS DISTINCT FROM t.segment)
