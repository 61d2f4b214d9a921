INSERT INTO staging.leads (source, source_id, email, email_norm) VALUES ('apollo', 'a', 'email_not_unlocked@domain.com', 'email_not_unlocked@domain.com');
