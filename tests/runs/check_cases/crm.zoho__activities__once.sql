INSERT INTO crm.zoho__activities (intent_id, kind, reference, state, activity_id) VALUES
    ('a', 'task', 'lf-1', 'confirmed', '1'), ('b', 'task', 'lf-1', 'confirmed', '2');
