-- One row per person and Zoho account that may be the employer, with the evidence, the place and what decided it.
WITH accounts AS (
    SELECT record_id AS account_id, name, name_norm, domain, country, created_at
    FROM staging.crm_companies
    WHERE vendor = 'zoho' AND NOT coalesce(is_deleted, FALSE)
),

contacts AS (
    SELECT DISTINCT member.person_key, person.company_record_id AS account_id
    FROM staging.crm_people AS person
    INNER JOIN identity.members AS member
        ON member.source = 'zoho:' || person.object AND member.source_id = person.record_id
    WHERE
        person.vendor = 'zoho' AND person.object = 'Contacts' AND NOT coalesce(person.is_deleted, FALSE)
        AND person.company_record_id IS NOT NULL
),

sizes AS (
    SELECT account_id, count(*) AS contacts FROM contacts GROUP BY account_id
),

people AS (
    SELECT
        person.person_key,
        person.company_domain AS domain,
        nullif(split_part(person.email_norm, '@', 2), '') AS mail_domain,
        coalesce(company.name_norm, CASE WHEN NOT contains(person.company_ref, '.') THEN person.company_ref END)
            AS name_norm,
        coalesce(company.country, person.country) AS country
    FROM identity.people AS person
    LEFT JOIN identity.companies AS company ON person.company_key = company.company_key
),

told AS (
    SELECT contacts.person_key, contacts.account_id, 12 AS points, 'is its contact in Zoho' AS words
    FROM contacts
    INNER JOIN accounts ON contacts.account_id = accounts.account_id

    UNION ALL

    SELECT people.person_key, accounts.account_id, 4, 'the same domain ' || accounts.domain
    FROM people
    INNER JOIN accounts ON people.domain = accounts.domain

    UNION ALL

    SELECT people.person_key, accounts.account_id, 3, 'the mailbox is at ' || accounts.domain
    FROM people
    INNER JOIN accounts ON people.mail_domain = accounts.domain AND people.domain IS DISTINCT FROM accounts.domain

    UNION ALL

    SELECT people.person_key, accounts.account_id, 2, 'the same name'
    FROM people
    INNER JOIN accounts ON people.name_norm = accounts.name_norm
),

candidates AS (
    SELECT DISTINCT person_key, account_id FROM told
),

weighed AS (
    SELECT * FROM told

    UNION ALL

    SELECT candidates.person_key, candidates.account_id, -2, 'another domain ' || accounts.domain
    FROM candidates
    INNER JOIN people ON candidates.person_key = people.person_key
    INNER JOIN accounts ON candidates.account_id = accounts.account_id
    WHERE people.domain <> accounts.domain AND people.mail_domain IS DISTINCT FROM accounts.domain

    UNION ALL

    SELECT
        candidates.person_key, candidates.account_id,
        CASE WHEN people.country = accounts.country THEN 1 ELSE -1 END,
        CASE WHEN people.country = accounts.country THEN 'the same country' ELSE 'another country: ' || accounts.country END
    FROM candidates
    INNER JOIN people ON candidates.person_key = people.person_key
    INNER JOIN accounts ON candidates.account_id = accounts.account_id
    WHERE people.country IS NOT NULL AND accounts.country IS NOT NULL
),

summed AS (
    SELECT
        person_key, account_id, sum(points) AS points, string_agg(words, '; ' ORDER BY points DESC, words) AS evidence
    FROM weighed
    GROUP BY person_key, account_id
),

ranked AS (
    SELECT
        summed.*, accounts.name, accounts.created_at, coalesce(sizes.contacts, 0) AS contacts,
        row_number() OVER places AS place, count(*) OVER (PARTITION BY summed.person_key) AS candidates
    FROM summed
    INNER JOIN accounts ON summed.account_id = accounts.account_id
    LEFT JOIN sizes ON summed.account_id = sizes.account_id
    WINDOW places AS (
        PARTITION BY summed.person_key
        ORDER BY summed.points DESC, coalesce(sizes.contacts, 0) DESC, accounts.created_at NULLS LAST, summed.account_id
    )
),

-- The first is compared with the second, every other with the first.
rivals AS (
    SELECT
        one.*, other.account_id AS rival_id, other.points AS rival_points, other.contacts AS rival_contacts,
        other.created_at AS rival_created_at
    FROM ranked AS one
    LEFT JOIN ranked AS other
        ON one.person_key = other.person_key AND other.place = CASE WHEN one.place = 1 THEN 2 ELSE 1 END
)

SELECT
    person_key,
    account_id,
    name AS account_name,
    evidence,
    points,
    place,
    place = 1 AND points >= 2 AS is_winner,
    CASE
        WHEN place = 1 AND points < 2 THEN 'not enough evidence'
        WHEN candidates = 1 THEN 'the only candidate'
        WHEN points <> rival_points THEN
            printf('%s evidence than account %s: %d against %d', CASE WHEN place = 1 THEN 'more' ELSE 'less' END, rival_id,
                points, rival_points)
        WHEN contacts <> rival_contacts THEN
            printf('as much evidence as account %s, and %s contacts: %d against %d', rival_id,
                CASE WHEN place = 1 THEN 'more' ELSE 'fewer' END, contacts, rival_contacts)
        WHEN created_at IS DISTINCT FROM rival_created_at THEN
            'equal to account ' || rival_id || ', and ' || CASE WHEN place = 1 THEN 'older' ELSE 'younger' END
        ELSE 'equal to account ' || rival_id || ', and its id comes ' || CASE WHEN place = 1 THEN 'first' ELSE 'later' END
    END AS tie_breaker
FROM rivals
