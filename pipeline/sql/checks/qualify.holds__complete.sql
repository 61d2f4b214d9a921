-- Fails when a suppression of a person or of their address does not hold that person back.
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
