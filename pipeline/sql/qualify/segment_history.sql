-- One row per person whose first segment differs from their open period: the period that begins now.
SELECT
    t.person_key,
    $now::TIMESTAMPTZ AS valid_from,
    CAST(NULL AS TIMESTAMPTZ) AS valid_to,
    t.segment
FROM (
    SELECT person_key, arg_min(segment, position) AS segment
    FROM "qualify".tags
    GROUP BY person_key
) AS t
LEFT JOIN "qualify".segment_history AS h ON h.person_key = t.person_key AND h.valid_to IS NULL
WHERE h.segment IS DISTINCT FROM t.segment
