INSERT INTO identity.companies (company_key, company_ref) VALUES ('c', 'a.com'), ('c', 'b.com');
