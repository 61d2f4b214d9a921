-- Fails when raw rows of a platform object are neither a version of a record nor rejected: in = out + rejects.
WITH told AS (
    SELECT 'zoho:Leads' AS object, record_id FROM raw.zoho__leads
    UNION ALL SELECT 'zoho:Contacts', record_id FROM raw.zoho__contacts
    UNION ALL SELECT 'zoho:Accounts', record_id FROM raw.zoho__accounts
    UNION ALL SELECT 'ghl:contact', record_id FROM raw.ghl__contacts
)

SELECT object, count(record_id) AS raw_rows, coalesce(any_value(kept), 0) AS kept
FROM told
LEFT JOIN (
    SELECT vendor || ':' || object AS object, sum(versions) AS kept FROM staging.records GROUP BY ALL
) USING (object)
GROUP BY object
HAVING raw_rows <> coalesce(any_value(kept), 0)
