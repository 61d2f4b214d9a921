-- Fails when evidence points to a record that is not there, or from a record to itself.
SELECT left_no, right_no, rule
FROM identity.edges
WHERE left_no = right_no
    OR left_no NOT IN (SELECT record_no FROM identity.features)
    OR right_no NOT IN (SELECT record_no FROM identity.features)
