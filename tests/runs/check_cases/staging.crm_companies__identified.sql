INSERT INTO staging.crm_companies (vendor, object, record_id) VALUES ('zoho', 'Accounts', '1'), ('zoho', 'Accounts', '1');
