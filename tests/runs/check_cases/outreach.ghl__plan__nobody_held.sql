INSERT INTO outreach.ghl__plan (plan_hash, row_no, lane, person_key, action, field) VALUES ('h', 0, 'normal', 'lf_1', 'add_tags', 'tags');
INSERT INTO "qualify".holds (person_key, channel, kind) VALUES ('lf_1', 'email', 'bounce');
