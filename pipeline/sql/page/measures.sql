-- One row per measure of quality: good of looked at in the last 28 days, and in the 28 before.
WITH names AS (
    SELECT *
    FROM (
        VALUES
        (1, 'bought_found', 'asked at Apollo → found'), (2, 'address_known', 'person → e-mail address'),
        (3, 'address_verified', 'address → verified'), (4, 'write_accepted', 'write → accepted'),
        (5, 'landed_as_intended', 'written field → as intended'), (6, 'delivered_not_bounced', 'sent → not bounced'),
        (7, 'touch_recognised', 'event → person known')
    ) AS n (position, measure, told)
)

SELECT
    n.position,
    n.measure,
    n.told,
    coalesce(sum(q.good) FILTER (q.quality_day > $as_of::DATE - 28), 0) AS good,
    coalesce(sum(q.looked_at) FILTER (q.quality_day > $as_of::DATE - 28), 0) AS looked_at,
    coalesce(sum(q.good) FILTER (q.quality_day <= $as_of::DATE - 28), 0) AS good_before,
    coalesce(sum(q.looked_at) FILTER (q.quality_day <= $as_of::DATE - 28), 0) AS looked_at_before
FROM names AS n
LEFT JOIN reports.quality AS q
    ON q.measure = n.measure AND q.quality_day BETWEEN $as_of::DATE - 55 AND $as_of::DATE
GROUP BY ALL
ORDER BY n.position
