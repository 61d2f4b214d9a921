-- One row per e-mail address that cannot be used as it stands.
SELECT given.vendor, given.object, given.record_id, given.link, given.field, judged.problem, judged.shown AS value
FROM audit_given AS given
INNER JOIN audit_judged AS judged
    ON given.kind = judged.kind AND given.value = judged.value AND given.country IS NOT DISTINCT FROM judged.country
WHERE given.kind = 'email' AND judged.problem IS NOT NULL
ORDER BY given.vendor, given.object, given.record_id, given.field
