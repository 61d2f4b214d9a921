INSERT INTO identity.members (person_key, source, source_id, record_no)
SELECT 'k', 'apollo', range::VARCHAR, range FROM range(51);
