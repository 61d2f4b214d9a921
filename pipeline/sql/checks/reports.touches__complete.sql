-- Fails when an engagement is missing from the touches, or a touch is in them twice.
SELECT e.engagement_id AS touch_id, count(t.touch_id) AS rows_found
FROM staging.engagements AS e
LEFT JOIN reports.touches AS t ON t.touch_id = e.engagement_id
GROUP BY e.engagement_id
HAVING count(t.touch_id) <> 1
UNION ALL
SELECT touch_id, count(*) AS rows_found
FROM reports.touches
GROUP BY touch_id
HAVING count(*) > 1
