INSERT INTO raw.apollo__people (record_id, payload) VALUES ('a', '{}');
