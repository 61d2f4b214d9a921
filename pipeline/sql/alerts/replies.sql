-- One row per person who replied and was not answered, or booked, in the last seven days; the longest waiting first.
SELECT
    t.person_key,
    t.kind,
    any_value(p.grade) AS grade,
    any_value(p.full_name) AS full_name,
    any_value(p.email) AS email,
    greatest(0, date_diff('hour', min(t.occurred_at), $now::TIMESTAMP)) AS hours
FROM reports.touches AS t
LEFT JOIN reports.people AS p ON p.person_key = t.person_key
WHERE
    t.is_human AND t.occurred_day >= $as_of::DATE - 7
    AND (
        t.kind = 'booked'
        OR (
            t.kind = 'reply'
            AND NOT EXISTS (
                SELECT 1
                FROM reports.touches AS a
                WHERE
                    a.person_key = t.person_key AND a.occurred_at > t.occurred_at
                    AND (a.kind IN ('call', 'booked', 'showed') OR (a.direction = 'out' AND a.kind = 'sent'))
            )
        )
    )
GROUP BY t.person_key, t.kind
ORDER BY hours DESC, t.person_key
