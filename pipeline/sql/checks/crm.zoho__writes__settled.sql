-- Fails when a write of the current plan toward Zoho was confirmed without a record.
SELECT intent_id, object, person_key, operation, state
FROM crm.zoho__writes
WHERE state = 'confirmed' AND record_id IS NULL AND plan_hash IN (SELECT plan_hash FROM crm.zoho__plan)
