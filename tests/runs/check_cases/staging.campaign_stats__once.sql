INSERT INTO staging.campaign_stats (vendor, source, source_id, metric, taken_on, total, difference) VALUES
    ('ghl', 'schedule', 's', 'sent', DATE '2026-01-01', 5, -1);
