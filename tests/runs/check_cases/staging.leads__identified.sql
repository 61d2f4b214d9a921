INSERT INTO staging.leads (source, source_id, full_name) VALUES ('apollo', 'a', 'A B'), ('apollo', 'a', 'A B');
