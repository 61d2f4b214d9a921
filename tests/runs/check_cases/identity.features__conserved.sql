INSERT INTO staging.leads (source, source_id) VALUES ('apollo', 'a');
