INSERT INTO reports.touches BY NAME SELECT 'k' AS person_key, 'sent' AS kind;
INSERT INTO reports.quality BY NAME
SELECT DATE '2026-01-01' AS quality_day, 'touch_recognised' AS measure, 0 AS good, 1 AS looked_at;
