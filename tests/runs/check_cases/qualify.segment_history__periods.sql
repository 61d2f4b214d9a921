INSERT INTO "qualify".segment_history BY NAME
SELECT 'k' AS person_key, unnest([TIMESTAMPTZ '2026-01-01 00:00:00+00', TIMESTAMPTZ '2026-01-02 00:00:00+00']) AS valid_from;
