-- One row per conversion of a lead of the person.
SELECT * FROM crm.zoho__conversions WHERE list_contains($keys, person_key) ORDER BY settled_at DESC
