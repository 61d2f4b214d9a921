-- Fails when a lead has no source id, occurs twice, or names nobody.
SELECT source, source_id, count(*) AS rows
FROM staging.leads
GROUP BY source, source_id
HAVING source_id IS NULL OR count(*) > 1
    OR count(coalesce(full_name, email, linkedin_slug, linkedin_member_id)) = 0
