-- Fails when a plan toward Zoho would write one account for two companies, write a deleted one, or double a name.
WITH planned AS (
    SELECT DISTINCT plan_hash, person_key AS company_key, record_id
    FROM crm.zoho__plan
    WHERE object = 'Accounts' AND action NOT IN ('skip', 'hold') AND record_id IS NOT NULL
),

created AS (
    SELECT plan_hash, person_key AS company_key, lower(trim(new_value ->> '$')) AS name
    FROM crm.zoho__plan
    WHERE object = 'Accounts' AND action = 'insert' AND field = 'Account_Name'
),

living AS (
    SELECT record_id, lower(trim(name)) AS name FROM staging.crm_companies
    WHERE vendor = 'zoho' AND NOT coalesce(is_deleted, FALSE)
)

SELECT plan_hash, min(company_key) AS company_key, record_id, 'written for several companies' AS wrong
FROM planned
GROUP BY plan_hash, record_id
HAVING count(DISTINCT company_key) > 1

UNION ALL

SELECT planned.plan_hash, planned.company_key, planned.record_id, 'was deleted'
FROM planned
INNER JOIN staging.crm_companies AS account USING (record_id)
WHERE account.vendor = 'zoho' AND account.is_deleted

UNION ALL

SELECT plan_hash, min(company_key), NULL, 'created several times under one name'
FROM created
GROUP BY plan_hash, name
HAVING count(DISTINCT company_key) > 1

UNION ALL

SELECT created.plan_hash, created.company_key, living.record_id, 'an account has that name'
FROM created
INNER JOIN living USING (name)
