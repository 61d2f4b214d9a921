-- Fails when a contact entered one workflow twice on a day, or under one reference, as far as anybody can know.
SELECT contact_id, workflow_id, as_of, min(reference) AS reference, count(*) AS enrolments
FROM outreach.ghl__enrolments
WHERE action = 'enrol' AND state IN ('claimed', 'sent', 'confirmed', 'lost') AND contact_id IS NOT NULL
GROUP BY contact_id, workflow_id, as_of
HAVING count(*) > 1
UNION ALL
SELECT min(contact_id) AS contact_id, min(workflow_id) AS workflow_id, max(as_of) AS as_of, reference, count(*) AS enrolments
FROM outreach.ghl__enrolments
WHERE action = 'enrol' AND state IN ('claimed', 'sent', 'confirmed', 'lost')
GROUP BY reference
HAVING count(*) > 1
