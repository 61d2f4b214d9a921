-- One row per record or field that plans left alone for one reason, and how often.
SELECT
    vendor, object, record_id, action, field, reason, min(planned_at) AS first_at, max(planned_at) AS last_at,
    count(DISTINCT plan_hash) AS plans
FROM reports.changes
WHERE list_contains($keys, person_key) AND action IN ('hold', 'skip')
GROUP BY ALL
ORDER BY last_at DESC, vendor, object, record_id, field
