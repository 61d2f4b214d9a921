INSERT INTO identity.features (record_no, source, source_id) VALUES (0, 'apollo', 'a');
