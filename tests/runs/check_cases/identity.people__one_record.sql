INSERT INTO identity.people (person_key, zoho_id) VALUES ('a', '1'), ('b', '1');
