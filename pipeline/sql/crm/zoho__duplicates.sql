-- One row per living Zoho record that is a second record of its person.
SELECT
    p.person_key,
    r.object,
    r.record_id,
    p.zoho_module AS survivor_object,
    p.zoho_id AS survivor_id,
    'the same person as ' || p.zoho_module || '/' || p.zoho_id AS reason
FROM staging.crm_people AS r
INNER JOIN identity.members AS m ON m.source = 'zoho:' || r.object AND m.source_id = r.record_id
INNER JOIN identity.people AS p USING (person_key)
WHERE
    r.vendor = 'zoho'
    AND NOT coalesce(r.is_deleted, FALSE)
    AND NOT coalesce(r.is_converted, FALSE)
    AND (r.object, r.record_id) IS DISTINCT FROM (p.zoho_module, p.zoho_id)
ORDER BY p.person_key, r.object, r.record_id
