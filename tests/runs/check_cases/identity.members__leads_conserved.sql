INSERT INTO staging.leads (source, source_id) VALUES ('apollo', 'a');
INSERT INTO identity.members (person_key, source, source_id, record_no)
VALUES ('k1', 'apollo', 'a', 0), ('k2', 'apollo', 'a', 1);
