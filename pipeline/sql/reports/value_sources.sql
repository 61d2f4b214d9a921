-- One row per planned field of the plans that stand now: the file line, page or rule that its value came from.
-- `field_columns` says which of our columns a vendor field is filled from, in the order they are tried.
WITH planned AS (
    SELECT plan_hash, vendor, object, person_key, action, field FROM crm.zoho__plan
    UNION ALL
    SELECT plan_hash, vendor, object, person_key, action, field FROM outreach.ghl__plan
),

found AS (
    SELECT
        p.*,
        arg_min(v.landing_ref || coalesce('#' || v.position, ''), c.place) AS landing
    FROM planned AS p
    LEFT JOIN field_columns AS c ON c.vendor = p.vendor AND c.object = p.object AND c.field = p.field
    LEFT JOIN identity.provenance AS v ON v.person_key = p.person_key AND v.field = c.ours
    WHERE p.field IS NOT NULL AND p.action IN ('insert', 'update')
    GROUP BY ALL
),

optouts AS (
    SELECT person_key, first(source ORDER BY since NULLS LAST, source) AS source
    FROM "qualify".holds
    WHERE is_optout
    GROUP BY person_key
)

SELECT
    f.plan_hash, f.object, f.person_key, f.action, f.field,
    coalesce(f.landing, c.otherwise || CASE WHEN c.is_scored THEN coalesce(' ' || s.rules_version, '') ELSE '' END)
        AS value_source
FROM found AS f
LEFT JOIN field_columns AS c ON c.vendor = f.vendor AND c.object = f.object AND c.field = f.field AND c.place = 0
LEFT JOIN "qualify".scores AS s ON s.person_key = f.person_key
UNION ALL
SELECT plan_hash, object, person_key, action, field, 'rules/segments.yaml'
FROM planned
WHERE action IN ('add_tags', 'remove_tags')
UNION ALL
SELECT p.plan_hash, p.object, p.person_key, p.action, p.field, o.source
FROM planned AS p
INNER JOIN optouts AS o ON o.person_key = p.person_key
WHERE p.action = 'set_optout'
