INSERT INTO raw.zoho__leads (record_id, payload) VALUES ('z', '{}');
