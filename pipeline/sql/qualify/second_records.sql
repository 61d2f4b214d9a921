-- One row per living record, at a vendor, of a person who said no: on which channels, and where the person lives.
SELECT
    m.person_key,
    r.object,
    r.record_id,
    p.zoho_module,
    p.zoho_id,
    p.ghl_contact_id,
    list_sort(list_distinct(list(h.channel))) AS optouts
FROM "qualify".holds AS h
INNER JOIN identity.members AS m ON h.person_key = m.person_key
INNER JOIN identity.people AS p ON h.person_key = p.person_key
INNER JOIN staging.crm_people AS r ON m.source = r.vendor || ':' || r.object AND m.source_id = r.record_id
WHERE
    h.is_optout
    AND r.vendor = $vendor
    AND NOT coalesce(r.is_deleted, FALSE)
    AND NOT coalesce(r.is_converted, FALSE)
GROUP BY ALL
ORDER BY m.person_key, r.object, r.record_id
