-- Fails when two people claim the same record of a platform.
SELECT 'zoho' AS vendor, zoho_id AS record_id, count(*) AS people
FROM identity.people
WHERE zoho_id IS NOT NULL
GROUP BY zoho_id
HAVING count(*) > 1

UNION ALL

SELECT 'ghl' AS vendor, ghl_contact_id, count(*)
FROM identity.people
WHERE ghl_contact_id IS NOT NULL
GROUP BY ghl_contact_id
HAVING count(*) > 1
