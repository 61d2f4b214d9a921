-- Fails when a record belongs to no person or to several.
SELECT feature.source, feature.source_id, count(member.person_key) AS people
FROM identity.features AS feature
LEFT JOIN identity.members AS member ON feature.record_no = member.record_no
GROUP BY ALL
HAVING people <> 1
