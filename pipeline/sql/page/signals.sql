-- One row per reply or booking by a person in the last seven days, the longest waiting first.
SELECT
    t.person_key,
    t.kind,
    t.occurred_at,
    p.grade,
    p.owner_email IS NOT NULL AS has_owner,
    greatest(0, date_diff('hour', t.occurred_at, $now::TIMESTAMP)) AS hours_ago,
    EXISTS (
        SELECT 1
        FROM reports.touches AS a
        WHERE
            a.person_key = t.person_key AND a.occurred_at > t.occurred_at
            AND (a.kind IN ('call', 'booked', 'showed') OR (a.direction = 'out' AND a.kind = 'sent'))
    ) AS is_answered
FROM reports.touches AS t
LEFT JOIN reports.people AS p ON p.person_key = t.person_key
WHERE t.is_human AND t.kind IN ('reply', 'booked') AND t.occurred_day >= $as_of::DATE - 7
ORDER BY is_answered, p.grade, t.occurred_at
