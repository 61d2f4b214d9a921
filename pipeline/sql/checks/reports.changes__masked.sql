-- Fails when a published value shows an e-mail address.
SELECT plan_hash, object, field
FROM reports.changes
WHERE regexp_matches(coalesce(old_value, '') || ' ' || coalesce(new_value, ''), '[^\s"@*]{2,}@[^\s"@]+\.[a-z]')
