-- One row per sending domain with its bounces in the last 28 days, the busiest first; at most twelve.
SELECT
    coalesce(sending_domain, 'domain not told') AS sending_domain,
    sending_domain IS NOT NULL AS is_told,
    count(*) FILTER (kind = 'sent') AS sent,
    count(*) FILTER (kind = 'bounce') AS bounced,
    count(*) FILTER (kind = 'complaint') AS complaints
FROM reports.touches
WHERE
    kind IN ('sent', 'bounce', 'complaint') AND channel = 'email' AND direction = 'out'
    AND occurred_day > $as_of::DATE - 28
GROUP BY ALL
HAVING count(*) FILTER (kind = 'sent') > 0
ORDER BY sent DESC, sending_domain
LIMIT 12
