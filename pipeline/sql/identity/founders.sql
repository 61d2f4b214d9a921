-- One row per record, founders first: the order in which records were first seen.
SELECT record_no, source, source_id, leadflow_id, is_gone
FROM identity.features
ORDER BY first_seen_at NULLS LAST, source, source_id
