-- Fails when an event occurs twice, or lacks its person record or its time.
SELECT engagement_id, count(*) AS rows
FROM staging.engagements
GROUP BY engagement_id
HAVING count(*) > 1 OR count(record_id) = 0 OR count(occurred_at) = 0
