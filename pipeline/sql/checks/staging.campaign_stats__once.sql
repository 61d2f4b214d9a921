-- Fails when a counter has two totals of one day, or came to less than nothing.
SELECT vendor, source, source_id, metric, taken_on, count(*) AS rows
FROM staging.campaign_stats
GROUP BY ALL
HAVING count(*) > 1 OR min(total) < 0 OR min(difference) < 0
