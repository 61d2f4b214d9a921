INSERT INTO identity.match_rates (run_id, as_of, known_records, drift)
VALUES ('a', DATE '2025-12-31', 1000, 0.06), ('b', DATE '2026-01-01', 1000, 0.05);
