INSERT INTO "qualify".tags BY NAME
SELECT 'k' AS person_key, 'Core' AS segment, 'Core' AS tag, 1 AS position;
