INSERT INTO identity.provenance (person_key, field, value) VALUES ('k', 'email', 'x');
