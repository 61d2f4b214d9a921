INSERT INTO crm.zoho__plan (plan_hash, row_no) VALUES ('h', 0);
INSERT INTO crm.zoho__readback (intent_id, plan_hash, field, landed) VALUES ('i', 'h', 'Company', 'truncated');
