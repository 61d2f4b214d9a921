-- Fails when a lead of staging belongs to no person, or to several.
SELECT lead.source, lead.source_id, count(DISTINCT member.person_key) AS people
FROM staging.leads AS lead
LEFT JOIN identity.members AS member ON lead.source = member.source AND lead.source_id = member.source_id
GROUP BY ALL
HAVING people <> 1
