INSERT INTO identity.members (person_key, source, source_id, record_no) VALUES ('k', 'apollo', 'a', 0);
