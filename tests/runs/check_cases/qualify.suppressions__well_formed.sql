INSERT INTO "qualify".suppressions BY NAME
SELECT 'person' AS scope, 'k' AS subject, 'email' AS channel, 'whim' AS kind, now() AS since;
