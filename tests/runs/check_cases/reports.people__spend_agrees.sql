INSERT INTO reports.people BY NAME SELECT 'k' AS person_key, 1.0 AS spend_usd;
