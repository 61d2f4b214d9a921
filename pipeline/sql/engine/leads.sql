-- One row per lead with the text that identifies a person; parts of a name that came apart stay apart (chr(31)).
SELECT
    record_id,
    CASE
        WHEN first_name <> '' AND last_name <> '' THEN lower(first_name) || chr(31) || lower(last_name)
        WHEN full_name <> '' THEN lower(full_name)
        ELSE lower(coalesce(first_name, '')) || chr(31) || lower(coalesce(last_name, ''))
    END AS name,
    email,
    phone,
    linkedin_url,
    lower(company) AS company,
    website,
    lower(title) AS title,
    lower(city) AS city,
    country,
    CASE WHEN source <> 'csv' AND source_id <> '' THEN source || ':' || source_id END AS source_id
FROM leads
