-- One row per kind of thing that changed since the publication before this one.
WITH latest AS (
    SELECT vendor, arg_max(plan_hash, (planned_at, plan_hash)) AS plan_hash
    FROM reports.changes
    GROUP BY vendor
),

periods AS (
    SELECT
        *,
        lag(grade) OVER (PARTITION BY person_key ORDER BY valid_from) AS grade_before
    FROM reports.score_history
)

SELECT 'people' AS kind, coalesce(first_search, first_source) AS detail, count(*) AS people
FROM reports.people
WHERE first_seen_at > $since::TIMESTAMP
GROUP BY detail
UNION ALL
SELECT 'grade', changed_because, count(DISTINCT person_key)
FROM periods
WHERE valid_from > $since::TIMESTAMP AND grade_before IS NOT NULL AND grade_before <> grade
GROUP BY changed_because
UNION ALL
SELECT 'held', c.reason, count(DISTINCT c.person_key)
FROM reports.changes AS c
INNER JOIN latest AS l ON l.vendor = c.vendor AND l.plan_hash = c.plan_hash
WHERE c.action IN ('hold', 'skip')
GROUP BY c.reason
UNION ALL
SELECT 'merge', 'same person', count(*)
FROM identity.redirects
WHERE merged_at > $since::TIMESTAMP
HAVING count(*) > 0
ORDER BY kind, people DESC, detail
