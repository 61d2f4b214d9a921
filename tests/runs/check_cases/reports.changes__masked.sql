INSERT INTO reports.changes BY NAME
SELECT 'p' AS plan_hash, 'Leads' AS object, 'Email' AS field, '"somebody@acme.example"' AS new_value;
