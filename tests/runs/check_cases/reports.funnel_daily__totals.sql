INSERT INTO reports.touches BY NAME SELECT 'k' AS person_key, 'enrolled' AS kind, DATE '2026-01-01' AS occurred_day;
INSERT INTO reports.funnel_daily BY NAME
SELECT DATE '2026-01-01' AS funnel_day, 3 AS position, 'enrolled' AS step, 2 AS people, 0 AS deals;
