-- One row per living record of a person who was decided to be somebody else than others, with what it says.
WITH decided AS (
    SELECT one.person_key, other.person_key AS other_key
    FROM identity.decisions AS decision
    INNER JOIN identity.members AS one ON decision.left_source = one.source AND decision.left_id = one.source_id
    INNER JOIN identity.members AS other ON decision.right_source = other.source AND decision.right_id = other.source_id
    WHERE decision.is_standing AND decision.verdict = 'different' AND one.person_key <> other.person_key
),

people AS (
    SELECT person_key, list(DISTINCT other_key) AS other_keys
    FROM (SELECT person_key, other_key FROM decided UNION ALL SELECT other_key, person_key FROM decided)
    GROUP BY person_key
)

SELECT
    people.person_key, people.other_keys, member.source, member.source_id, NULL AS vendor, NULL AS object,
    NULL AS payload, lead.first_name, lead.last_name, lead.full_name, lead.title, lead.email, lead.phone,
    lead.company_name, lead.company_domain, lead.employees, lead.industry, lead.annual_revenue_usd, lead.city,
    lead.state, lead.country
FROM people
INNER JOIN identity.members AS member ON people.person_key = member.person_key
INNER JOIN staging.leads AS lead ON member.source = lead.source AND member.source_id = lead.source_id

UNION ALL BY NAME

SELECT
    people.person_key, people.other_keys, member.source, member.source_id, person.vendor, person.object,
    person.payload, person.first_name, person.last_name, person.full_name, person.title, person.email, person.phone,
    person.company_name, person.company_domain, person.city, person.state, person.country
FROM people
INNER JOIN identity.members AS member ON people.person_key = member.person_key
INNER JOIN staging.crm_people AS person
    ON member.source = person.vendor || ':' || person.object AND member.source_id = person.record_id
WHERE NOT coalesce(person.is_deleted, FALSE)
ORDER BY ALL
