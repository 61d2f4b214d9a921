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

landings AS (
    SELECT landed FROM crm.zoho__readback
    UNION ALL
    SELECT landed FROM outreach.ghl__readback
),

doubts AS (
    SELECT is_in_doubt FROM crm.zoho__writes
    UNION ALL
    SELECT is_in_doubt FROM outreach.ghl__writes
)

SELECT
    (SELECT count(DISTINCT person_key) FROM "qualify".holds WHERE is_optout) AS optouts,
    (SELECT count(*) FROM open_optouts) AS optouts_open,
    (SELECT count(*) FROM landings) AS fields_read_back,
    (SELECT count(*) FROM landings WHERE landed IN ('stored', 'normalised')) AS fields_landed,
    (SELECT count(*) FROM reports.touches WHERE kind = 'sent' AND NOT is_ordered_by_us) AS sent_without_order,
    (SELECT count(*) FROM doubts WHERE is_in_doubt) AS in_doubt,
    (SELECT count(*) FROM identity.reviews) AS pairs_to_review
