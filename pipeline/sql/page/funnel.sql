-- One row per step of the funnel: people in the last 28 days and in the 28 before, and how many of the enrolled got there.
WITH names AS (
    SELECT *
    FROM (
        VALUES
        (1, 'sourced', 'sourced'), (2, 'qualified', 'fit A/B'), (3, 'enrolled', 'enrolled'), (4, 'delivered', 'delivered'),
        (5, 'replied', 'replied'), (6, 'meeting', 'meetings'), (8, 'won', 'deals won')
    ) AS n (position, step, told)
),

enrolled AS (
    SELECT person_key, min(occurred_at) AS enrolled_at
    FROM reports.touches
    WHERE kind = 'enrolled' AND occurred_day > $as_of::DATE - 28
    GROUP BY person_key
),

after AS (
    SELECT
        CASE t.kind WHEN 'reply' THEN 'replied' WHEN 'won' THEN 'won' WHEN 'delivered' THEN 'delivered' ELSE 'meeting' END
            AS step,
        count(DISTINCT t.person_key) AS people
    FROM reports.touches AS t
    INNER JOIN enrolled AS e ON e.person_key = t.person_key AND t.occurred_at >= e.enrolled_at
    WHERE t.kind IN ('delivered', 'booked', 'showed', 'won') OR (t.kind = 'reply' AND t.is_human)
    GROUP BY ALL
)

SELECT
    n.position,
    n.told AS step,
    coalesce(sum(CASE WHEN n.step = 'won' THEN f.deals ELSE f.people END) FILTER (f.funnel_day > $as_of::DATE - 28), 0)
        AS people,
    coalesce(sum(CASE WHEN n.step = 'won' THEN f.deals ELSE f.people END) FILTER (f.funnel_day <= $as_of::DATE - 28), 0)
        AS people_before,
    sum(f.amount) FILTER (f.funnel_day > $as_of::DATE - 28) AS amount,
    (SELECT count(*) FROM enrolled) AS enrolled,
    coalesce(any_value(a.people), 0) AS of_enrolled
FROM names AS n
LEFT JOIN reports.funnel_daily AS f
    ON f.step = n.step AND f.funnel_day BETWEEN $as_of::DATE - 55 AND $as_of::DATE
LEFT JOIN after AS a ON a.step = n.step
GROUP BY n.position, n.told
ORDER BY n.position
