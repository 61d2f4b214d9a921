-- Fails when one person has two ids that exclude each other: Sales Navigator members, profiles or numbered mailboxes.
-- Counted like the engine counts them, by itself: an id that two surnames share identifies nobody, a profile may lose
-- the ending that LinkedIn gave it or be renamed where a mailbox vouches for both names, the same strong id outweighs
-- all of this, and what people decided stands.
WITH profiles AS (
    SELECT *, nullif(trim(strip_accents(lower(linkedin_slug)), '-.'), '') AS slug
    FROM identity.features
),

records AS (
    SELECT
        member.person_key, feature.record_no, feature.linkedin_member_id AS member_id, feature.slug,
        regexp_extract(feature.slug, '-([^-]*[0-9][^-]*)$', 1) AS ending,
        feature.email_norm, feature.email_domain,
        regexp_replace(split_part(feature.email_norm, '@', 1), '[^a-z]', '', 'g') AS letters,
        regexp_replace(split_part(feature.email_norm, '@', 1), '[^0-9]', '', 'g') AS digits,
        feature.leadflow_id IS NOT NULL OR feature.converted_contact_id IS NOT NULL AS is_tied,
        feature.source IN ('apollo', 'apollo_export') AS is_apollo,
        feature.source_id
    FROM identity.members AS member
    INNER JOIN profiles AS feature ON member.record_no = feature.record_no
    WHERE NOT coalesce(feature.is_gone, FALSE)
),

-- Of two names of one profile, one has the ending and the other is the same without it.
stems AS (
    SELECT
        *,
        length(ending) < 5 AS is_bare,
        replace(CASE WHEN length(ending) < 5 THEN slug ELSE left(slug, length(slug) - length(ending) - 1) END, '-', '')
            AS stem
    FROM records
),

shared AS (
    SELECT slug AS id FROM profiles WHERE slug IS NOT NULL GROUP BY slug HAVING count(DISTINCT surname) > 1
    UNION ALL
    SELECT linkedin_member_id
    FROM identity.features
    WHERE linkedin_member_id IS NOT NULL
    GROUP BY linkedin_member_id
    HAVING count(DISTINCT surname) > 1
),

vouched AS (
    SELECT DISTINCT one.slug, other.slug AS other_slug
    FROM profiles AS one
    INNER JOIN profiles AS other ON one.email_norm = other.email_norm AND one.slug <> other.slug
),

decided AS (
    SELECT member.person_key
    FROM identity.decisions AS decision
    INNER JOIN identity.members AS member ON decision.left_source = member.source AND decision.left_id = member.source_id
    WHERE decision.is_standing AND decision.verdict = 'same'
),

-- Mailboxes of one company: where many people have free mail at one domain, numbers mean nothing.
companies AS (
    SELECT email_domain FROM identity.features WHERE email_domain = company_ref GROUP BY email_domain
),

-- Only who has two of anything is looked at pair by pair.
suspects AS (
    SELECT person_key
    FROM records
    WHERE person_key NOT IN (SELECT person_key FROM decided)
    GROUP BY person_key
    HAVING count(DISTINCT member_id) > 1 OR count(DISTINCT slug) > 1
        OR count(DISTINCT digits) > 1
),

pairs AS (
    SELECT
        one.person_key, one.record_no AS left_no, other.record_no AS right_no,
        one.member_id <> other.member_id
            AND one.member_id NOT IN (SELECT id FROM shared)
            AND other.member_id NOT IN (SELECT id FROM shared) AS members_differ,
        one.slug <> other.slug AND NOT (one.stem = other.stem AND one.is_bare <> other.is_bare)
            AND (one.slug, other.slug) NOT IN (SELECT (slug, other_slug) FROM vouched)
            AND one.slug NOT IN (SELECT id FROM shared)
            AND other.slug NOT IN (SELECT id FROM shared) AS profiles_differ,
        one.letters = other.letters AND one.email_domain = other.email_domain AND one.digits <> other.digits
            AND one.email_domain IN (SELECT email_domain FROM companies) AS mailboxes_differ
    FROM stems AS one
    INNER JOIN stems AS other ON one.person_key = other.person_key AND one.record_no < other.record_no
    WHERE
        one.person_key IN (SELECT person_key FROM suspects)
        AND NOT one.is_tied AND NOT other.is_tied
        AND (one.member_id IS DISTINCT FROM other.member_id OR one.member_id IS NULL)
        AND NOT (one.is_apollo AND other.is_apollo AND one.source_id = other.source_id)
)

SELECT
    person_key, left_no, right_no,
    CASE
        WHEN members_differ THEN 'two Sales Navigator members'
        WHEN profiles_differ THEN 'two LinkedIn profiles'
        ELSE 'two numbered mailboxes'
    END AS problem
FROM pairs
WHERE members_differ OR profiles_differ OR mailboxes_differ
