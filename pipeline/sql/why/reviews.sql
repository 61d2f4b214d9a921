-- One row per pair of people that may be the same; all of them, or those that concern some people.
SELECT left_key, right_key, reason, bits
FROM identity.reviews
WHERE len($keys) = 0 OR list_contains($keys, left_key) OR list_contains($keys, right_key)
ORDER BY bits DESC, left_key, right_key
