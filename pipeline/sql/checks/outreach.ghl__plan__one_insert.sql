-- Fails when a plan toward GoHighLevel would create a person twice, or create one who is a contact.
SELECT plan.plan_hash, plan.person_key
FROM outreach.ghl__plan AS plan
LEFT JOIN identity.people AS people USING (person_key)
WHERE plan.action = 'insert'
GROUP BY plan.plan_hash, plan.person_key
HAVING count(*) > count(DISTINCT plan.field) OR max(people.ghl_contact_id) IS NOT NULL
