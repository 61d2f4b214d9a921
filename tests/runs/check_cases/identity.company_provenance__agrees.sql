INSERT INTO identity.companies (company_key, company_ref, phone) VALUES ('c', 'acme.com', '+14155552671');
INSERT INTO identity.company_provenance (company_key, field, value, source, source_id)
VALUES ('c', 'phone', '+14155550000', 'apollo', '1');
