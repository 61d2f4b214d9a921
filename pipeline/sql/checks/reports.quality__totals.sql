-- Fails when a measure counts more good than it looked at, or other things than the tables hold.
WITH expected AS (
    SELECT 'bought_found' AS measure, count(*) FILTER (outcome = 'hit') AS good, count(*) AS looked_at
    FROM reports.spend
    WHERE outcome IN ('hit', 'miss')
    UNION ALL
    SELECT 'address_known', count(email), count(*) FROM reports.people WHERE first_source IS NOT NULL
    UNION ALL
    SELECT 'address_verified', count(*) FILTER (email_status = 'verified'), count(*)
    FROM reports.people
    WHERE first_source IS NOT NULL AND email IS NOT NULL
    UNION ALL
    SELECT 'write_accepted', count(*) FILTER (state = 'confirmed'), count(*)
    FROM reports.changes
    WHERE state IN ('confirmed', 'rejected')
    UNION ALL
    SELECT 'landed_as_intended', count(*) FILTER (landed IN ('stored', 'normalised')), count(landed) FILTER (landed <> 'unverifiable')
    FROM reports.changes
    UNION ALL
    SELECT 'touch_recognised', count(person_key), count(*) FROM reports.touches
    UNION ALL
    SELECT 'delivered_not_bounced', count(*) FILTER (kind = 'delivered'), count(*)
    FROM reports.touches
    WHERE kind IN ('delivered', 'bounce')
),

found AS (
    SELECT measure, sum(good) AS good, sum(looked_at) AS looked_at, bool_or(good > looked_at) AS is_wrong
    FROM reports.quality
    GROUP BY measure
)

SELECT coalesce(e.measure, f.measure) AS measure, e.looked_at AS expected, f.looked_at AS found
FROM expected AS e
FULL OUTER JOIN found AS f ON f.measure = e.measure
WHERE
    f.is_wrong
    OR (coalesce(f.good, 0), coalesce(f.looked_at, 0)) IS DISTINCT FROM (coalesce(e.good, 0), coalesce(e.looked_at, 0))
