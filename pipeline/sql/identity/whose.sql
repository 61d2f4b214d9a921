-- One row per record and the person it belongs to.
-- `assigned` has the key that each record had before this build, null when it is new. A record that keeps its key has
-- no previous one: its row is the same on the day it comes and on the next.
SELECT person_key, source, source_id, record_no, nullif(previous_key, person_key) AS previous_key
FROM assigned
