-- What goes on in the practice's other tools: texts, calls, tags, and opt-outs they do not heed (R34, R36, R40, R56, R60; row 2.1).

-- name: outbound_after
-- about: Messages that left for people by any tool, recorded after a number, oldest first, at most so many.
SELECT seq, version_id, connection_id, body, effective_at, recorded_at FROM versions
WHERE seq > $since AND seq <= $until AND kind = 'message' AND NOT deleted AND body IS NOT NULL AND (body ->> '$.direction') = 'outbound'
ORDER BY seq LIMIT $most;

-- name: reached_out_after
-- about: Tasks and calls of the tools, and messages that left for people, recorded after a number, oldest first, at most so many.
SELECT seq, version_id, kind, connection_id, body, effective_at, recorded_at FROM versions
WHERE seq > $since AND seq <= $until AND NOT deleted AND body IS NOT NULL
  AND (kind = 'task' OR (kind = 'message' AND (body ->> '$.direction') = 'outbound'))
ORDER BY seq LIMIT $most;

-- name: scores_told_after
-- about: Answers to questions of the tools' own, recorded after a number, oldest first, at most so many.
SELECT seq, record_id, connection_id, body, effective_at, recorded_at FROM versions
WHERE seq > $since AND seq <= $until AND NOT deleted AND body IS NOT NULL AND kind = 'task' AND (body ->> '$.kind') = 'feedback'
ORDER BY seq LIMIT $most;

-- name: last_version_before
-- about: The number of the newest version that was recorded before an instant; null when there is none.
SELECT max(seq) AS seq FROM versions WHERE recorded_at < $at;

-- name: newest_inquiry
-- about: The newest row about any inquiry after a number; null when there is none.
SELECT max(seq) AS seq FROM inquiries WHERE seq > $since;

-- name: our_references
-- about: Which of some references are attempts of ours.
SELECT attempt_id AS reference FROM attempts WHERE attempt_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: our_messages
-- about: Which of some vendors' ids are messages we sent.
SELECT DISTINCT vendor_id AS reference FROM attempt_outcomes
WHERE outcome = 'sent' AND vendor_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: our_attempts_on
-- about: When we wrote to some contact points in a span, or may have.
SELECT contact_point_id, claimed_at FROM attempts
WHERE contact_point_id IN (SELECT unnest(string_split($ids, chr(31)))) AND claimed_at BETWEEN $since AND $until;

-- name: heard_from
-- about: When some contact points wrote to us in a span.
SELECT contact_point_id, received_at FROM replies
WHERE contact_point_id IN (SELECT unnest(string_split($ids, chr(31)))) AND received_at BETWEEN $since AND $until;

-- name: ours_about_visits
-- about: What we owe some contact points about visits, or have told them, that is due in a span; one row for each.
WITH every AS (
    SELECT action_id, contact_point_id, subject_id, "row", channel, purpose, due_at, state FROM open_actions WHERE subject_kind = 'visit'
    UNION ALL
    SELECT action_id, contact_point_id, subject_id, "row", channel, purpose, due_at, state FROM closed_actions WHERE subject_kind = 'visit'
)
SELECT DISTINCT e.action_id, e.contact_point_id, e.subject_id AS visit_id, e."row", e.due_at, v.start_at, v.location_id
FROM every e JOIN open_visits v ON v.visit_id = e.subject_id
WHERE e.contact_point_id IN (SELECT unnest(string_split($ids, chr(31)))) AND e.due_at BETWEEN $since AND $until
  AND e.channel IN ('sms', 'email', 'secure_email') AND e.purpose IN ('treatment', 'operations', 'requested_reply')
  AND e.state NOT IN ('cancelled', 'dropped') AND v.status NOT IN ('cancelled', 'rescheduled', 'no_show')
ORDER BY e.due_at, e.action_id;

-- name: foreign_seen
-- about: Which of some messages of other tools were noticed already.
SELECT message_id FROM foreign_messages WHERE message_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: foreign_by_row
-- about: How many messages of other tools were noticed for each row since an instant, and since a pause of that row was last released.
WITH released AS (SELECT value, max(released_at) AS at FROM pauses WHERE scope = 'row' AND released_at IS NOT NULL GROUP BY value)
SELECT f."row", count(DISTINCT f.message_id) AS messages FROM foreign_messages f LEFT JOIN released r ON r.value = f."row"
WHERE f.recorded_at > greatest(coalesce(r.at, $since), $since) GROUP BY f."row";

-- name: uncalled_inquiries
-- about: Inquiries nobody has called about as far as we know: those of some ids, of some persons, or from some contact points.
SELECT * FROM (
    SELECT * FROM inquiries
    WHERE inquiry_id IN (SELECT unnest(string_split($ids, chr(31)))) OR person_id IN (SELECT unnest(string_split($persons, chr(31))))
       OR phone_id IN (SELECT unnest(string_split($contacts, chr(31)))) OR email_id IN (SELECT unnest(string_split($contacts, chr(31))))
       OR thread_id IN (SELECT unnest(string_split($contacts, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1
) WHERE called_at IS NULL AND NOT coalesce(closed, FALSE);

-- name: subjects_of_actions
-- about: What some actions are about.
SELECT action_id, subject_kind, subject_id FROM open_actions WHERE action_id IN (SELECT unnest(string_split($ids, chr(31))))
UNION
SELECT action_id, subject_kind, subject_id FROM closed_actions WHERE action_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: persons_said_after
-- about: Versions of persons after a number that carry a tag of the desk, oldest first, at most so many.
SELECT seq, version_id, record_id, ordinal, connection_id, body, effective_at, recorded_at FROM versions
WHERE seq > $since AND seq <= $until AND kind = 'person' AND NOT deleted AND contains(lower(body ->> '$.tags'), '"gl')
ORDER BY seq LIMIT $most;

-- name: said_of_leads_after
-- about: Versions of persons and inquiries of some connections after a number, oldest first, at most so many.
SELECT seq, version_id, record_id, ordinal, kind, connection_id, body, effective_at, recorded_at FROM versions
WHERE seq > $since AND seq <= $until AND kind IN ('person', 'inquiry') AND NOT deleted AND body IS NOT NULL
  AND connection_id IN (SELECT unnest(string_split($connections, chr(31))))
ORDER BY seq LIMIT $most;

-- name: versions_before
-- about: What came just before each of some versions of records.
WITH these AS (SELECT record_id, ordinal FROM versions WHERE version_id IN (SELECT unnest(string_split($ids, chr(31)))))
SELECT v.record_id, v.ordinal, v.body FROM versions v JOIN these t ON t.record_id = v.record_id AND t.ordinal = v.ordinal + 1
WHERE v.kind IN ('person', 'inquiry') AND v.body IS NOT NULL;

-- name: revoked_in
-- about: Revocations of everything that are in force and were recorded in a span, with the channel each one stops.
SELECT s.contact_point_id, CASE p.kind WHEN 'phone' THEN 'sms' ELSE 'email' END AS channel, s.recorded_at
FROM current_suppressions s JOIN current_contact_points p USING (contact_point_id)
WHERE s.scope = 'all' AND NOT s.provisional AND s.recorded_at > $since AND s.recorded_at <= $until AND p.tombstone IS NULL
ORDER BY s.contact_point_id;

-- name: records_on_contacts
-- about: What tools say of people on some contact points now, with when each tool was last read completely.
WITH keyed AS (SELECT DISTINCT record_id, join_key FROM record_keys WHERE join_key IN (SELECT unnest(string_split($ids, chr(31))))),
said AS (
    SELECT record_id, connection_id, stream, kind, evidence, deleted FROM person_records
    WHERE record_id IN (SELECT record_id FROM keyed) AND tombstone IS NULL
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1
)
SELECT k.join_key AS contact_point_id, s.connection_id, s.stream, s.evidence, c.complete_read_at
FROM keyed k JOIN said s USING (record_id) LEFT JOIN cursors c ON c.connection_id = s.connection_id AND c.stream = s.stream
WHERE NOT s.deleted AND s.kind = 'person' ORDER BY k.join_key, s.connection_id, s.stream;

-- name: children_alone
-- about: People born after a day who have a visit ahead and no guardian on file, with the first of those visits.
WITH ahead AS (
    SELECT person_id, min(start_at) AS start_at, arg_min(location_id, start_at) AS location_id FROM open_visits
    WHERE start_at > $now AND status IN ('requested', 'booked', 'confirmed') GROUP BY person_id
),
known AS (
    SELECT person_id, birth_date, guardian_contact_point_id, merged_into, tombstone FROM persons
    WHERE person_id IN (SELECT person_id FROM ahead)
    QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY seq DESC) = 1
)
SELECT a.person_id, a.start_at, a.location_id FROM ahead a JOIN known k USING (person_id)
WHERE k.birth_date > $born_after AND k.guardian_contact_point_id IS NULL AND k.merged_into IS NULL AND k.tombstone IS NULL
ORDER BY a.person_id;

-- name: visits_missed
-- about: Visits that were to begin in a span before now and are marked as missed (R16).
SELECT visit_id, person_id, location_id, start_at FROM open_visits
WHERE status = 'no_show' AND start_at >= $since AND start_at < $now ORDER BY visit_id;

-- name: visits_not_missed
-- about: Of some visits, those that are not marked as missed any more.
SELECT visit_id FROM open_visits WHERE list_contains($ids, visit_id) AND status <> 'no_show';
