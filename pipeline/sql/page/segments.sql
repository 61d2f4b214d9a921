-- One row per segment: people in it today and what happened to them.
WITH members AS (
    SELECT person_key, segment, min(position) OVER (PARTITION BY segment) AS place
    FROM "qualify".tags
),

done AS (
    SELECT
        person_key,
        bool_or(kind = 'enrolled') AS is_enrolled,
        bool_or(kind = 'delivered') AS is_delivered,
        bool_or(kind = 'bounce') AS is_bounced,
        bool_or(kind = 'complaint') AS is_complaint,
        bool_or(kind = 'reply' AND is_human) AS has_replied
    FROM reports.touches
    GROUP BY person_key
)

SELECT
    m.segment,
    count(*) AS people,
    count(*) FILTER (WHERE d.is_enrolled) AS enrolled,
    count(*) FILTER (WHERE d.is_delivered) AS delivered,
    count(*) FILTER (WHERE d.is_bounced) AS bounced,
    count(*) FILTER (WHERE d.is_complaint) AS complaints,
    count(*) FILTER (WHERE d.has_replied) AS replied
FROM members AS m
LEFT JOIN done AS d ON d.person_key = m.person_key
GROUP BY m.segment, m.place
ORDER BY m.place
