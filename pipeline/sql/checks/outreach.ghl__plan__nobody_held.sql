-- Fails when a plan toward GoHighLevel would write to a person who must not be contacted by e-mail.
SELECT plan.plan_hash, plan.person_key, plan.action, plan.field
FROM outreach.ghl__plan AS plan
WHERE
    plan.lane = 'normal'
    AND plan.action NOT IN ('skip', 'hold')
    AND plan.person_key IN (SELECT person_key FROM "qualify".holds WHERE channel IN ('email', 'all'))
