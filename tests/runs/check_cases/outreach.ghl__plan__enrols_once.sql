INSERT INTO outreach.ghl__plan (plan_hash, row_no, lane, person_key, record_id, action, field) VALUES ('h', 0, 'normal', 'lf_1', 'c1', 'enrol', 'w1/lf_1');
INSERT INTO outreach.ghl__writes (intent_id, plan_hash, operation, state, payload) VALUES ('i', 'older', 'enrol', 'lost', '{"reference": "w1/lf_1", "workflow": "w1"}');
