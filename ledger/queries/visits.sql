-- Visits: what the visits stage reads, and what others ask about them.

-- name: new_appointment_versions
-- about: Versions of appointments after a number, oldest first, at most so many.
SELECT seq, version_id, record_id, ordinal, connection_id, stream, vendor_id, body, deleted, effective_at, recorded_at
FROM versions
WHERE seq > $since AND seq <= $until AND kind = 'appointment'
ORDER BY seq LIMIT $most;

-- name: appointments_of_keys
-- about: What appointment records that start after an instant say now, by the join keys of their patients; no facts = no longer theirs.
SELECT seq, record_id, version_id, connection_id, stream, vendor_id, person_key, facts, visit_id, why FROM appointment_records
WHERE rowid IN (                       -- the rows are found by their narrow columns; only these few are read whole
    SELECT arg_max(rowid, seq) FROM appointment_records
    WHERE start_at >= $since AND person_key IN (SELECT unnest(string_split($ids, chr(31)))) AND tombstone IS NULL
    GROUP BY record_id, person_key
);

-- name: appointments_by_id
-- about: What some appointment records say now, whosever they are.
SELECT seq, record_id, version_id, connection_id, stream, vendor_id, person_key, facts, visit_id, why FROM appointment_records
WHERE record_id IN (SELECT unnest(string_split($ids, chr(31)))) AND tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1;

-- name: keys_with_history
-- about: Of some patients, by join key, those who had a visit before an instant that took place, as far as anybody knows.
SELECT DISTINCT person_key FROM (
    SELECT person_key, status FROM appointment_records
    WHERE start_at < $since AND person_key IN (SELECT unnest(string_split($ids, chr(31)))) AND facts IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1
) WHERE status NOT IN ('cancelled', 'rescheduled', 'no_show', 'unknown');

-- name: persons_and_their_keys
-- about: Who holds some vendor ids, and all vendor ids they have, as join keys.
WITH holders AS (
    SELECT DISTINCT record_id FROM record_keys WHERE join_key IN (SELECT unnest(string_split($ids, chr(31))))
), mine AS (
    SELECT person_id, undone FROM person_links WHERE record_id IN (SELECT record_id FROM holders)
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1
), theirs AS (
    SELECT record_id, person_id, undone FROM person_links
    WHERE record_id IN (
        SELECT record_id FROM person_links
        WHERE person_id IN (SELECT person_id FROM mine WHERE NOT undone UNION ALL SELECT unnest(string_split($persons, chr(31))))
    )
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1
)
SELECT k.join_key, k.record_id, t.person_id FROM record_keys k JOIN theirs t ON t.record_id = k.record_id
WHERE NOT t.undone AND starts_with(k.join_key, 'k-') ORDER BY k.join_key, k.record_id;

-- name: own_keys
-- about: The join key that stands for the vendor's own id in each of some records.
SELECT record_id, json_extract_string(evidence, '$.identity') AS join_key FROM person_records
WHERE record_id IN (SELECT unnest(string_split($ids, chr(31)))) AND tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1;

-- name: newest_link
-- about: The newest change of who is who after a number; null when there is none.
SELECT max(seq) AS seq FROM person_links WHERE seq > $since;

-- name: keys_linked_after
-- about: Vendor ids of records whose person changed after a number, as join keys, oldest change first, at most so many.
SELECT k.join_key, max(l.seq) AS seq FROM person_links l JOIN record_keys k ON k.record_id = l.record_id
WHERE l.seq > $since AND l.seq <= $until AND starts_with(k.join_key, 'k-')
GROUP BY k.join_key ORDER BY seq, join_key LIMIT $most;

-- name: open_visits_by_id
-- about: The newest version of those of some visits that are open.
SELECT * FROM open_visits WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: visits_by_id
-- about: The newest version of some visits.
SELECT * FROM visit_versions WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31))))
QUALIFY row_number() OVER (PARTITION BY visit_id ORDER BY seq DESC) = 1;

-- name: visits_told
-- about: Of some visits, those about which something was said.
SELECT DISTINCT subject_id AS visit_id FROM remembered
WHERE subject_id IN (SELECT unnest(string_split($ids, chr(31)))) AND told_at IS NOT NULL;

-- name: versions_of_visit
-- about: Every version of one visit, oldest first.
SELECT * FROM visit_versions WHERE visit_id = $visit_id ORDER BY seq;

-- name: complete_reads
-- about: When each stream was last read completely.
SELECT connection_id, stream, complete_read_at FROM cursors WHERE complete_read_at IS NOT NULL;

-- name: forget_open_visits
-- about: Take some visits out of the open table.
DELETE FROM open_visits WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: prune_open_visits
-- about: Take visits out of the open table that can ask for nothing any more.
DELETE FROM open_visits WHERE start_at < $before;

-- name: oldest_open_visit
-- about: The earliest start among the open visits.
SELECT min(start_at) AS start_at FROM open_visits;

-- name: visits_to_complete
-- about: Open visits that are over by the calendar and were read completely long enough after it (R14).
SELECT v.* FROM open_visits v JOIN cursors c ON c.connection_id = v.connection_id AND c.stream = v.stream
WHERE v.completion = 'none' AND v.status IN ('booked', 'confirmed', 'arrived', 'in_progress')
  AND coalesce(v.end_at, v.start_at + INTERVAL 1 HOUR) + INTERVAL 20 HOUR <= $now
  AND coalesce(v.end_at, v.start_at + INTERVAL 1 HOUR) + INTERVAL 20 HOUR <= c.complete_read_at;

-- name: persons_of_open_visits
-- about: Persons with open visits, in order of their ids, after one of them.
SELECT DISTINCT person_id FROM open_visits WHERE person_id > $after ORDER BY person_id LIMIT $most;

-- name: visits_by_status
-- about: How many visits there are, by status.
SELECT status, count(*) AS visits FROM current_visits GROUP BY status ORDER BY status;

-- name: bookings_after
-- about: Persons for whom a visit was booked after a number.
SELECT DISTINCT person_id FROM visit_versions WHERE seq > $since AND seq <= $until AND change IN ('booked', 'rebooked');

-- name: bookings_of_persons
-- about: When each visit of some persons was booked, and when the ledger first had it.
SELECT person_id, visit_id, min(booked_at) AS booked_at, min(recorded_at) AS first_seen_at FROM visit_versions
WHERE person_id IN (SELECT unnest(string_split($ids, chr(31)))) AND booked_at IS NOT NULL GROUP BY person_id, visit_id;

-- name: newest_visit_version
-- about: The newest version of any visit after a number; null when there is none.
SELECT max(seq) AS seq FROM visit_versions WHERE seq > $since;

-- name: open_visits_by_start
-- about: The open visits, earliest start first.
SELECT * FROM open_visits ORDER BY start_at, visit_id;

-- name: every_visit
-- about: The newest version of every visit there ever was.
SELECT * FROM current_visits ORDER BY start_at, visit_id;
