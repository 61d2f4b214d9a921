-- One row per living person record of a connected platform: whose it is, and where to look at it.
-- `audit_people` holds the person of each record as the identity engine sees it today.
SELECT
    person.vendor,
    person.object,
    person.record_id,
    CASE person.vendor
        WHEN 'zoho' THEN $zoho_root || person.object || '/' || person.record_id
        ELSE $ghl_root || person.record_id
    END AS link,
    people.person_no,
    feature.record_no,
    person.email,
    person.email_norm,
    person.phone,
    person.country,
    nullif(trim(person.owner_id), '') AS owner_id,
    person.company_record_id,
    person.is_opted_out_email,
    person.is_opted_out_sms,
    person.created_at,
    greatest(
        person.created_at, person.modified_at, try_cast(person.payload ->> 'Last_Activity_Time' AS TIMESTAMPTZ)
    ) AS active_at,
    person.payload
FROM staging.crm_people AS person
INNER JOIN identity.features AS feature
    ON feature.source = person.vendor || ':' || person.object AND feature.source_id = person.record_id
INNER JOIN audit_people AS people ON feature.record_no = people.record_no
WHERE NOT person.is_deleted AND NOT person.is_converted
