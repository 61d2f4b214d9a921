INSERT INTO staging.sightings (source, source_id) VALUES ('apollo', 'a');
