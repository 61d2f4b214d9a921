INSERT INTO staging.sightings (source, landing_ref, position, reject_reason) VALUES ('apollo', 'x', 0, 'no id');
