-- Fails when a tag is not ours by its prefix, is too long for the CRM, or a person has more than ten.
SELECT person_key, count(*) AS tags
FROM "qualify".tags
GROUP BY person_key
HAVING count(*) > 10 OR bool_or(tag NOT LIKE 'lf-%' OR length(tag) > 25 OR tag <> lower(tag))
