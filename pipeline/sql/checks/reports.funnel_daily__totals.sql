-- Fails when the people of a step, added up over days, are not those of the tables it is made of.
WITH expected AS (
    SELECT 'sourced' AS step, count(*) AS people
    FROM reports.people
    WHERE first_source IS NOT NULL AND first_seen_at IS NOT NULL
    UNION ALL
    SELECT 'enrolled', count(DISTINCT person_key) FROM reports.touches WHERE kind = 'enrolled'
    UNION ALL
    SELECT 'delivered', count(DISTINCT person_key) FROM reports.touches WHERE kind = 'delivered'
    UNION ALL
    SELECT 'replied', count(DISTINCT person_key) FROM reports.touches WHERE kind = 'reply' AND is_human
    UNION ALL
    SELECT 'meeting', count(DISTINCT person_key) FROM reports.touches WHERE kind IN ('booked', 'showed')
    UNION ALL
    SELECT 'deal', count(DISTINCT person_key) FROM reports.touches WHERE kind IN ('deal_stage', 'won', 'lost')
    UNION ALL
    SELECT 'won', count(DISTINCT person_key) FROM reports.touches WHERE kind = 'won'
    UNION ALL
    SELECT 'qualified', count(DISTINCT coalesce(r.new_key, h.person_key))
    FROM reports.score_history AS h
    LEFT JOIN reports.redirects AS r ON r.old_key = h.person_key
    WHERE h.grade IN ('A', 'B')
),

found AS (
    SELECT step, sum(people) AS people
    FROM reports.funnel_daily
    GROUP BY step
)

SELECT coalesce(e.step, f.step) AS step, e.people AS expected, f.people AS found
FROM expected AS e
FULL OUTER JOIN found AS f ON f.step = e.step
WHERE e.people IS NULL OR coalesce(f.people, 0) <> e.people
UNION ALL
SELECT 'deals won', d.deals, f.deals
FROM (SELECT count(DISTINCT (vendor, vendor_id)) AS deals FROM reports.touches WHERE kind = 'won') AS d
CROSS JOIN (SELECT coalesce(sum(deals), 0) AS deals FROM reports.funnel_daily) AS f
WHERE d.deals <> f.deals
