-- One row per segment: people who were enrolled in it or written to while in it, in 28 days; opens are left out on purpose.
WITH today AS (
    SELECT segment, count(*) AS people
    FROM reports.people
    WHERE segment IS NOT NULL
    GROUP BY segment
),

places AS (
    SELECT segment, min(position) AS position
    FROM "qualify".tags
    GROUP BY segment
),

done AS (
    SELECT
        segment,
        count(DISTINCT person_key) FILTER (kind = 'enrolled') AS enrolled,
        count(DISTINCT person_key) FILTER (kind = 'sent') AS sent,
        count(DISTINCT person_key) FILTER (kind = 'delivered') AS delivered,
        count(DISTINCT person_key) FILTER (kind = 'bounce') AS bounced,
        count(DISTINCT person_key) FILTER (kind = 'complaint') AS complaints,
        count(DISTINCT person_key) FILTER (kind = 'reply' AND is_human) AS replied
    FROM reports.touches
    WHERE segment IS NOT NULL AND occurred_day > $as_of::DATE - 28
    GROUP BY segment
)

SELECT
    coalesce(t.segment, d.segment) AS segment,
    coalesce(t.people, 0) AS people,
    coalesce(d.enrolled, 0) AS enrolled,
    coalesce(d.sent, 0) AS sent,
    coalesce(d.delivered, 0) AS delivered,
    coalesce(d.bounced, 0) AS bounced,
    coalesce(d.complaints, 0) AS complaints,
    coalesce(d.replied, 0) AS replied
FROM today AS t
FULL OUTER JOIN done AS d ON d.segment = t.segment
LEFT JOIN places AS p ON p.segment = coalesce(t.segment, d.segment)
ORDER BY p.position, segment
