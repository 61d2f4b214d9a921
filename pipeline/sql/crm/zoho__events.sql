-- One row per thing a person did since $since that a task or note in the CRM may tell of, with the person.
SELECT e.engagement_id, m.person_key, e.kind, e.channel, e.occurred_at, e.campaign, s.grade, e.excerpt AS text
FROM staging.engagements AS e
INNER JOIN identity.members AS m ON m.source = e.vendor || ':' || e.object AND m.source_id = e.record_id
LEFT JOIN "qualify".scores AS s ON s.person_key = m.person_key
WHERE
    e.is_human
    AND e.direction = 'in'
    AND list_contains($kinds::VARCHAR[], e.kind)
    AND e.occurred_at >= $since::DATE
ORDER BY e.occurred_at, e.engagement_id
