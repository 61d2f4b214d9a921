-- Fails when a person has two surviving values for a field, or a value without its source record.
SELECT person_key, field, count(*) AS rows
FROM identity.provenance
GROUP BY person_key, field
HAVING count(*) > 1 OR count(source_id) = 0 OR count(landing_ref) = 0
