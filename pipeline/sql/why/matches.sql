-- One row per person that answers to what was asked, and one record or key through which.
WITH known AS (
    SELECT
        member.person_key, member.source, member.source_id, feature.email_norm, feature.linkedin_slug,
        feature.linkedin_member_id
    FROM identity.members AS member
    INNER JOIN identity.features AS feature ON member.record_no = feature.record_no
),

addressed AS (
    SELECT source, source_id, email_norm FROM staging.leads

    UNION ALL

    SELECT vendor || ':' || object AS source, record_id AS source_id, email_norm FROM staging.crm_people
),

found AS (
    SELECT person_key, source || ':' || source_id AS through
    FROM known
    WHERE
        email_norm = $email
        OR linkedin_slug = $slug
        OR linkedin_member_id = $member
        OR source_id = $id
        OR source_id = 'member:' || $member
        OR source || ':' || source_id = $id

    UNION ALL

    -- A role's mailbox identifies nobody, but people ask by it.
    SELECT known.person_key, known.source || ':' || known.source_id AS through
    FROM addressed
    INNER JOIN known ON addressed.source = known.source AND addressed.source_id = known.source_id
    WHERE addressed.email_norm = $email

    UNION ALL

    SELECT person_key, person_key AS through FROM identity.people WHERE person_key = $key

    UNION ALL

    SELECT new_key AS person_key, old_key AS through FROM identity.redirects WHERE old_key = $key

    UNION ALL

    SELECT person_key, 'zoho:Contacts:' || contact_id AS through FROM crm.zoho__conversions WHERE contact_id = $id
)

SELECT coalesce(moved.new_key, found.person_key) AS person_key, min(found.through) AS through
FROM found
LEFT JOIN identity.redirects AS moved ON found.person_key = moved.old_key
GROUP BY ALL
ORDER BY person_key
