-- One row per person who replied in the last seven days and has no answer yet, best grade first; at most two hundred.
WITH latest AS (
    SELECT person_key, max(occurred_at) AS replied_at
    FROM reports.touches
    WHERE kind = 'reply' AND is_human AND occurred_day > $as_of::DATE - 7
    GROUP BY person_key
),

answered AS (
    SELECT DISTINCT l.person_key
    FROM latest AS l
    INNER JOIN reports.touches AS t ON t.person_key = l.person_key AND t.occurred_at > l.replied_at
    WHERE t.kind IN ('call', 'booked', 'showed') OR (t.direction = 'out' AND t.kind = 'sent')
)

SELECT
    l.person_key,
    p.grade,
    p.owner_email IS NOT NULL AS has_owner,
    l.replied_at,
    greatest(0, date_diff('hour', l.replied_at, $now::TIMESTAMP)) AS hours_ago
FROM latest AS l
LEFT JOIN reports.people AS p ON p.person_key = l.person_key
WHERE l.person_key NOT IN (SELECT person_key FROM answered) OR l.person_key IS NULL
ORDER BY p.grade, l.replied_at, l.person_key
LIMIT 200
