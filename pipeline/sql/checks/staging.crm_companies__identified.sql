-- Fails when an account has no id or occurs twice.
SELECT vendor, object, record_id, count(*) AS rows
FROM staging.crm_companies
GROUP BY ALL
HAVING record_id IS NULL OR count(*) > 1
