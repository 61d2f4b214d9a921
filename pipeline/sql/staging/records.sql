-- One row per record of a connected platform: its latest version, fields picked out but not yet normalised.
WITH zoho_raw AS (
    SELECT 'Leads' AS object, * FROM raw.zoho__leads
    UNION ALL SELECT 'Contacts' AS object, * FROM raw.zoho__contacts
    UNION ALL SELECT 'Accounts' AS object, * FROM raw.zoho__accounts
),

zoho_latest AS (
    SELECT *, count(*) OVER (PARTITION BY object, record_id) AS versions
    FROM zoho_raw
    WHERE record_id IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY object, record_id ORDER BY fetched_at DESC, landing_ref DESC, position DESC
    ) = 1
),

zoho_said AS (
    SELECT
        *,
        json_transform(payload, '{
            "First_Name": "VARCHAR", "Last_Name": "VARCHAR", "Full_Name": "VARCHAR", "Designation": "VARCHAR",
            "Title": "VARCHAR", "Email": "VARCHAR", "Secondary_Email": "VARCHAR", "Phone": "VARCHAR",
            "Mobile": "VARCHAR", "Company": "VARCHAR", "Website": "VARCHAR", "Account_Name": "JSON",
            "Industry": "VARCHAR", "Employees": "BIGINT", "City": "VARCHAR", "State": "VARCHAR",
            "Country": "VARCHAR", "Mailing_City": "VARCHAR", "Mailing_State": "VARCHAR",
            "Mailing_Country": "VARCHAR", "Billing_City": "VARCHAR", "Billing_State": "VARCHAR",
            "Billing_Country": "VARCHAR", "Owner": {"id": "VARCHAR", "email": "VARCHAR"},
            "Tag": [{"name": "VARCHAR"}], "Email_Opt_Out": "BOOLEAN", "$converted": "BOOLEAN",
            "Converted__s": "BOOLEAN", "$converted_detail": "JSON", "Converted_Contact": "JSON", "Created_Time": "VARCHAR", "Modified_Time": "VARCHAR"
        }') AS said
    FROM zoho_latest
),

zoho_deleted AS (
    SELECT
        context ->> 'module' AS object,
        record_id,
        max(try_cast(payload ->> 'deleted_time' AS TIMESTAMPTZ)) AS deleted_at,
        arg_max(landing_ref, (fetched_at, landing_ref, position)) AS landing_ref,
        arg_max(position, (fetched_at, landing_ref, position)) AS position,
        max(fetched_at) AS fetched_at,
        max(payload ->> 'display_name') AS display_name,
        arg_max(payload, (fetched_at, landing_ref, position)) AS payload
    FROM raw.zoho__deleted
    WHERE record_id IS NOT NULL AND context ->> 'module' <> 'Deals'
    GROUP BY ALL
),

zoho_users AS (
    SELECT record_id, arg_max(payload ->> 'email', fetched_at) AS email
    FROM raw.zoho__metadata
    WHERE context ->> 'kind' = 'user' AND record_id IS NOT NULL
    GROUP BY ALL
),

ghl_users AS (
    SELECT record_id, arg_max(payload ->> 'email', fetched_at) AS email
    FROM raw.ghl__metadata
    WHERE context ->> 'kind' = 'user' AND record_id IS NOT NULL
    GROUP BY ALL
),

ghl_fields AS (
    SELECT record_id, regexp_replace(arg_max(payload ->> 'fieldKey', fetched_at), '^contact\.', '') AS field_key
    FROM raw.ghl__metadata
    WHERE payload ->> 'fieldKey' IS NOT NULL AND record_id IS NOT NULL
    GROUP BY ALL
),

ghl_latest AS (
    SELECT *, count(*) OVER (PARTITION BY record_id) AS versions
    FROM raw.ghl__contacts
    WHERE record_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY fetched_at DESC, landing_ref DESC, position DESC) = 1
),

ghl_custom AS (
    SELECT
        record_id,
        json_group_object('customFields.' || coalesce(field_key, item ->> 'id'), field_value) AS flat,
        max(field_value ->> '$') FILTER (WHERE field_key = 'leadflow_id') AS leadflow_id,
        max(field_value ->> '$') FILTER (WHERE regexp_matches(field_key, '^linked_?in')) AS profile
    FROM (
        SELECT
            unnested.record_id,
            unnested.item,
            ghl_fields.field_key,
            coalesce(unnested.item -> 'value', unnested.item -> 'field_value', unnested.item -> 'fieldValue')
                AS field_value
        FROM (
            SELECT record_id, unnest(from_json(payload -> 'customFields', '["JSON"]')) AS item
            FROM ghl_latest
        ) AS unnested
        LEFT JOIN ghl_fields ON unnested.item ->> 'id' = ghl_fields.record_id
    )
    WHERE field_value IS NOT NULL AND coalesce(field_key, item ->> 'id') IS NOT NULL
    GROUP BY record_id
),

ghl_said AS (
    SELECT
        contact.*,
        custom.leadflow_id,
        custom.profile,
        json_merge_patch(
            contact.payload, json_object('customFields', NULL), coalesce(custom.flat, json_object())
        ) AS flattened,
        json_transform(contact.payload, '{
            "firstName": "VARCHAR", "lastName": "VARCHAR", "name": "VARCHAR", "contactName": "VARCHAR",
            "email": "VARCHAR", "phone": "VARCHAR", "companyName": "VARCHAR", "businessName": "VARCHAR",
            "website": "VARCHAR", "city": "VARCHAR", "state": "VARCHAR", "country": "VARCHAR",
            "assignedTo": "VARCHAR", "tags": ["VARCHAR"], "dnd": "BOOLEAN", "deleted": "BOOLEAN",
            "unsubscribeEmail": "BOOLEAN", "dateAdded": "VARCHAR", "dateUpdated": "VARCHAR"
        }') AS said,
        lower(coalesce(payload ->> '$.dndSettings.Email.status', payload ->> '$.dndSettings.email.status'))
            AS email_dnd,
        lower(coalesce(payload ->> '$.dndSettings.SMS.status', payload ->> '$.dndSettings.sms.status')) AS sms_dnd
    FROM ghl_latest AS contact
    LEFT JOIN ghl_custom AS custom USING (record_id)
)

SELECT
    'zoho' AS vendor,
    record.object,
    record.record_id,
    nullif(trim(record.payload ->> $external_key), '') AS leadflow_id,
    record.landing_ref,
    record.position,
    record.fetched_at,
    record.versions,
    concat_ws(
        chr(31), coalesce(said.First_Name, ''), coalesce(said.Last_Name, ''), coalesce(said.Full_Name, '')
    ) AS name_parts,
    coalesce(said.Designation, said.Title) AS title,
    coalesce(said.Email, said.Secondary_Email) AS email,
    coalesce(said.Phone, said.Mobile)
    || chr(31) || coalesce(said.Country, said.Mailing_Country, said.Billing_Country, '') AS phone_parts,
    -- Not a standard field of Zoho: these are the names people give it.
    coalesce(
        record.payload ->> 'LinkedIn', record.payload ->> 'LinkedIn_URL', record.payload ->> 'Linkedin_URL',
        record.payload ->> 'LinkedIn_Profile'
    ) AS profile,
    coalesce(
        said.Company, said.Account_Name ->> 'name',
        CASE WHEN json_type(said.Account_Name) = 'VARCHAR' THEN said.Account_Name ->> '$' END
    ) AS company_name,
    said.Website AS website,
    said.Account_Name ->> 'id' AS company_record_id,
    lower(said.Industry) AS industry,
    said.Employees AS employees,
    coalesce(said.City, said.Mailing_City, said.Billing_City) AS city,
    coalesce(said.State, said.Mailing_State, said.Billing_State) AS state,
    coalesce(said.Country, said.Mailing_Country, said.Billing_Country) AS country,
    said.Owner.id AS owner_id,
    coalesce(said.Owner.email, zoho_users.email) AS owner_email,
    coalesce([tag.name FOR tag IN said.Tag], []) AS tags,
    coalesce(said.Email_Opt_Out, FALSE) AS is_opted_out_email,
    FALSE AS is_opted_out_sms,
    coalesce(said."$converted", said.Converted__s, FALSE) AS is_converted,
    coalesce(
        said."$converted_detail" ->> '$.contact.id', said."$converted_detail" ->> '$.contact',
        said.Converted_Contact ->> 'id'
    ) AS converted_contact_id,
    coalesce(
        zoho_deleted.record_id IS NOT NULL
        AND coalesce(zoho_deleted.deleted_at >= try_cast(said.Modified_Time AS TIMESTAMPTZ), TRUE), FALSE
    ) AS is_deleted,
    try_cast(said.Created_Time AS TIMESTAMPTZ) AS created_at,
    try_cast(said.Modified_Time AS TIMESTAMPTZ) AS modified_at,
    record.payload
FROM zoho_said AS record
LEFT JOIN zoho_deleted ON record.object = zoho_deleted.object AND record.record_id = zoho_deleted.record_id
LEFT JOIN zoho_users ON record.said.Owner.id = zoho_users.record_id

UNION ALL BY NAME

-- Deleted before we ever read it: all that is known is that it is gone.
SELECT
    'zoho' AS vendor,
    gone.object,
    gone.record_id,
    gone.landing_ref,
    gone.position,
    gone.fetched_at,
    0 AS versions,
    chr(31) || chr(31) || coalesce(gone.display_name, '') AS name_parts,
    [] AS tags,
    FALSE AS is_opted_out_email,
    FALSE AS is_opted_out_sms,
    FALSE AS is_converted,
    TRUE AS is_deleted,
    gone.deleted_at AS modified_at,
    gone.payload
FROM zoho_deleted AS gone
ANTI JOIN zoho_latest ON gone.object = zoho_latest.object AND gone.record_id = zoho_latest.record_id
WHERE gone.object IN ('Leads', 'Contacts', 'Accounts')

UNION ALL BY NAME

SELECT
    'ghl' AS vendor,
    'contact' AS object,
    contact.record_id,
    nullif(trim(contact.leadflow_id), '') AS leadflow_id,
    contact.landing_ref,
    contact.position,
    contact.fetched_at,
    contact.versions,
    concat_ws(
        chr(31),
        coalesce(said.firstName, ''), coalesce(said.lastName, ''), coalesce(said.name, said.contactName, '')
    ) AS name_parts,
    said.email,
    said.phone || chr(31) || coalesce(said.country, '') AS phone_parts,
    coalesce(contact.profile, CASE WHEN said.website ILIKE '%linkedin.com/in/%' THEN said.website END) AS profile,
    coalesce(said.companyName, said.businessName) AS company_name,
    said.website,
    said.city,
    said.state,
    said.country,
    said.assignedTo AS owner_id,
    ghl_users.email AS owner_email,
    coalesce(said.tags, []) AS tags,
    -- A channel's own word counts; the general switch holds for channels without one. Inbound DND is no opt-out.
    CASE
        WHEN said.unsubscribeEmail OR contact.email_dnd IN ('active', 'permanent') THEN TRUE
        WHEN contact.email_dnd = 'inactive' THEN FALSE
        ELSE coalesce(said.dnd, FALSE)
    END AS is_opted_out_email,
    CASE
        WHEN contact.sms_dnd IN ('active', 'permanent') THEN TRUE
        WHEN contact.sms_dnd = 'inactive' THEN FALSE
        ELSE coalesce(said.dnd, FALSE)
    END AS is_opted_out_sms,
    FALSE AS is_converted,
    coalesce(said.deleted, FALSE) AS is_deleted,
    coalesce(
        try_cast(said.dateAdded AS TIMESTAMPTZ), to_timestamp(try_cast(said.dateAdded AS DOUBLE) / 1000)
    ) AS created_at,
    coalesce(
        try_cast(said.dateUpdated AS TIMESTAMPTZ), to_timestamp(try_cast(said.dateUpdated AS DOUBLE) / 1000)
    ) AS modified_at,
    contact.flattened AS payload
FROM ghl_said AS contact
LEFT JOIN ghl_users ON contact.said.assignedTo = ghl_users.record_id
