-- Fails when a person of identity.members is missing from identity.people, or is there twice.
SELECT person_key, count(person.person_key) AS rows
FROM (SELECT DISTINCT person_key FROM identity.members) AS member
FULL JOIN identity.people AS person USING (person_key)
GROUP BY person_key
HAVING rows <> 1 OR person_key NOT IN (SELECT person_key FROM identity.members)
