-- One row per campaign: touches of each kind, and people.
-- A touch belongs to the campaign its vendor names, else to the one its person was enrolled in last before it.
WITH enrolments AS (
    SELECT person_key, occurred_at, campaign
    FROM reports.touches
    WHERE kind = 'enrolled' AND campaign IS NOT NULL AND person_key IS NOT NULL
),

placed AS (
    SELECT
        t.*,
        coalesce(t.campaign, e.campaign, 'none') AS belongs_to,
        t.campaign IS NULL AND e.campaign IS NOT NULL AS is_attributed
    FROM reports.touches AS t
    ASOF LEFT JOIN enrolments AS e ON e.person_key = t.person_key AND t.occurred_at >= e.occurred_at
)

SELECT
    $workspace AS workspace,
    belongs_to AS campaign,
    min(occurred_at) AS first_at,
    max(occurred_at) AS last_at,
    count(*) AS touches,
    count(*) FILTER (is_attributed) AS touches_attributed,
    count(DISTINCT person_key) AS people,
    count(DISTINCT person_key) FILTER (kind = 'enrolled') AS people_enrolled,
    count(DISTINCT person_key) FILTER (kind = 'delivered') AS people_delivered,
    count(DISTINCT person_key) FILTER (kind = 'reply' AND is_human) AS people_replied,
    count(DISTINCT person_key) FILTER (kind IN ('booked', 'showed')) AS people_met,
    count(*) FILTER (kind = 'sent') AS sent,
    count(*) FILTER (kind = 'delivered') AS delivered,
    count(*) FILTER (kind = 'bounce') AS bounced,
    count(*) FILTER (kind = 'click' AND is_human) AS clicked,
    count(*) FILTER (kind = 'reply' AND is_human) AS replied,
    count(*) FILTER (kind = 'auto_reply') AS auto_replied,
    count(*) FILTER (kind = 'optout') AS opted_out,
    count(*) FILTER (kind = 'complaint') AS complaints,
    count(*) FILTER (kind = 'booked') AS booked
FROM placed
GROUP BY belongs_to
