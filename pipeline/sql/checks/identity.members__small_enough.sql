-- Fails when a person has more records than rules/identity.yaml allows.
SELECT person_key, count(*) AS records
FROM identity.members
GROUP BY person_key
HAVING count(*) > $largest_person
