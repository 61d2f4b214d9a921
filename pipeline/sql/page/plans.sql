-- One row per vendor: its latest plan, by what became of it.
WITH latest AS (
    SELECT vendor, arg_max(plan_hash, (planned_at, plan_hash)) AS plan_hash
    FROM reports.changes
    GROUP BY vendor
)

SELECT
    c.vendor,
    c.plan_hash,
    max(c.approved_by) AS approved_by,
    count(DISTINCT c.person_key) FILTER (WHERE c.state = 'planned') AS waiting,
    count(DISTINCT c.person_key) FILTER (WHERE c.state = 'planned' AND c.action = 'insert') AS waiting_new,
    count(DISTINCT c.person_key) FILTER (WHERE c.state = 'planned' AND c.action = 'update') AS waiting_changed,
    count(DISTINCT c.person_key) FILTER (WHERE c.state = 'planned' AND c.action = 'convert') AS waiting_converted,
    count(DISTINCT c.person_key) FILTER (WHERE c.state = 'confirmed') AS confirmed,
    count(DISTINCT c.person_key) FILTER (WHERE c.state = 'rejected') AS rejected,
    count(DISTINCT c.person_key) FILTER (WHERE c.state IN ('sent', 'unknown')) AS unknown,
    count(DISTINCT c.person_key) FILTER (WHERE c.state = 'held') AS held
FROM reports.changes AS c
INNER JOIN latest AS l ON l.vendor = c.vendor AND l.plan_hash = c.plan_hash
GROUP BY c.vendor, c.plan_hash
ORDER BY c.vendor
