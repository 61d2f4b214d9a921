INSERT INTO identity.members (person_key, source, source_id, record_no, previous_key) VALUES ('k2', 'apollo', 'a', 0, 'k1');
