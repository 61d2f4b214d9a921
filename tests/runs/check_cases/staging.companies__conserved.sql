INSERT INTO raw.apollo__companies (landing_ref, position, record_id) VALUES ('x', 0, 'o');
INSERT INTO staging.sightings (source, source_id, landing_ref, position) VALUES ('apollo', 'a', 'x', 0);
