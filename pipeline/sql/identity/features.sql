-- One row per source or platform record with the values that identify a person.
-- `id_map` holds the platform records we wrote ourselves with their keys, `living_keys` merged keys and their heirs.
-- Who copies a record of a platform copies our key with it: the key counts in the record we wrote, else in the oldest.
WITH accounts AS (
    SELECT record_id, domain FROM staging.crm_companies
),

records AS (
    SELECT
        source,
        source_id,
        NULL AS leadflow_id,
        CASE WHEN NOT is_role_email THEN email_norm END AS email_norm,
        linkedin_slug,
        linkedin_member_id,
        phone,
        name_norm,
        company_domain,
        company_norm,
        NULL AS converted_contact_id,
        FALSE AS is_gone,
        seen_at,
        first_seen_at
    FROM staging.leads

    UNION ALL BY NAME

    SELECT
        person.vendor || ':' || person.object AS source,
        person.record_id AS source_id,
        person.vendor,
        coalesce(person.leadflow_id, id_map.person_key) AS leadflow_id,
        id_map.person_key AS written_key,
        CASE WHEN NOT person.is_role_email THEN person.email_norm END AS email_norm,
        person.linkedin_slug,
        person.phone,
        person.name_norm,
        coalesce(accounts.domain, person.company_domain) AS company_domain,
        person.company_norm,
        person.converted_contact_id,
        person.is_deleted AS is_gone,
        coalesce(person.modified_at, person.fetched_at) AS seen_at,
        coalesce(person.created_at, person.modified_at, person.fetched_at) AS first_seen_at
    FROM staging.crm_people AS person
    LEFT JOIN accounts ON person.company_record_id = accounts.record_id AND person.vendor = 'zoho'
    LEFT JOIN id_map
        ON person.vendor = id_map.vendor AND person.object = id_map.object AND person.record_id = id_map.record_id
),

-- A converted lead and the contact it became claim a key as one.
claims AS (
    SELECT
        record.source,
        record.source_id,
        coalesce(living_keys.new_key, record.leadflow_id) AS living_key,
        coalesce(record.converted_contact_id, record.source_id) <> first_value(
            coalesce(record.converted_contact_id, record.source_id)
        ) OVER (
            PARTITION BY record.vendor, record.leadflow_id
            ORDER BY
                record.written_key IS NOT DISTINCT FROM coalesce(living_keys.new_key, record.leadflow_id) DESC,
                record.first_seen_at NULLS LAST,
                record.source,
                record.source_id
        ) AS is_copied
    FROM records AS record
    LEFT JOIN living_keys ON record.leadflow_id = living_keys.old_key
    WHERE record.leadflow_id IS NOT NULL
),

-- A company known by name only has the domain that seven in ten of the same name have.
named AS (
    SELECT company_norm, company_domain, count(*) AS records
    FROM records
    WHERE company_norm IS NOT NULL AND company_domain IS NOT NULL
    GROUP BY ALL
),

agreed AS (
    SELECT company_norm, arg_max(company_domain, (records, company_domain)) AS domain
    FROM named
    GROUP BY company_norm
    HAVING max(records) >= 0.7 * sum(records)
)

SELECT
    row_number() OVER (ORDER BY record.source, record.source_id) - 1 AS record_no,
    record.source,
    record.source_id,
    CASE WHEN NOT claim.is_copied THEN claim.living_key END AS leadflow_id,
    CASE WHEN claim.is_copied THEN claim.living_key END AS copied_key,
    record.email_norm,
    record.linkedin_slug,
    record.linkedin_member_id,
    record.phone,
    record.name_norm,
    nullif(regexp_extract(record.name_norm, '\S+$'), '') AS surname,
    coalesce(record.company_domain, agreed.domain, record.company_norm) AS company_ref,
    split_part(record.email_norm, '@', 2) AS email_domain,
    record.converted_contact_id,
    record.is_gone,
    record.seen_at,
    record.first_seen_at
FROM records AS record
LEFT JOIN agreed ON record.company_norm = agreed.company_norm
LEFT JOIN claims AS claim ON record.source = claim.source AND record.source_id = claim.source_id
