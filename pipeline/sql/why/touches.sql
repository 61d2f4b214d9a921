-- One row per event between the person and us, the latest first.
SELECT event.* EXCLUDE (object)
FROM staging.engagements AS event
INNER JOIN identity.members AS member
    ON event.vendor || ':' || event.object = member.source AND event.record_id = member.source_id
WHERE list_contains($keys, member.person_key)
ORDER BY
    event.occurred_at DESC,
    list_position(['sent', 'delivered', 'open', 'click'], event.kind) DESC NULLS FIRST,
    event.engagement_id
