INSERT INTO staging.crm_people BY NAME
SELECT 'zoho' AS vendor, 'Leads' AS object, '1' AS record_id, 'a@b.example' AS email_norm, TRUE AS is_opted_out_email;
