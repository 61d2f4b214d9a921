INSERT INTO reports.spend BY NAME
SELECT 'apollo' AS vendor, 'apollo_credit' AS unit, 2 AS quantity, 0.05 AS usd, 'hit' AS outcome;
INSERT INTO reports.costs BY NAME
SELECT 'apollo' AS vendor, 'apollo_credit' AS unit, 1 AS charges, 1 AS quantity, 0.05 AS usd, 1 AS hits, 0 AS misses;
