-- One row per surviving value of a company and where it came from.
-- `known_companies` holds the company of each key given out: an account that holds our key stays with its company.
WITH records AS (
    SELECT
        coalesce(domain, name_norm) AS company_ref, source, source_id, landing_ref, position, name, name_norm, domain,
        phone, employees::VARCHAR AS employees, industry, annual_revenue_usd::VARCHAR AS annual_revenue_usd, country,
        seen_at, CASE source WHEN 'apollo' THEN 1 WHEN 'apollo_export' THEN 2 ELSE 3 END AS tier,
        -- As in identity.companies.
        (FALSE, FALSE, 0) AS standing
    FROM staging.companies

    UNION ALL BY NAME

    SELECT
        coalesce(
            CASE WHEN account.domain IS NULL OR known.company_ref LIKE '%.%' THEN known.company_ref END,
            account.domain, account.name_norm
        ) AS company_ref,
        account.vendor || ':' || account.object AS source, account.record_id AS source_id, account.name,
        account.name_norm, account.domain, account.phone, account.employees::VARCHAR AS employees, account.industry,
        account.country, account.modified_at AS seen_at, 4 AS tier,
        (account.is_deleted, known.company_ref IS NULL, epoch(account.created_at)) AS standing
    FROM staging.crm_companies AS account
    LEFT JOIN known_companies AS known ON account.leadflow_id = known.company_key
),

told AS (
    UNPIVOT records
    ON name, name_norm, domain, phone, employees, industry, annual_revenue_usd, country
    INTO NAME field VALUE value
),

-- What its people say of a company comes after all that is said of the company itself.
employers AS (
    SELECT
        ref.value AS company_ref, name.source, name.source_id, name.landing_ref, name.position, name.seen_at, 5 AS tier,
        'name' AS field, name.value
    FROM identity.provenance AS ref
    INNER JOIN identity.provenance AS name ON ref.person_key = name.person_key AND name.field = 'company_name'
    WHERE ref.field = 'company_ref'
    QUALIFY row_number() OVER (PARTITION BY ref.value ORDER BY name.value, name.source, name.source_id) = 1
),

-- Where no record tells a domain, the one that people and records are joined on is it.
addressed AS (
    SELECT company_ref, source, source_id, landing_ref, position, seen_at, 5 AS tier, 'domain' AS field, company_ref AS value
    FROM (
        SELECT company_ref, source, source_id, landing_ref, position, seen_at FROM records
        UNION ALL
        SELECT value, source, source_id, landing_ref, position, seen_at FROM identity.provenance WHERE field = 'company_ref'
    )
    WHERE company_ref LIKE '%.%' AND company_ref NOT LIKE '% %'
    QUALIFY row_number() OVER (PARTITION BY company_ref ORDER BY seen_at DESC NULLS LAST, source, source_id) = 1
),

ranked AS (
    SELECT
        offered.*,
        company.company_key,
        row_number() OVER (
            PARTITION BY company.company_key, offered.field
            ORDER BY
                offered.tier = 5,
                CASE WHEN offered.field = 'domain' THEN offered.value <> company.company_ref ELSE FALSE END,
                CASE WHEN offered.field = 'domain' THEN offered.value END,
                offered.tier, offered.standing, offered.seen_at DESC NULLS LAST, offered.source_id, offered.source
        ) AS place,
        count(*) OVER (PARTITION BY company.company_key, offered.field) AS offers
    FROM (
        SELECT * FROM told
        UNION ALL BY NAME
        SELECT * FROM employers
        UNION ALL BY NAME
        SELECT * FROM addressed
    ) AS offered
    INNER JOIN identity.companies AS company ON offered.company_ref = company.company_ref
),

-- Each value that lost, once, with the record that came nearest to winning with it.
losers AS (
    SELECT
        company_key,
        field,
        list(
            struct_pack(
                value := value, source := source, source_id := source_id, seen_at := seen_at AT TIME ZONE 'UTC',
                reason := reason
            )
            ORDER BY place
        ) AS losing_values
    FROM (
        SELECT
            ranked.*,
            CASE
                WHEN ranked.tier = 5 THEN 'only its people say so'
                WHEN ranked.field = 'domain' THEN 'not the domain that it goes by'
                WHEN ranked.tier > winner.tier THEN 'trust tier ' || ranked.tier || ', not ' || winner.tier
                WHEN ranked.standing > winner.standing THEN 'another account stands for the company'
                WHEN ranked.seen_at < winner.seen_at THEN 'older'
                ELSE 'as good: the first record by name stays'
            END AS reason
        FROM ranked
        INNER JOIN ranked AS winner
            ON ranked.company_key = winner.company_key AND ranked.field = winner.field AND winner.place = 1
        WHERE ranked.offers > 1 AND ranked.value <> winner.value
        QUALIFY row_number() OVER (PARTITION BY ranked.company_key, ranked.field, ranked.value ORDER BY ranked.place) = 1
    )
    GROUP BY ALL
)

SELECT
    winner.company_key,
    winner.field,
    winner.value,
    winner.source,
    winner.source_id,
    winner.landing_ref,
    winner.position,
    winner.seen_at,
    CASE
        WHEN winner.tier = 5 AND winner.field = 'domain' THEN 'what people and records are joined on'
        WHEN winner.tier = 5 THEN 'what its people say'
        WHEN winner.offers = 1 THEN 'only value'
        WHEN winner.field = 'domain' THEN 'the domain that it goes by, else the first by name'
        WHEN winner.tier = 4 THEN 'the account that stands for the company'
        ELSE 'newest value of trust tier ' || winner.tier
    END AS rule,
    coalesce(losers.losing_values, []) AS losing_values
FROM ranked AS winner
LEFT JOIN losers ON winner.company_key = losers.company_key AND winner.field = losers.field
WHERE winner.place = 1
