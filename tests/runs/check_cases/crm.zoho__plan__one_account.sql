INSERT INTO crm.zoho__plan (plan_hash, row_no, lane, object, record_id, person_key, action, field) VALUES
    ('h', 0, 'normal', 'Accounts', '7', 'lc_1', 'update', 'Phone'),
    ('h', 1, 'normal', 'Accounts', '7', 'lc_2', 'update', 'Website');
