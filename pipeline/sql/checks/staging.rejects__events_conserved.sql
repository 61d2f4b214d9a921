-- Fails when a message or appointment is neither an event nor rejected: in = out + rejects. What waits is no event yet.
WITH told AS (
    SELECT
        'message' AS feed, record_id,
        lower(coalesce(payload ->> 'direction', '')) <> 'inbound'
        AND lower(coalesce(payload ->> 'status', '')) IN ('pending', 'scheduled', 'queued') AS waits,
        landing_ref, position
    FROM raw.ghl__messages
    UNION ALL
    SELECT 'appointment', record_id, FALSE, landing_ref, position FROM raw.ghl__appointments
)

SELECT feed, record_id
FROM told
WHERE
    NOT waits AND record_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM staging.engagements AS e WHERE e.vendor = 'ghl' AND e.vendor_id = told.record_id)
    AND NOT EXISTS (
        SELECT 1
        FROM staging.rejects AS r
        WHERE r.target = 'staging.engagements' AND r.landing_ref = told.landing_ref AND r.position = told.position
    )
