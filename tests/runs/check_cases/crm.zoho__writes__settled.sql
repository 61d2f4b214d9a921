INSERT INTO crm.zoho__plan (plan_hash, row_no) VALUES ('h', 0);
INSERT INTO crm.zoho__writes (intent_id, plan_hash, operation, state) VALUES ('i', 'h', 'insert', 'confirmed');
