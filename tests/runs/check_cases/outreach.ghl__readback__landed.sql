INSERT INTO outreach.ghl__plan (plan_hash, row_no) VALUES ('h', 0);
INSERT INTO outreach.ghl__readback (intent_id, plan_hash, field, landed) VALUES ('i', 'h', 'gender', 'ignored');
