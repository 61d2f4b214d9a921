INSERT INTO outreach.ghl__enrolments (intent_id, action, reference, contact_id, workflow_id, state, as_of) VALUES
    ('a', 'enrol', 'w1/lf_1', 'c1', 'w1', 'lost', DATE '2026-11-22'), ('b', 'enrol', 'w1/lf_2', 'c1', 'w1', 'confirmed', DATE '2026-11-22');
