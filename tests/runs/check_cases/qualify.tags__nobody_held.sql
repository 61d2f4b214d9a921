INSERT INTO "qualify".tags BY NAME
SELECT 'k' AS person_key, 'core' AS segment, 'lf-core' AS tag, 1 AS position;
INSERT INTO "qualify".holds BY NAME
SELECT 'k' AS person_key, 'email' AS channel, 'optout' AS kind;
