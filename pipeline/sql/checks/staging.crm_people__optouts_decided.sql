-- Fails when it is not known of a platform record whether the person opted out: that must never read as consent.
SELECT vendor, object, record_id
FROM staging.crm_people
WHERE is_opted_out_email IS NULL OR is_opted_out_sms IS NULL
