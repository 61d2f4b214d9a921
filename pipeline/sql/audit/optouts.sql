-- One row per record and channel that may be written to although the person or the address said no elsewhere.
WITH refusals AS (
    SELECT 'email' AS channel, email_norm AS address, *
    FROM audit_records
    WHERE is_opted_out_email
    UNION ALL
    SELECT 'sms' AS channel, phone AS address, *
    FROM audit_records
    WHERE is_opted_out_sms
),

mailable AS (
    SELECT 'email' AS channel, email_norm AS address, *
    FROM audit_records
    WHERE NOT is_opted_out_email AND email_norm IS NOT NULL
    UNION ALL
    -- Text messages are sent by GoHighLevel; Zoho has no such switch.
    SELECT 'sms' AS channel, phone AS address, *
    FROM audit_records
    WHERE NOT is_opted_out_sms AND phone IS NOT NULL AND vendor = 'ghl'
),

pairs AS (
    SELECT mailable.record_no, mailable.channel, 'same person' AS why, refusals.record_no AS said_no
    FROM mailable
    INNER JOIN refusals ON mailable.channel = refusals.channel AND mailable.person_no = refusals.person_no
    UNION ALL
    SELECT mailable.record_no, mailable.channel, 'same address or number' AS why, refusals.record_no AS said_no
    FROM mailable
    INNER JOIN refusals ON mailable.channel = refusals.channel AND mailable.address = refusals.address
),

chosen AS (
    SELECT record_no, channel, arg_max(said_no, (why, -said_no)) AS said_no, max(why) AS why
    FROM pairs
    GROUP BY record_no, channel
)

SELECT
    chosen.channel,
    record.vendor,
    record.object,
    record.record_id,
    record.link,
    chosen.why,
    refusal.vendor AS opted_out_in,
    refusal.object AS opted_out_object,
    refusal.record_id AS opted_out_record_id,
    refusal.link AS opted_out_link
FROM chosen
INNER JOIN audit_records AS record ON chosen.record_no = record.record_no
INNER JOIN audit_records AS refusal ON chosen.said_no = refusal.record_no
ORDER BY record.vendor, record.object, record.record_id, chosen.channel
