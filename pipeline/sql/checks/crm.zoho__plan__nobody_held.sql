-- Fails when a plan toward Zoho would write to a person who said no, or whose CRM record is to be left alone.
SELECT plan.plan_hash, plan.person_key, plan.action, plan.field
FROM crm.zoho__plan AS plan
WHERE
    plan.lane = 'normal'
    AND plan.action NOT IN ('skip', 'hold')
    AND plan.person_key IN (SELECT person_key FROM "qualify".holds WHERE is_optout OR is_crm_held)
