-- Fails when a record changed its key without a merge or a split.
SELECT member.source, member.source_id, member.previous_key, member.person_key
FROM identity.members AS member
LEFT JOIN identity.redirects AS redirect ON member.previous_key = redirect.old_key
WHERE member.previous_key <> member.person_key
    AND redirect.new_key IS DISTINCT FROM member.person_key
    AND coalesce(redirect.new_key, member.previous_key) NOT IN (SELECT person_key FROM identity.members)
