INSERT INTO "qualify".tags BY NAME SELECT 'k' AS person_key, 'core' AS segment, 1 AS position;
INSERT INTO "qualify".segment_history BY NAME
SELECT 'k' AS person_key, 'nurture' AS segment, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS valid_from;
