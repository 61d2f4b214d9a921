INSERT INTO crm.zoho__plan (plan_hash, row_no, lane, object, person_key, action, field) VALUES ('h', 0, 'normal', 'Leads', 'lf_1', 'insert', 'Last_Name');
INSERT INTO identity.people (person_key, zoho_module, zoho_id) VALUES ('lf_1', 'Leads', '1');
