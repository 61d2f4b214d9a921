INSERT INTO identity.people BY NAME SELECT 'k' AS person_key;
INSERT INTO "qualify".suppressions BY NAME
SELECT 'person' AS scope, 'k' AS subject, 'email' AS channel, 'optout' AS kind;
