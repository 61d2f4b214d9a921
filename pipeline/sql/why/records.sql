-- One row per record of the people asked for, the founding one first.
SELECT
    member.person_key,
    member.record_no,
    member.source,
    member.source_id,
    coalesce(lead.full_name, person.full_name) AS full_name,
    coalesce(lead.title, person.title) AS title,
    coalesce(lead.company_name, person.company_name) AS company_name,
    coalesce(lead.email, person.email) AS email,
    coalesce(lead.landing_ref, person.landing_ref) AS landing_ref,
    coalesce(lead.position, person.position) AS position,
    lead.search,
    feature.leadflow_id,
    feature.email_norm,
    feature.linkedin_slug,
    feature.linkedin_member_id,
    feature.phone,
    feature.name_norm,
    feature.company_ref,
    feature.is_gone,
    feature.first_seen_at,
    feature.seen_at
FROM identity.members AS member
INNER JOIN identity.features AS feature ON member.record_no = feature.record_no
LEFT JOIN staging.leads AS lead ON member.source = lead.source AND member.source_id = lead.source_id
LEFT JOIN staging.crm_people AS person
    ON member.source = person.vendor || ':' || person.object AND member.source_id = person.record_id
WHERE list_contains($keys, member.person_key)
ORDER BY feature.first_seen_at NULLS LAST, member.source, member.source_id
