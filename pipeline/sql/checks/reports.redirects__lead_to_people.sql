-- Fails when a merged key is missing, is still a person, or leads to nobody in the report.
SELECT i.old_key, i.new_key
FROM identity.redirects AS i
LEFT JOIN reports.redirects AS r ON r.old_key = i.old_key AND r.new_key = i.new_key
WHERE
    r.old_key IS NULL
    OR r.old_key IN (SELECT person_key FROM identity.people)
    OR r.new_key NOT IN (SELECT person_key FROM identity.people)
