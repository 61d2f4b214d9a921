INSERT INTO identity.features (record_no, source, source_id, linkedin_slug) VALUES
(0, 'apollo', 'a', 'jane-doe-1a2b3c4d'), (1, 'salesnav', 'b', 'jane-roe-5e6f7a8b');
INSERT INTO identity.members (person_key, source, source_id, record_no) VALUES
('k', 'apollo', 'a', 0), ('k', 'salesnav', 'b', 1);
