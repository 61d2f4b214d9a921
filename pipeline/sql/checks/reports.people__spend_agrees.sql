-- Fails when what people cost differs from the charges that name them.
SELECT p.person_key, p.spend_usd
FROM reports.people AS p
LEFT JOIN (
    SELECT coalesce(r.new_key, c.person_key) AS person_key, sum(c.usd) AS usd
    FROM reports.spend AS c
    LEFT JOIN identity.redirects AS r ON r.old_key = c.person_key
    GROUP BY ALL
) AS s ON s.person_key = p.person_key
WHERE abs(coalesce(p.spend_usd, 0) - coalesce(s.usd, 0)) > 0.005
