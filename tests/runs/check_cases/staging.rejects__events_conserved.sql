INSERT INTO raw.ghl__messages (record_id, payload) VALUES ('m', '{"contactId": "c", "status": "sent"}');
