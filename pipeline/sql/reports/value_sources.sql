-- One row per change that comes in, with the file line, page or rule that its value came from.
-- `incoming` are rows of reports.changes, `known_sources` what was told of their plans before. Anew it is told only of
-- the plans that stand now, `standing_plans`: the records behind older ones have moved on. `field_columns` says which of
-- our columns a vendor field is filled from, in the order they are tried.
WITH known AS (
    SELECT k.plan_hash, k.object, k.person_key, k.action, k.field, any_value(k.value_source) AS value_source
    FROM known_sources AS k
    SEMI JOIN incoming AS i ON i.person_key = k.person_key AND i.plan_hash = k.plan_hash
    GROUP BY ALL
),

planned AS (
    SELECT DISTINCT plan_hash, vendor, object, person_key, action, field
    FROM incoming
    WHERE plan_hash IN (SELECT plan_hash FROM standing_plans)
),

-- A plan for an account holds the company's key where others hold the person's.
sources AS (
    SELECT person_key, field, landing_ref, position FROM identity.provenance
    UNION ALL
    SELECT company_key, field, landing_ref, position FROM identity.company_provenance WHERE landing_ref IS NOT NULL
),

landings AS (
    SELECT person_key, field, landing_ref || coalesce('#' || position, '') AS landing
    FROM sources AS v
    SEMI JOIN planned AS p ON p.person_key = v.person_key
),

found AS (
    SELECT p.*, arg_min(v.landing, c.place) AS landing
    FROM planned AS p
    LEFT JOIN field_columns AS c ON c.vendor = p.vendor AND c.object = p.object AND c.field = p.field
    LEFT JOIN landings AS v ON v.person_key = p.person_key AND v.field = c.ours
    WHERE p.field IS NOT NULL AND p.action IN ('insert', 'update')
    GROUP BY ALL
),

optouts AS (
    SELECT person_key, first(source ORDER BY since NULLS LAST, source) AS source
    FROM "qualify".holds
    WHERE is_optout
    GROUP BY person_key
),

told AS (
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
)

SELECT i.* REPLACE (coalesce(i.value_source, k.value_source, t.value_source) AS value_source)
FROM incoming AS i
LEFT JOIN known AS k
    ON k.plan_hash = i.plan_hash AND k.object = i.object AND k.person_key = i.person_key AND k.action = i.action
    AND k.field IS NOT DISTINCT FROM i.field
LEFT JOIN told AS t
    ON t.plan_hash = i.plan_hash AND t.object = i.object AND t.person_key = i.person_key AND t.action = i.action
    AND t.field IS NOT DISTINCT FROM i.field
