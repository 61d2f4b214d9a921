-- One row per day and measure of quality: of how many things, how many were good.
WITH looked AS (
    SELECT spent_day AS day, 'bought_found' AS measure, outcome = 'hit' AS is_good
    FROM reports.spend
    WHERE outcome IN ('hit', 'miss')
    UNION ALL
    SELECT (first_seen_at AT TIME ZONE $time_zone)::DATE, 'address_known', email IS NOT NULL
    FROM reports.people
    WHERE first_source IS NOT NULL
    UNION ALL
    SELECT (first_seen_at AT TIME ZONE $time_zone)::DATE, 'address_verified', coalesce(email_status = 'verified', FALSE)
    FROM reports.people
    WHERE first_source IS NOT NULL AND email IS NOT NULL
    UNION ALL
    SELECT (settled_at AT TIME ZONE $time_zone)::DATE, 'write_accepted', state = 'confirmed'
    FROM reports.changes
    WHERE state IN ('confirmed', 'rejected')
    UNION ALL
    SELECT (settled_at AT TIME ZONE $time_zone)::DATE, 'landed_as_intended', landed IN ('stored', 'normalised')
    FROM reports.changes
    WHERE landed <> 'unverifiable'
    UNION ALL
    SELECT occurred_day, 'touch_recognised', person_key IS NOT NULL
    FROM reports.touches
    UNION ALL
    SELECT occurred_day, 'delivered_not_bounced', kind = 'delivered'
    FROM reports.touches
    WHERE kind IN ('delivered', 'bounce')
)

SELECT
    $workspace AS workspace,
    day AS quality_day,
    measure,
    count(*) FILTER (is_good) AS good,
    count(*) AS looked_at
FROM looked
GROUP BY day, measure
