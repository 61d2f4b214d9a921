-- One row per metered unit: used in its cycle (or in 24 hours), what is left, and where it ends at this pace.
WITH clocks AS (
    SELECT
        vendor,
        unit,
        max(spent_at) AS latest_at,
        max(cycle_ends_on) AS ends_on,
        arg_max(left_after, spent_at) FILTER (left_after IS NOT NULL) AS left_after,
        max(unit_price_usd) AS unit_price_usd,
        sum(quantity) AS used_in_all,
        fsum(usd) AS usd
    FROM reports.spend
    GROUP BY vendor, unit
),

used AS (
    SELECT
        c.vendor,
        c.unit,
        coalesce(sum(s.quantity), 0) AS used,
        least(28, greatest(1, $as_of::DATE - min(s.spent_day) + 1)) AS days
    FROM clocks AS c
    INNER JOIN reports.spend AS s
        ON s.vendor = c.vendor AND s.unit = c.unit
        AND CASE WHEN c.ends_on IS NULL THEN s.spent_at > c.latest_at - INTERVAL 24 HOUR ELSE s.cycle_ends_on = c.ends_on END
    GROUP BY c.vendor, c.unit
)

SELECT
    c.vendor,
    c.unit,
    coalesce(u.used, 0) AS used,
    c.left_after,
    coalesce(u.used, 0) + c.left_after AS budget,
    CASE
        WHEN c.ends_on IS NULL THEN coalesce(u.used, 0)
        ELSE least(coalesce(u.used, 0) + c.left_after, round(u.used + u.used / u.days * greatest(0, c.ends_on - $as_of::DATE)))
    END AS forecast,
    c.ends_on,
    c.unit_price_usd,
    c.used_in_all,
    c.usd
FROM clocks AS c
LEFT JOIN used AS u ON u.vendor = c.vendor AND u.unit = c.unit
ORDER BY c.vendor <> 'apollo', c.vendor DESC, c.unit
