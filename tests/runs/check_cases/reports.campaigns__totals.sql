INSERT INTO reports.touches BY NAME SELECT 'k' AS person_key, 'sent' AS kind, unnest(['a', 'b']) AS touch_id;
INSERT INTO reports.campaigns BY NAME SELECT 'none' AS campaign, 2 AS touches, 1 AS sent;
