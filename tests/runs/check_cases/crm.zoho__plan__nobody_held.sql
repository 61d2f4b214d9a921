INSERT INTO crm.zoho__plan (plan_hash, row_no, lane, person_key, action, field) VALUES ('h', 0, 'normal', 'lf_1', 'update', 'Phone');
INSERT INTO "qualify".holds (person_key, channel, kind, is_optout, is_crm_held) VALUES ('lf_1', 'email', 'optout', TRUE, TRUE);
