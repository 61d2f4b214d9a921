-- One row per lead with the text that identifies a person; parts of a name that came apart stay apart (chr(31)).
SELECT
    record_id,
    CASE
        WHEN first_name <> '' AND last_name <> '' THEN first_name || chr(31) || last_name
        WHEN full_name <> '' THEN full_name
        ELSE coalesce(first_name, '') || chr(31) || coalesce(last_name, '')
    END AS name,
    email,
    phone,
    linkedin_url,
    company,
    website,
    title,
    city,
    country,
    CASE WHEN source <> 'csv' AND source_id <> '' THEN source || ':' || source_id END AS source_id
FROM leads
