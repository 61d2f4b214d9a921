-- One row per pair of people that may be the same, for a person to decide.
WITH named AS (
    SELECT DISTINCT member.person_key, feature.name_norm, feature.company_ref
    FROM identity.features AS feature
    INNER JOIN identity.members AS member ON feature.record_no = member.record_no
    WHERE feature.name_norm IS NOT NULL AND feature.company_ref IS NOT NULL AND NOT feature.is_gone
    QUALIFY count(DISTINCT member.person_key) OVER (PARTITION BY feature.name_norm, feature.company_ref) BETWEEN 2 AND 10
)

SELECT
    one.person_key AS left_key,
    other.person_key AS right_key,
    'same name at the same company, but their strong ids differ' AS reason,
    15.0 AS bits
FROM named AS one
INNER JOIN named AS other ON one.name_norm = other.name_norm AND one.company_ref = other.company_ref
WHERE one.person_key < other.person_key
GROUP BY ALL
