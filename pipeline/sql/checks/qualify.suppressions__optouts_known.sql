-- Fails when a platform record that opted out of e-mail has no suppression of its person or address.
SELECT c.vendor, c.object, c.record_id
FROM staging.crm_people AS c
LEFT JOIN identity.members AS m
    ON m.source = c.vendor || ':' || c.object AND m.source_id = c.record_id
WHERE
    c.is_opted_out_email
    AND (m.person_key IS NOT NULL OR c.email_norm IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1
        FROM "qualify".suppressions AS s
        WHERE
            s.kind = 'optout' AND s.channel IN ('email', 'all')
            AND (
                (s.scope = 'person' AND s.subject = m.person_key)
                OR (m.person_key IS NULL AND s.scope = 'address' AND s.subject = c.email_norm)
            )
    )
