-- Fails when the engine finds too few or wrong pairs in the labelled sample: the least is in rules/identity.yaml.
SELECT version, pair_precision, pair_recall
FROM identity.accuracy
WHERE is_current AND (pair_precision < $sample_precision OR pair_recall < $sample_recall)
