INSERT INTO "qualify".scores BY NAME
SELECT 'k' AS person_key, 40 AS account_fit, 0 AS persona_influence, 0 AS engagement, 'D' AS grade;
