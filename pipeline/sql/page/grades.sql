-- One row per grade on the day of enrolment: people enrolled, and how many replied or met us afterwards.
WITH enrolled AS (
    SELECT
        person_key,
        min(occurred_at) AS enrolled_at,
        coalesce(arg_min(grade_then, occurred_at), '–') AS grade
    FROM reports.touches
    WHERE kind = 'enrolled' AND person_key IS NOT NULL
    GROUP BY person_key
),

after AS (
    SELECT
        e.person_key,
        bool_or(t.kind = 'reply' AND t.is_human) AS has_replied,
        bool_or(t.kind IN ('booked', 'showed')) AS has_met
    FROM enrolled AS e
    INNER JOIN reports.touches AS t ON t.person_key = e.person_key AND t.occurred_at >= e.enrolled_at
    WHERE t.kind IN ('reply', 'booked', 'showed')
    GROUP BY e.person_key
)

SELECT
    e.grade,
    count(*) AS enrolled,
    count(*) FILTER (a.has_replied) AS replied,
    count(*) FILTER (a.has_met) AS met
FROM enrolled AS e
LEFT JOIN after AS a ON a.person_key = e.person_key
GROUP BY e.grade
ORDER BY e.grade
