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

-- name: last_said_on_contact
-- about: The last message that left for a contact point, or may have: what a reply answers.
SELECT t.attempt_id, t.action_id, t.person_id, t.claimed_at, a.purpose, a."row"
FROM attempts t
LEFT JOIN (SELECT action_id, purpose, "row" FROM closed_actions UNION ALL SELECT action_id, purpose, "row" FROM open_actions) a USING (action_id)
WHERE t.contact_point_id = $contact_point_id AND t.command IN ('send_sms', 'send_email') AND t.claimed_at <= $until
ORDER BY t.claimed_at DESC, t.seq DESC LIMIT 1;

-- name: visits_ahead_of_persons
-- about: Which of some persons have a visit ahead that is not cancelled.
SELECT DISTINCT person_id FROM open_visits
WHERE person_id IN (SELECT unnest(string_split($persons, chr(31)))) AND start_at > $now AND status <> 'cancelled'
ORDER BY person_id;

-- name: open_reply_tasks_on_contact
-- about: Tasks about replies from a contact point that nobody has closed yet.
SELECT t.task_id FROM current_tasks t JOIN replies r ON r.reply_id = t.subject_id
WHERE t.kind = 'reply' AND t.closed_at IS NULL AND r.contact_point_id = $contact_point_id;

-- name: replies_of_contact
-- about: Everything a contact point wrote, oldest first.
SELECT * FROM replies WHERE contact_point_id = $contact_point_id ORDER BY received_at, seq;

-- name: opt_outs_to_spread
-- about: Revocations of everything that were recorded after a number, and are in force.
SELECT s.seq, s.suppression_id, s.contact_point_id, s.source, s.effective_at
FROM current_suppressions s WHERE s.seq > $since AND s.scope = 'all' AND NOT s.provisional ORDER BY s.seq LIMIT $most;

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
