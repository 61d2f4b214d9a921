-- One row per record without a usable e-mail address and without a usable phone number.
SELECT record.vendor, record.object, record.record_id, record.link, record.created_at
FROM audit_records AS record
WHERE NOT EXISTS (
    SELECT 1
    FROM audit_given AS given
    INNER JOIN audit_judged AS judged
        ON given.kind = judged.kind AND given.value = judged.value AND given.country IS NOT DISTINCT FROM judged.country
    WHERE given.vendor = record.vendor AND given.object = record.object AND given.record_id = record.record_id
        AND judged.problem IS NULL
)
ORDER BY record.vendor, record.object, record.record_id
