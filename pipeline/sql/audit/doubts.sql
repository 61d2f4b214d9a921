-- One row per pair of people who may be one: too much evidence to ignore, too little to decide.
-- Shown are the two records that say most. Two people to whom leadflow gave keys were told apart by what it knew.
WITH keyed AS (
    SELECT DISTINCT people.person_no
    FROM audit_people AS people
    INNER JOIN identity.features AS feature ON people.record_no = feature.record_no
    WHERE feature.leadflow_id IS NOT NULL
)

SELECT
    round(edge.bits, 1) AS evidence_bits,
    edge.words AS evidence,
    one.vendor,
    one.object,
    one.record_id,
    one.link,
    two.vendor AS other_vendor,
    two.object AS other_object,
    two.record_id AS other_record_id,
    two.link AS other_link
FROM audit_evidence AS edge
INNER JOIN audit_records AS one ON edge.left_no = one.record_no
INNER JOIN audit_records AS two ON edge.right_no = two.record_no
WHERE
    NOT edge.is_link
    AND NOT (one.person_no IN (FROM keyed) AND two.person_no IN (FROM keyed))
QUALIFY
    row_number() OVER (
        PARTITION BY least(one.person_no, two.person_no), greatest(one.person_no, two.person_no)
        ORDER BY edge.bits DESC, edge.left_no, edge.right_no
    ) = 1
ORDER BY evidence_bits DESC, one.record_no, two.record_no
