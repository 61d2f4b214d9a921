-- Fails when a person is missing from the report, or is in it twice.
SELECT p.person_key, count(r.person_key) AS rows_found
FROM identity.people AS p
LEFT JOIN reports.people AS r ON r.person_key = p.person_key
GROUP BY p.person_key
HAVING count(r.person_key) <> 1
