-- One row per step of the funnel: people in the last 28 days and in the 28 days before.
WITH steps AS (
    SELECT 1 AS position, 'sourced' AS step, person_key, first_seen_at::DATE AS day, NULL AS amount
    FROM reports.people
    WHERE first_source IN ('apollo', 'salesnav', 'apollo_export')
    UNION ALL
    SELECT 2, 'fit A/B', person_key, first_seen_at::DATE, NULL
    FROM reports.people
    WHERE grade IN ('A', 'B') AND first_source IN ('apollo', 'salesnav', 'apollo_export')
    UNION ALL
    SELECT 3, 'enrolled', person_key, occurred_day, NULL
    FROM reports.touches
    WHERE kind = 'enrolled'
    UNION ALL
    SELECT 4, 'replied', person_key, occurred_day, NULL
    FROM reports.touches
    WHERE kind = 'reply' AND is_human
    UNION ALL
    SELECT 5, 'meetings', person_key, occurred_day, NULL
    FROM reports.touches
    WHERE kind = 'booked'
    UNION ALL
    SELECT 6, 'deals won', vendor_id, occurred_day, value
    FROM reports.touches
    WHERE kind = 'won'
),

names AS (
    SELECT *
    FROM (
        VALUES (1, 'sourced'), (2, 'fit A/B'), (3, 'enrolled'), (4, 'replied'), (5, 'meetings'), (6, 'deals won')
    ) AS n (position, step)
)

SELECT
    n.position,
    n.step,
    count(DISTINCT s.person_key) FILTER (WHERE s.day > $as_of::DATE - 28) AS people,
    count(DISTINCT s.person_key) FILTER (WHERE s.day BETWEEN $as_of::DATE - 55 AND $as_of::DATE - 28) AS people_before,
    sum(s.amount) FILTER (WHERE s.day > $as_of::DATE - 28) AS amount
FROM names AS n
LEFT JOIN steps AS s ON s.position = n.position
GROUP BY n.position, n.step
ORDER BY n.position
