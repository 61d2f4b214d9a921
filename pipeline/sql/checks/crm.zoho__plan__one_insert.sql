-- Fails when a plan toward Zoho would create a person or company twice, or one that has a record.
SELECT plan.plan_hash, plan.person_key, count(DISTINCT plan.object) AS inserts
FROM crm.zoho__plan AS plan
LEFT JOIN identity.people AS people USING (person_key)
LEFT JOIN identity.companies AS companies ON plan.person_key = companies.company_key
WHERE plan.action = 'insert'
GROUP BY plan.plan_hash, plan.person_key
HAVING
    count(DISTINCT plan.object) > 1
    OR count(*) > count(DISTINCT plan.field)
    OR max(coalesce(people.zoho_id, companies.zoho_account_id)) IS NOT NULL
