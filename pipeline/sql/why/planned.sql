-- One row per field of the latest plans that concerns the person.
SELECT * FROM crm.zoho__plan WHERE list_contains($keys, person_key)

UNION ALL

SELECT * FROM outreach.ghl__plan WHERE list_contains($keys, person_key)
ORDER BY plan_hash, row_no
