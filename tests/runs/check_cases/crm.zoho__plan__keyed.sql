INSERT INTO crm.zoho__plan (plan_hash, row_no, lane, object, person_key, action, field, new_value) VALUES ('h', 0, 'normal', 'Leads', 'lf_1', 'insert', 'Leadflow_ID', '"lf_2"');
