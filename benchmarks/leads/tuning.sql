-- One row per lead as its source would write it: `drawn` holds who and what goes wrong, as numbers and flags.
WITH looked_up AS (
    SELECT
        drawn.*,
        given.formal,
        coalesce(given.nicks[1 + nick_no % greatest(len(given.nicks), 1)], given.formal) AS nick,
        surname.surname,
        other_surname.surname AS second_surname,
        box_given.formal AS box_given,
        box_surname.surname AS box_surname,
        house.surname AS house_surname,
        company.name AS company_name,
        company.label,
        company.tld,
        company.legal AS own_legal,
        company.pattern,
        company.switchboard,
        parent.label AS parent_label,
        place.city AS place_city,
        place.state AS place_state,
        place.country AS place_country
    FROM drawn
    INNER JOIN given ON drawn.given_id = given.id
    INNER JOIN surname ON drawn.surname_id = surname.id
    LEFT JOIN surname AS other_surname ON drawn.second_surname_id = other_surname.id
    INNER JOIN given AS box_given ON drawn.mailbox_given_id = box_given.id
    INNER JOIN surname AS box_surname ON drawn.mailbox_surname_id = box_surname.id
    INNER JOIN surname AS house ON drawn.house_surname_id = house.id
    INNER JOIN company ON CASE WHEN drawn.moved THEN drawn.next_company_id ELSE drawn.company_id END = company.id
    INNER JOIN company AS parent ON company.parent = parent.id
    INNER JOIN place
        ON CASE WHEN other_place >= 0 THEN other_place WHEN remote >= 0 THEN remote ELSE company.place END = place.id
),

named AS (
    SELECT
        *,
        CASE given_shape WHEN 0 THEN formal WHEN 1 THEN nick ELSE left(formal, 1) || '.' END AS given_said,
        surname || CASE WHEN tell_second AND second_surname IS NOT NULL
            THEN CASE WHEN plus OR dots THEN '-' ELSE ' ' END || second_surname ELSE '' END AS surname_said,
        strip_accents(replace(replace(replace(replace(formal, 'ł', 'l'), 'ø', 'o'), '-', ''), 'ß', 'ss')) AS g,
        strip_accents(replace(replace(replace(replace(replace(surname, ' ', ''), '''', ''), 'ł', 'l'), 'ø', 'o'), 'ß', 'ss')) AS s,
        strip_accents(replace(replace(replace(box_given, 'ł', 'l'), 'ø', 'o'), '-', '')) AS bg,
        strip_accents(replace(replace(replace(replace(box_surname, ' ', ''), '''', ''), 'ł', 'l'), 'ø', 'o')) AS bs
    FROM looked_up
),

typed AS (
    SELECT
        *,
        CASE typo
            WHEN 1 THEN left(surname_said, typo_at::INT) || substr(surname_said, typo_at::INT + 2)
            WHEN 2 THEN left(surname_said, typo_at::INT) || substr(surname_said, typo_at::INT, 1)
                || substr(surname_said, typo_at::INT + 1)
            WHEN 3 THEN left(surname_said, typo_at::INT - 1) || substr(surname_said, typo_at::INT + 1, 1)
                || substr(surname_said, typo_at::INT, 1) || substr(surname_said, typo_at::INT + 2)
            ELSE surname_said
        END AS surname_typed
    FROM named
),

spelled AS (
    SELECT
        *,
        list_aggregate(list_transform(string_split(given_spelled, ' '), lambda w: upper(left(w, 1)) || substr(w, 2)), 'string_agg', ' ') AS given_shown,
        list_aggregate(list_transform(string_split(family_spelled, ' '), lambda w: upper(left(w, 1)) || substr(w, 2)), 'string_agg', ' ') AS family_shown
    FROM (
        SELECT
            *,
            CASE
                WHEN umlaut THEN replace(replace(replace(given_said, 'ü', 'ue'), 'ö', 'oe'), 'ä', 'ae')
                WHEN plain THEN strip_accents(given_said)
                ELSE given_said
            END AS given_spelled,
            CASE
                WHEN umlaut THEN replace(replace(replace(replace(surname_typed, 'ü', 'ue'), 'ö', 'oe'), 'ä', 'ae'), 'ł', 'l')
                WHEN plain THEN strip_accents(replace(replace(surname_typed, 'ł', 'l'), 'ø', 'o'))
                ELSE surname_typed
            END AS family_spelled
        FROM typed
    )
),

parts AS (
    SELECT
        *,
        CASE decor WHEN 1 THEN 'Dr. ' ELSE '' END || given_shown
            || CASE WHEN tell_middle AND middle >= 0 THEN ' ' || chr(65 + middle::INT) || '.' ELSE '' END AS given_out,
        family_shown
            || CASE WHEN tell_suffix AND suffix = 1 THEN ' Jr.' WHEN tell_suffix AND suffix = 2 AND source_no > 2 THEN ' Sr.' ELSE '' END
            || CASE decor WHEN 2 THEN ', MBA' WHEN 3 THEN ' PhD' WHEN 4 THEN ' 🚀' WHEN 5 THEN ' (She/Her)' ELSE '' END AS family_out,
        CASE pattern
            WHEN 0 THEN bg || '.' || bs
            WHEN 1 THEN left(bg, 1) || bs
            WHEN 2 THEN bg
            WHEN 3 THEN left(bg, 1) || '.' || bs
            ELSE bg || '_' || bs
        END || CASE WHEN twin > 0 AND NOT moved THEN '2' WHEN pattern = 2 THEN left(bs, 1) ELSE '' END AS work_local,
        CASE WHEN handle % 3 = 0 THEN g || '.' || s WHEN handle % 3 = 1 THEN g || s ELSE left(g, 1) || s END
            || (abs(handle) % 97)::VARCHAR || chr(97 + (mobile % 26)::INT) AS personal_local,
        label || '.' || tld AS domain
    FROM spelled
),

cased AS (
    SELECT
        *,
        CASE upper WHEN 1 THEN upper(given_out) WHEN 2 THEN lower(given_out) ELSE given_out END AS given_cased,
        CASE upper WHEN 1 THEN upper(family_out) WHEN 2 THEN lower(family_out) ELSE family_out END AS family_cased,
        CASE email_kind
            WHEN 0 THEN CASE WHEN email_alias THEN left(g, 1) || s ELSE work_local END
                || CASE WHEN plus THEN '+crm' ELSE '' END || '@' || domain
            WHEN 1 THEN CASE WHEN dots AND handle % 8 < 3 THEN replace(personal_local, '.', '') ELSE personal_local END
                || CASE WHEN plus THEN '+work' ELSE '' END || '@' || $free[1 + abs(handle) % 8]
            WHEN 2 THEN $roles[1 + typo_at::INT] || '@' || domain
            WHEN 3 THEN 'the' || replace(strip_accents(house_surname), ' ', '') || (house_mobile % 977)::VARCHAR || '@gmail.com'
            WHEN 4 THEN CASE WHEN source_no = 1 THEN 'email_not_unlocked@domain.com' ELSE 'n/a' END
        END AS email_said,
        CASE phone_kind WHEN 0 THEN mobile WHEN 1 THEN 3030000000 + switchboard WHEN 2 THEN house_mobile END AS number
    FROM parts
)

SELECT
    record_id,
    $sources[source_no + 1] AS source,
    CASE source_no WHEN 1 THEN '5f' || md5(record_id::VARCHAR)[1:22] ELSE 'r' || record_id END AS source_id,
    CASE
        WHEN no_name OR name_shape IN (1, 3) THEN NULL
        WHEN name_order = 1 THEN family_cased || ', ' || given_cased
        WHEN name_order = 2 THEN family_cased || ' ' || given_cased
        ELSE given_cased || ' ' || family_cased
    END AS full_name,
    CASE WHEN no_name OR name_shape = 2 THEN NULL WHEN name_order = 3 THEN family_cased ELSE given_cased END AS first_name,
    CASE WHEN no_name OR name_shape IN (2, 3) THEN NULL WHEN name_order = 3 THEN given_cased ELSE family_cased END AS last_name,
    CASE
        WHEN no_title THEN NULL
        WHEN title_shape = 1 THEN $fields[1 + title_field] || ' ' || replace(replace($levels[1 + title_level], ' of', ''), ',', '')
        WHEN title_shape = 2 THEN lower($levels[1 + title_level] || ' ' || $fields[1 + title_field])
        WHEN title_shape = 3 THEN $levels[1 + typo_at::INT] || ' ' || $fields[1 + title_field]
        ELSE $levels[1 + title_level] || ' ' || $fields[1 + title_field]
    END AS title,
    CASE company_shape
        WHEN 0 THEN company_said
        WHEN 1 THEN company_said || own_legal
        WHEN 2 THEN upper(company_said)
        WHEN 3 THEN company_said || $legal[1 + legal_no]
        WHEN 4 THEN replace(replace(replace(replace(company_said, 'Technologies', 'Tech'), 'International', 'Intl'), 'Systems', 'Sys'), 'Services', 'Svcs')
        WHEN 5 THEN 'The ' || company_said || ' Group'
    END AS company,
    CASE website_kind
        WHEN 0 THEN CASE typo_at WHEN 1 THEN 'https://www.' WHEN 2 THEN 'http://' WHEN 3 THEN 'www.' ELSE '' END || domain
            || CASE WHEN plus THEN '/about?x=1' ELSE '' END
        WHEN 1 THEN 'https://' || parent_label || '.com'
        WHEN 2 THEN 'https://www.linkedin.com/company/' || label
    END AS website,
    CASE
        WHEN source_no = 0 OR email_kind = 5 THEN NULL
        WHEN email_dirt = 1 THEN ' ' || upper(email_said)
        WHEN email_dirt = 2 THEN 'mailto:' || email_said
        WHEN email_dirt = 3 THEN '<' || email_said || '>'
        ELSE email_said
    END AS email,
    CASE phone_shape
        WHEN 0 THEN '+1' || number
        WHEN 1 THEN '(' || left(number::VARCHAR, 3) || ') ' || substr(number::VARCHAR, 4)
        WHEN 2 THEN '+1 ' || left(number::VARCHAR, 3) || '-' || substr(number::VARCHAR, 4, 3) || '-' || substr(number::VARCHAR, 7)
        WHEN 3 THEN '001' || number
        WHEN 4 THEN number || ' x' || typo_at
        ELSE number::VARCHAR
    END AS phone,
    CASE
        WHEN source_no = 0 AND slug_kind < 3 AND slug_shape < 6
            THEN 'https://www.linkedin.com/sales/lead/ACwAA' || replace(replace(left(to_base64(md5(person_id::VARCHAR)::BLOB), 34), '+', '_'), '/', '-') || ',NAME_SEARCH,x' || typo_at
        WHEN slug_kind = 0 THEN
            CASE slug_shape
                WHEN 0 THEN 'https://www.linkedin.com/in/' WHEN 1 THEN 'http://linkedin.com/in/' WHEN 2 THEN 'https://de.linkedin.com/in/'
                WHEN 3 THEN 'linkedin.com/in/' WHEN 4 THEN 'https://www.linkedin.com/in/' ELSE 'www.linkedin.com/in/'
            END
            || g || '-' || s || CASE WHEN slug_no > 0 OR twin > 0 THEN '-' || left(md5(person_id::VARCHAR), 8) ELSE (person_id % 9000)::VARCHAR END
            || CASE slug_shape WHEN 1 THEN '/' WHEN 2 THEN '/de' WHEN 4 THEN '/?originalSubdomain=fr' WHEN 6 THEN '?trk=abc' ELSE '' END
        WHEN slug_kind = 1 THEN 'https://www.linkedin.com/company/' || label
        WHEN slug_kind = 2 THEN 'n/a'
    END AS linkedin_url,
    CASE WHEN no_place THEN NULL ELSE place_city END AS city,
    CASE WHEN no_place OR dots THEN NULL ELSE place_state END AS state,
    CASE WHEN no_place AND plain THEN NULL WHEN plus AND place_country = 'United States' THEN 'USA' ELSE place_country END AS country,
    updated_at,
    person_id
FROM (
    SELECT
        *,
        list_aggregate(list_transform(string_split(company_name, ' '), lambda w: upper(left(w, 1)) || substr(w, 2)), 'string_agg', ' ') AS company_said
    FROM cased
)
