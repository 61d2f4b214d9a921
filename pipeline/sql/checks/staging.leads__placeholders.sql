-- Fails when a placeholder address, such as Apollo's locked one, is taken for a mailbox.
SELECT source, source_id
FROM staging.leads
WHERE email_norm LIKE 'email_not_unlocked@%' OR (email IS NOT NULL AND email NOT LIKE '%_@_%._%')
