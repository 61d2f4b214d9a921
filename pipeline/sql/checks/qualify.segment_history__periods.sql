-- Fails when two periods of a person overlap or one ends before it begins.
SELECT person_key, valid_from
FROM (
    SELECT
        person_key, valid_from, valid_to,
        lead(valid_from) OVER (PARTITION BY person_key ORDER BY valid_from) AS next_from
    FROM "qualify".segment_history
) AS periods
WHERE valid_to < valid_from OR (next_from IS NOT NULL AND (valid_to IS NULL OR valid_to > next_from))
