INSERT INTO identity.redirects BY NAME SELECT 'old' AS old_key, 'gone' AS new_key;
INSERT INTO reports.redirects BY NAME SELECT 'old' AS old_key, 'gone' AS new_key;
