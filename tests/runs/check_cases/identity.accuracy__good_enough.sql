INSERT INTO identity.accuracy (version, is_current, pair_precision, pair_recall) VALUES ('v', TRUE, 0.99, 0.5);
