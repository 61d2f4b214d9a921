INSERT INTO identity.reviews (left_key, right_key, reason) VALUES ('a', 'a', 'same name');
