-- Fails when a merged key still has records, or leads to another merged key.
SELECT redirect.old_key, redirect.new_key
FROM identity.redirects AS redirect
WHERE redirect.old_key IN (SELECT person_key FROM identity.members)
    OR redirect.new_key IN (SELECT old_key FROM identity.redirects)
