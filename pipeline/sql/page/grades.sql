-- One row per grade: people, and of those enrolled how many replied or met us.
WITH done AS (
    SELECT
        person_key,
        arg_min(grade_then, occurred_at) FILTER (WHERE kind = 'enrolled') AS grade_then,
        bool_or(kind = 'enrolled') AS is_enrolled,
        bool_or(kind = 'reply' AND is_human) AS has_replied,
        bool_or(kind IN ('booked', 'showed')) AS has_met
    FROM reports.touches
    WHERE person_key IS NOT NULL
    GROUP BY person_key
)

SELECT
    coalesce(d.grade_then, p.grade) AS grade,
    count(*) AS people,
    count(*) FILTER (WHERE d.is_enrolled) AS enrolled,
    count(*) FILTER (WHERE d.is_enrolled AND d.has_replied) AS replied,
    count(*) FILTER (WHERE d.is_enrolled AND d.has_met) AS met
FROM reports.people AS p
LEFT JOIN done AS d ON d.person_key = p.person_key
WHERE coalesce(d.grade_then, p.grade) IS NOT NULL
GROUP BY ALL
ORDER BY grade
