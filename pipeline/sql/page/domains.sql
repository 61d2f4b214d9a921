-- One row per sending domain with its bounces in the last 28 days.
SELECT
    sending_domain,
    count(*) FILTER (WHERE kind = 'sent') AS sent,
    count(*) FILTER (WHERE kind = 'bounce') AS bounced,
    count(*) FILTER (WHERE kind = 'complaint') AS complaints
FROM reports.touches
WHERE sending_domain IS NOT NULL AND occurred_day >= $as_of::DATE - 28
GROUP BY sending_domain
ORDER BY sent DESC, sending_domain
