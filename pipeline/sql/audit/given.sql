-- One row per e-mail address or phone number as it stands in a record.
SELECT record.vendor, record.object, record.record_id, record.link, detail.kind, detail.field, record.country,
    trim(record.payload ->> detail.field) AS value
FROM audit_records AS record
INNER JOIN (
    VALUES
    ('zoho', 'email', 'Email'), ('zoho', 'email', 'Secondary_Email'), ('zoho', 'phone', 'Phone'),
    ('zoho', 'phone', 'Mobile'), ('ghl', 'email', 'email'), ('ghl', 'phone', 'phone')
) AS detail (vendor, kind, field) ON record.vendor = detail.vendor
WHERE trim(record.payload ->> detail.field) <> ''
