INSERT INTO identity.people BY NAME SELECT 'k' AS person_key;
