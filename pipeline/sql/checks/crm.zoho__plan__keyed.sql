-- Fails when a plan toward Zoho would create a record without our key, or under the key of somebody else.
SELECT plan.plan_hash, plan.person_key
FROM crm.zoho__plan AS plan
WHERE plan.action = 'insert'
GROUP BY plan.plan_hash, plan.person_key
HAVING count(*) FILTER (plan.new_value = to_json(plan.person_key)::VARCHAR) = 0
