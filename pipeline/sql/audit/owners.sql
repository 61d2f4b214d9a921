-- One row per record that nobody owns, where records usually have an owner, or whose owner is no active user.
WITH users AS (
    SELECT 'zoho' AS vendor, record_id
    FROM raw.zoho__metadata
    WHERE context ->> 'kind' = 'user'
    UNION ALL
    SELECT 'ghl', record_id
    FROM raw.ghl__metadata
    WHERE context ->> 'kind' = 'user'
),

-- In Zoho every record has an owner. Most locations of GoHighLevel assign no contact, or only those who booked: there
-- nobody is missing, and how many are assigned is told among the fields.
owned AS (
    SELECT vendor
    FROM audit_records
    GROUP BY vendor
    HAVING vendor = 'zoho' OR 2 * count(owner_id) >= count(*)
)

SELECT
    record.vendor,
    record.object,
    record.record_id,
    record.link,
    CASE WHEN record.owner_id IS NULL THEN 'nobody' ELSE 'no active user' END AS owner,
    record.owner_id,
    record.created_at
FROM audit_records AS record
WHERE
    (record.owner_id IS NULL AND record.vendor IN (SELECT vendor FROM owned))
    -- Where no users could be read, nothing is said about those who own something.
    OR (
        record.vendor IN (SELECT vendor FROM users)
        AND record.owner_id NOT IN (SELECT users.record_id FROM users WHERE users.vendor = record.vendor)
    )
ORDER BY record.vendor, record.object, owner, record.record_id
