INSERT INTO identity.account_matches (person_key, account_id, is_winner) VALUES ('k', '1', TRUE);
