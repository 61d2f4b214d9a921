INSERT INTO staging.engagements BY NAME SELECT 'e' AS engagement_id;
