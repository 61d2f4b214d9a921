INSERT INTO staging.engagements (engagement_id) VALUES ('e');
