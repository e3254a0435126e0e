-- What people write back: read once each, in the order in which it came.

-- name: inbound_unread
-- about: Messages from people behind a number, oldest first, with when each arrived.
SELECT v.seq, v.version_id, v.record_id, v.raw_id, v.connection_id, v.location_id, v.body, v.effective_at, v.recorded_at
FROM versions v
WHERE v.seq > $since AND v.seq <= $until AND v.kind = 'message' AND NOT v.deleted AND (v.body ->> '$.direction') = 'inbound'
ORDER BY v.seq LIMIT $most;

-- name: forms_unread
-- about: What people wrote into forms behind a number, oldest first. A text of ours in the CRM is not among them.
SELECT v.seq, v.version_id, v.record_id, v.raw_id, v.connection_id, v.location_id, v.body, v.effective_at, v.recorded_at
FROM versions v
WHERE v.seq > $since AND v.seq <= $until AND v.kind = 'inquiry' AND NOT v.deleted AND coalesce(v.body ->> '$.message', '') <> ''
ORDER BY v.seq LIMIT $most;

-- name: replies_by_id
-- about: Which of some replies are here.
SELECT reply_id FROM replies WHERE reply_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: said_to_contacts
-- about: The last messages that left for some contact points, or may have, newest first: what a reply answers.
WITH asked AS (
    SELECT t.contact_point_id, t.attempt_id, t.action_id, t.message_id, t.person_id, t.claimed_at, t.seq FROM attempts t
    WHERE t.contact_point_id IN (SELECT unnest(string_split($ids, chr(31)))) AND t.command IN ('send_sms', 'send_email')
      AND t.claimed_at <= $until
      AND NOT EXISTS (SELECT 1 FROM attempt_outcomes o WHERE o.attempt_id = t.attempt_id AND o.outcome IN ('not_sent', 'refused'))
    QUALIFY row_number() OVER (PARTITION BY t.contact_point_id ORDER BY t.claimed_at DESC, t.seq DESC) <= 12
)
SELECT t.contact_point_id, t.attempt_id, t.message_id, t.person_id, t.claimed_at, a.purpose, a."row", a.step FROM asked t
LEFT JOIN (SELECT action_id, purpose, "row", step FROM closed_actions UNION ALL SELECT action_id, purpose, "row", step FROM open_actions) a USING (action_id)
QUALIFY row_number() OVER (PARTITION BY t.attempt_id ORDER BY a.step) = 1
ORDER BY t.contact_point_id, t.claimed_at DESC, t.seq DESC;

-- name: texts_of_messages
-- about: What some messages said.
SELECT message_id, body FROM messages WHERE message_id IN (SELECT unnest(string_split($ids, chr(31)))) AND tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY message_id ORDER BY seq DESC) = 1;

-- name: visits_of_messages
-- about: The visits that some messages were about, each with the start it was told to have, if any was named.
SELECT message_id, subject_id AS visit_id, max(CASE WHEN facts ->> '$.tells' = 'time' THEN anchor_at END) AS start_at
FROM (
    SELECT message_id, subject_id, subject_kind, anchor_at, facts FROM closed_actions UNION ALL
    SELECT message_id, subject_id, subject_kind, anchor_at, facts FROM open_actions
)
WHERE subject_kind = 'visit' AND message_id IN (SELECT unnest(string_split($ids, chr(31))))
GROUP BY message_id, subject_id ORDER BY start_at, visit_id;

-- name: visits_expected
-- about: Visits of some persons that start after an instant and that nobody cancelled or finished, earliest first.
SELECT visit_id, person_id, start_at, location_id, provider_id FROM open_visits
WHERE person_id IN (SELECT unnest(string_split($persons, chr(31)))) AND start_at > $since
  AND status IN ('requested', 'booked', 'confirmed', 'arrived')
ORDER BY start_at, visit_id;

-- name: visits_ahead_of_persons
-- about: Which of some persons have a visit ahead that is not cancelled.
SELECT DISTINCT person_id FROM open_visits
WHERE person_id IN (SELECT unnest(string_split($persons, chr(31)))) AND start_at > $now AND status <> 'cancelled'
ORDER BY person_id;

-- name: visits_lately
-- about: Visits of some persons that began in a span and were not cancelled or missed.
SELECT visit_id FROM open_visits
WHERE person_id IN (SELECT unnest(string_split($persons, chr(31)))) AND start_at > $since AND start_at <= $now
  AND status NOT IN ('cancelled', 'rescheduled', 'no_show', 'unknown') LIMIT 1;

-- name: tasks_about_replies
-- about: Tasks about what people wrote that were opened since an instant, open or closed, oldest first.
SELECT task_id, kind, subject_id, person_id, location_id, opened_at, closed_at FROM current_tasks
WHERE kind IN ('reply', 'change_request', 'red_flag', 'unanswered') AND opened_at >= $since ORDER BY opened_at, seq;

-- name: pauses_that_wait_for_nothing
-- about: Pauses of one who, on people and visits, for which no task is open any more; or whose visit was changed since that was asked for, whenever we read either.
WITH waiting AS (
    SELECT c.person_id, t.kind, max(r.received_at) AS asked_at FROM current_tasks t
    JOIN replies r ON r.reply_id = t.subject_id JOIN current_person_contacts c ON c.contact_point_id = r.contact_point_id
    WHERE t.kind IN ('reply', 'change_request') AND t.closed_at IS NULL GROUP BY ALL
)
SELECT p.pause_id FROM current_pauses p LEFT JOIN open_visits v ON p.scope = 'visit' AND v.visit_id = p.value
WHERE p.who = $who AND (p.until IS NULL OR p.until > $now) AND (
    (p.scope = 'follow_up' AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.person_id = p.value))
    OR (p.scope = 'visit' AND NOT EXISTS (
        SELECT 1 FROM waiting w WHERE w.person_id = v.person_id AND w.kind = 'change_request' AND coalesce(v.changed_at < w.asked_at, true)
    ))
)
ORDER BY p.pause_id;

-- name: outbound_unread
-- about: Messages to people behind a number, as vendors' logs have them, that are no older than an instant.
SELECT v.seq, v.body, v.effective_at, v.recorded_at FROM versions v
WHERE v.seq > $since AND v.seq <= $until AND v.kind = 'message' AND NOT v.deleted AND (v.body ->> '$.direction') = 'outbound'
  AND coalesce(v.effective_at, v.recorded_at) >= $after
ORDER BY v.seq;

-- name: attempts_without_id
-- about: Attempts to reach a contact point in a span that have no id of the vendor's yet.
SELECT t.attempt_id FROM attempts t
WHERE t.contact_point_id = $contact_point_id AND t.claimed_at BETWEEN $since AND $until
  AND NOT EXISTS (SELECT 1 FROM attempt_outcomes o WHERE o.attempt_id = t.attempt_id AND coalesce(o.vendor_id, '') <> '')
  AND NOT EXISTS (SELECT 1 FROM attempt_outcomes o WHERE o.attempt_id = t.attempt_id AND o.outcome IN ('not_sent', 'refused'));

-- name: open_reply_tasks_on_contact
-- about: Tasks about replies from a contact point that nobody has closed yet.
SELECT t.task_id FROM current_tasks t JOIN replies r ON r.reply_id = t.subject_id
WHERE t.kind = 'reply' AND t.closed_at IS NULL AND r.contact_point_id = $contact_point_id;

-- name: replies_of_contact
-- about: Everything a contact point wrote, oldest first.
SELECT * FROM replies WHERE contact_point_id = $contact_point_id ORDER BY received_at, seq;

-- name: opt_outs_to_spread
-- about: Revocations of everything that were recorded after a number, and are in force. Of somebody who was erased nothing is left to tell.
SELECT s.seq, s.suppression_id, s.contact_point_id, s.source, s.effective_at,
       coalesce((SELECT any_value(p.kind) FROM contact_points p WHERE p.contact_point_id = s.contact_point_id), '') AS kind
FROM current_suppressions s
WHERE s.seq > $since AND s.scope = 'all' AND NOT s.provisional
  AND NOT EXISTS (SELECT 1 FROM contact_points p WHERE p.contact_point_id = s.contact_point_id AND p.tombstone IS NOT NULL)
ORDER BY s.seq LIMIT $most;

-- name: copies_not_acknowledged
-- about: Tools that have not confirmed an opt-out that was noted before an instant (TCPA-14).
SELECT c.copy_id, c.suppression_id, c.connection_id, c.recorded_at
FROM opt_out_copies c
WHERE c.recorded_at <= $before AND c.recorded_at > $since
  AND NOT EXISTS (SELECT 1 FROM remembered r WHERE r.subject_id = c.copy_id AND r.state IN ('sent', 'delivered'))
ORDER BY c.recorded_at, c.copy_id;

-- name: phones_since
-- about: Phones that were written down after a number.
SELECT contact_point_id, value FROM current_contact_points WHERE kind = 'phone' AND seq > $since AND tombstone IS NULL;

-- name: held_opt_outs
-- about: Words that may have meant stop and that nobody has decided about, with the contact point they came from; oldest first.
SELECT s.contact_point_id, s.effective_at, p.value AS contact, coalesce(v.body ->> '$.text', v.body ->> '$.message') AS said
FROM current_suppressions s JOIN current_contact_points p USING (contact_point_id)
LEFT JOIN versions v ON v.raw_id = s.raw_id
WHERE s.provisional ORDER BY s.effective_at, s.contact_point_id;
