-- Fails when what all days cost differs from the charges, in units, money or number.
SELECT coalesce(s.unit, c.unit) AS unit, s.charges AS expected, c.charges AS found
FROM (
    SELECT
        vendor, unit, count(*) AS charges, sum(quantity) AS quantity, coalesce(sum(usd), 0) AS usd,
        count(*) FILTER (outcome = 'hit') AS hits, count(*) FILTER (outcome = 'miss') AS misses
    FROM reports.spend
    GROUP BY vendor, unit
) AS s
FULL OUTER JOIN (
    SELECT
        vendor, unit, sum(charges) AS charges, sum(quantity) AS quantity, sum(usd) AS usd,
        sum(hits) AS hits, sum(misses) AS misses
    FROM reports.costs
    GROUP BY vendor, unit
) AS c ON c.vendor = s.vendor AND c.unit = s.unit
WHERE
    (s.charges, s.hits, s.misses) IS DISTINCT FROM (c.charges, c.hits, c.misses)
    OR abs(s.quantity - c.quantity) > 0.005
    OR abs(s.usd - c.usd) > 0.005
