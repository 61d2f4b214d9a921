-- One row per period in which the scores of the person did not change, the latest first.
SELECT * FROM "qualify".score_history WHERE list_contains($keys, person_key) ORDER BY valid_from DESC
