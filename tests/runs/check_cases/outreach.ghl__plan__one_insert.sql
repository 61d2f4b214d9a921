INSERT INTO outreach.ghl__plan (plan_hash, row_no, lane, person_key, action, field) VALUES ('h', 0, 'normal', 'lf_1', 'insert', 'email');
INSERT INTO identity.people (person_key, ghl_contact_id) VALUES ('lf_1', 'abc');
