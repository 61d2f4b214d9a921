-- One row per record of a person who has several records in one platform.
SELECT
    vendor,
    person_no AS person,
    count(*) OVER (PARTITION BY vendor, person_no) AS records_of_person,
    object,
    record_id,
    link,
    created_at,
    active_at
FROM audit_records
QUALIFY count(*) OVER (PARTITION BY vendor, person_no) > 1
ORDER BY vendor, person, created_at, record_id
