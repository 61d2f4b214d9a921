INSERT INTO identity.company_provenance (company_key, field, value, source, source_id)
VALUES ('c', 'phone', '+14155552671', 'apollo', '1'), ('c', 'phone', '+14155550000', 'apollo', '2');
