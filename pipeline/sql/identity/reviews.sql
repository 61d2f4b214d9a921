-- One row per pair of people that may be the same, for a person to decide: the heaviest doubt between their records.
WITH doubts AS (
    SELECT
        least(one.person_key, other.person_key) AS left_key,
        greatest(one.person_key, other.person_key) AS right_key,
        edge.words AS reason,
        edge.bits
    FROM identity.edges AS edge
    INNER JOIN identity.members AS one ON edge.left_no = one.record_no
    INNER JOIN identity.members AS other ON edge.right_no = other.record_no
    INNER JOIN identity.features AS first ON edge.left_no = first.record_no
    INNER JOIN identity.features AS second ON edge.right_no = second.record_no
    WHERE NOT edge.is_link AND one.person_key <> other.person_key AND NOT first.is_gone AND NOT second.is_gone
),

-- Ids can lie: a profile gets a new address, a mailbox is renamed. Few of one name at one company are worth a look.
named AS (
    SELECT DISTINCT member.person_key, feature.name_norm, feature.company_ref
    FROM identity.features AS feature
    INNER JOIN identity.members AS member ON feature.record_no = member.record_no
    WHERE feature.name_norm IS NOT NULL AND feature.company_ref IS NOT NULL AND NOT feature.is_gone
    QUALIFY count(DISTINCT member.person_key) OVER (PARTITION BY feature.name_norm, feature.company_ref) BETWEEN 2 AND 3
),

namesakes AS (
    SELECT
        one.person_key AS left_key,
        other.person_key AS right_key,
        'same name at the same company, but their ids differ' AS reason,
        0.0 AS bits
    FROM named AS one
    INNER JOIN named AS other ON one.name_norm = other.name_norm AND one.company_ref = other.company_ref
    WHERE one.person_key < other.person_key
)

SELECT left_key, right_key, arg_max(reason, bits) AS reason, max(bits) AS bits
FROM (SELECT * FROM doubts UNION ALL SELECT * FROM namesakes)
GROUP BY left_key, right_key
