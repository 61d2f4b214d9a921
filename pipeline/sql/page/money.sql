-- One row per metered unit: used on the latest day, in all, and what is left.
WITH latest AS (
    SELECT max(spent_day) AS spent_day
    FROM reports.spend
)

SELECT
    s.vendor,
    s.unit,
    sum(s.quantity) FILTER (WHERE s.spent_day = l.spent_day) AS used_latest_day,
    sum(s.quantity) AS used_in_all,
    arg_max(s.left_after, s.spent_at) FILTER (WHERE s.left_after IS NOT NULL) AS left_after,
    max(s.cycle_ends_on) AS cycle_ends_on,
    sum(s.usd) AS usd,
    max(s.unit_price_usd) AS unit_price_usd
FROM reports.spend AS s
CROSS JOIN latest AS l
GROUP BY s.vendor, s.unit
ORDER BY s.vendor, s.unit
