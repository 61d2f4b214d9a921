INSERT INTO crm.zoho__conversions (person_key, lead_id, contact_id, state, is_key_carried) VALUES ('lf_1', '1', '2', 'confirmed', FALSE);
