-- Fails when a converted lead's contact does not carry our key.
SELECT person_key, lead_id, contact_id
FROM crm.zoho__conversions
WHERE state = 'confirmed' AND is_key_carried IS FALSE
