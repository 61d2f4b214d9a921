-- Fails when a company key or reference occurs twice or is missing.
SELECT company_key, count(*) AS rows
FROM identity.companies
GROUP BY company_key
HAVING company_key IS NULL OR count(*) > 1 OR count(company_ref) = 0
