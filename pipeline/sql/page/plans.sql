-- One row per vendor: its latest plan, by what became of it.
WITH latest AS (
    SELECT vendor, arg_max(plan_hash, (planned_at, plan_hash)) AS plan_hash
    FROM reports.changes
    GROUP BY vendor
),

-- People first: counting distinct people seven times over millions of changed fields takes seconds.
people AS (
    SELECT
        c.vendor,
        c.plan_hash,
        c.person_key,
        max(c.approved_by) AS approved_by,
        bool_or(c.state = 'planned') AS is_waiting,
        bool_or(c.state = 'planned' AND c.action = 'insert') AS is_waiting_new,
        bool_or(c.state = 'planned' AND c.action = 'update') AS is_waiting_changed,
        bool_or(c.state = 'planned' AND c.action = 'convert') AS is_waiting_converted,
        bool_or(c.state = 'confirmed') AS is_confirmed,
        bool_or(c.state = 'rejected') AS is_rejected,
        bool_or(c.state IN ('sent', 'unknown')) AS is_unknown,
        bool_or(c.state = 'held') AS is_held
    FROM reports.changes AS c
    INNER JOIN latest AS l ON l.vendor = c.vendor AND l.plan_hash = c.plan_hash
    GROUP BY c.vendor, c.plan_hash, c.person_key
)

SELECT
    vendor,
    plan_hash,
    max(approved_by) AS approved_by,
    count(person_key) FILTER (WHERE is_waiting) AS waiting,
    count(person_key) FILTER (WHERE is_waiting_new) AS waiting_new,
    count(person_key) FILTER (WHERE is_waiting_changed) AS waiting_changed,
    count(person_key) FILTER (WHERE is_waiting_converted) AS waiting_converted,
    count(person_key) FILTER (WHERE is_confirmed) AS confirmed,
    count(person_key) FILTER (WHERE is_rejected) AS rejected,
    count(person_key) FILTER (WHERE is_unknown) AS unknown,
    count(person_key) FILTER (WHERE is_held) AS held
FROM people
GROUP BY vendor, plan_hash
ORDER BY vendor
