-- Fails when somebody who must not be e-mailed is in a segment.
SELECT DISTINCT t.person_key, h.channel, h.kind
FROM "qualify".tags AS t
INNER JOIN "qualify".holds AS h ON h.person_key = t.person_key
WHERE h.channel IN ('email', 'all')
