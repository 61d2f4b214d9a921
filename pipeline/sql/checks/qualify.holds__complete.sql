-- Fails when a suppression of a person or their address, or a no of an address in a record of theirs, does not hold them back.
SELECT p.person_key, s.channel, s.kind
FROM "qualify".suppressions AS s
INNER JOIN identity.people AS p ON s.scope = 'person' AND p.person_key = s.subject
LEFT JOIN "qualify".holds AS h ON h.person_key = p.person_key AND h.channel = s.channel AND h.kind = s.kind
WHERE h.person_key IS NULL AND (s.until IS NULL OR s.until::DATE > $as_of::DATE)
UNION ALL
SELECT p.person_key, s.channel, s.kind
FROM "qualify".suppressions AS s
INNER JOIN identity.people AS p ON s.scope = 'address' AND p.email_norm = s.subject
LEFT JOIN "qualify".holds AS h ON h.person_key = p.person_key AND h.channel = s.channel AND h.kind = s.kind
WHERE h.person_key IS NULL AND (s.until IS NULL OR s.until::DATE > $as_of::DATE)
UNION ALL
SELECT m.person_key, s.channel, s.kind
FROM "qualify".suppressions AS s
INNER JOIN staging.crm_people AS r ON s.subject = CASE s.scope WHEN 'address' THEN r.email_norm WHEN 'phone' THEN r.phone END
INNER JOIN identity.members AS m ON m.source = r.vendor || ':' || r.object AND m.source_id = r.record_id
INNER JOIN identity.people AS p ON m.person_key = p.person_key
LEFT JOIN "qualify".holds AS h ON h.person_key = p.person_key AND h.channel = s.channel AND h.kind = s.kind
WHERE
    h.person_key IS NULL
    AND s.kind IN ('optout', 'complaint')
    AND NOT coalesce(r.is_deleted, FALSE)
    AND NOT coalesce(r.is_converted, FALSE)
    AND (s.until IS NULL OR s.until::DATE > $as_of::DATE)
