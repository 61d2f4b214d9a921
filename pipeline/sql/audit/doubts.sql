-- One row per pair of records that may be one person: too much evidence to ignore, too little to decide.
SELECT
    round(doubt.bits, 1) AS evidence_bits,
    one.vendor,
    one.object,
    one.record_id,
    one.link,
    two.vendor AS other_vendor,
    two.object AS other_object,
    two.record_id AS other_record_id,
    two.link AS other_link
FROM audit_doubts AS doubt
INNER JOIN audit_records AS one ON doubt.left_no = one.record_no
INNER JOIN audit_records AS two ON doubt.right_no = two.record_no
ORDER BY evidence_bits DESC, one.record_no, two.record_no
