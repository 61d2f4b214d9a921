-- One row: whether opt-outs, writes and sends are as they should be.
WITH latest AS (
    SELECT vendor, arg_max(plan_hash, (planned_at, plan_hash)) AS plan_hash
    FROM reports.changes
    GROUP BY vendor
),

open_optouts AS (
    SELECT DISTINCT c.person_key
    FROM reports.changes AS c
    INNER JOIN latest AS l ON l.vendor = c.vendor AND l.plan_hash = c.plan_hash
    WHERE c.action = 'set_optout' AND c.state <> 'confirmed'
),

deliveries AS (
    SELECT date_diff('second', c.planned_at, c.settled_at) AS seconds
    FROM reports.changes AS c
    WHERE c.action = 'set_optout' AND c.state = 'confirmed' AND c.planned_at > $now::TIMESTAMP - INTERVAL 28 DAY
),

landings AS (
    SELECT coalesce(sum(looked_at), 0) AS looked_at, coalesce(sum(good), 0) AS good
    FROM reports.quality
    WHERE measure = 'landed_as_intended'
),

doubts AS (
    SELECT is_in_doubt FROM crm.zoho__writes
    UNION ALL
    SELECT is_in_doubt FROM outreach.ghl__writes
)

SELECT
    (SELECT count(DISTINCT person_key) FROM "qualify".holds WHERE is_optout) AS optouts,
    (SELECT count(*) FROM open_optouts) AS optouts_open,
    (SELECT max(seconds) FROM deliveries) AS slowest_seconds,
    (SELECT looked_at FROM landings) AS fields_read_back,
    (SELECT good FROM landings) AS fields_landed,
    (SELECT count(*) FROM reports.touches WHERE kind = 'sent' AND NOT is_ordered_by_us AND occurred_day > $as_of::DATE - 28)
        AS sent_without_order,
    (SELECT count(*) FROM doubts WHERE is_in_doubt) AS in_doubt,
    (
        SELECT count(*)
        FROM outreach.ghl__enrolments
        WHERE state = 'lost' AND first_message_at IS NULL AND as_of > $as_of::DATE - 28
    ) AS enrolments_unknown
