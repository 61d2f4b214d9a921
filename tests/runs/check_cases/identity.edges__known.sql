INSERT INTO identity.edges (left_no, right_no, rule) VALUES (0, 0, 'email');
