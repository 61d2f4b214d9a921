-- Fails when a doubtful pair names a person who is not there, or one person twice.
SELECT left_key, right_key
FROM identity.reviews
WHERE left_key = right_key
    OR left_key NOT IN (SELECT person_key FROM identity.members)
    OR right_key NOT IN (SELECT person_key FROM identity.members)
