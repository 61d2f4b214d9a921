-- Fails when a company has two surviving values for a field.
SELECT company_key, field, count(*) AS rows
FROM identity.company_provenance
GROUP BY company_key, field
HAVING count(*) > 1
