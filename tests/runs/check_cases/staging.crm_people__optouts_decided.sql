INSERT INTO staging.crm_people (vendor, object, record_id) VALUES ('zoho', 'Leads', '1');
