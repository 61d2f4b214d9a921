-- One row per raw record that could not be typed: nothing is dropped without a row here.
SELECT source, 'staging.leads' AS target, landing_ref, position, reject_reason AS reason, payload
FROM staging.sightings
WHERE reject_reason IS NOT NULL

UNION ALL

SELECT
    'apollo', 'staging.companies', landing_ref, position, 'the record has no id', payload
FROM raw.apollo__companies
WHERE coalesce(record_id, payload ->> 'id') IS NULL

UNION ALL

SELECT 'zoho', 'staging.records', landing_ref, position, 'the record has no id', payload
FROM (
    SELECT * FROM raw.zoho__leads
    UNION ALL SELECT * FROM raw.zoho__contacts
    UNION ALL SELECT * FROM raw.zoho__accounts
)
WHERE record_id IS NULL

UNION ALL

SELECT 'ghl', 'staging.records', landing_ref, position, 'the record has no id', payload
FROM raw.ghl__contacts
WHERE record_id IS NULL

UNION ALL

SELECT 'zoho', 'staging.engagements', landing_ref, position, 'the deal has no id, stage or time', payload
FROM raw.zoho__deals
WHERE record_id IS NULL OR payload ->> 'Stage' IS NULL
    OR try_cast(coalesce(payload ->> 'Modified_Time', payload ->> 'Created_Time') AS TIMESTAMPTZ) IS NULL

UNION ALL

SELECT 'ghl', 'staging.engagements', landing_ref, position, 'the message has no contact or time', payload
FROM raw.ghl__messages
WHERE payload ->> 'contactId' IS NULL
    OR (
        try_cast(payload ->> 'dateAdded' AS TIMESTAMPTZ) IS NULL AND try_cast(payload ->> 'dateAdded' AS DOUBLE) IS NULL
    )

UNION ALL

SELECT 'ghl', 'staging.engagements', landing_ref, position, 'the appointment has no contact or time', payload
FROM raw.ghl__appointments
WHERE payload ->> 'contactId' IS NULL
    OR (
        try_cast(coalesce(payload ->> 'dateAdded', payload ->> 'startTime') AS TIMESTAMPTZ) IS NULL
        AND try_cast(payload ->> 'dateAdded' AS DOUBLE) IS NULL
    )

UNION ALL

SELECT 'ghl', 'staging.engagements', landing_ref, position, 'the opportunity has no id, contact or time', payload
FROM raw.ghl__opportunities
WHERE record_id IS NULL OR coalesce(payload ->> 'contactId', payload ->> '$.contact.id') IS NULL
    OR try_cast(coalesce(payload ->> 'updatedAt', payload ->> 'createdAt') AS TIMESTAMPTZ) IS NULL
