-- Fails when a value that the current plan wrote to Zoho is not there as intended.
SELECT intent_id, object, record_id, person_key, field, landed
FROM crm.zoho__readback
WHERE landed NOT IN ('stored', 'normalised') AND plan_hash IN (SELECT plan_hash FROM crm.zoho__plan)
