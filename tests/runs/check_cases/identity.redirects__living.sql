INSERT INTO identity.redirects (old_key, new_key) VALUES ('a', 'b'), ('b', 'c');
