-- One row per kind of thing that changed since the publication before this one; the ten most frequent of each.
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
),

found AS (
    SELECT 'people' AS kind, coalesce(first_search, first_source) AS detail, count(*) AS people
    FROM reports.people
    WHERE first_seen_at > $since::TIMESTAMP
    GROUP BY ALL
    UNION ALL
    SELECT 'grade', changed_because, count(DISTINCT person_key)
    FROM periods
    WHERE valid_from > $since::TIMESTAMP AND grade_before IS NOT NULL AND grade_before <> grade
    GROUP BY changed_because
    UNION ALL
    SELECT 'written', vendor, count(DISTINCT person_key)
    FROM reports.changes
    WHERE state = 'confirmed' AND settled_at > $since::TIMESTAMP
    GROUP BY vendor
    UNION ALL
    SELECT
        CASE WHEN c.field IS NULL THEN 'held' ELSE 'kept' END,
        regexp_replace(c.reason, '(Leads|Contacts|Accounts|contact)/\S+', 'another record', 'g'),
        count(DISTINCT c.person_key)
    FROM reports.changes AS c
    INNER JOIN latest AS l ON l.vendor = c.vendor AND l.plan_hash = c.plan_hash
    WHERE c.action IN ('hold', 'skip')
    GROUP BY ALL
    UNION ALL
    SELECT 'undone', coalesce(undone_by_run, '')[:8], count(DISTINCT person_key)
    FROM reports.changes
    WHERE undone_by_run IS NOT NULL AND undone_by_run = (SELECT any_value(run_id) FROM reports.publication)
    GROUP BY ALL
    UNION ALL
    SELECT 'merge', 'same person', count(*)
    FROM reports.redirects
    WHERE merged_at > $since::TIMESTAMP
    HAVING count(*) > 0
)

SELECT kind, detail, people
FROM found
QUALIFY row_number() OVER (PARTITION BY kind ORDER BY people DESC, detail) <= 10
ORDER BY kind, people DESC, detail
