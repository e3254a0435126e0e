-- What the outbox asks and leaves: who is owed a message now, everything a decision needs, attempts and their outcomes.

-- name: due_actions
-- about: Actions that are due and not yet decided, or whose decision is asked again; most urgent first.
SELECT * FROM open_actions
WHERE state IN ('planned', 'delayed', 'awaiting_approval', 'blocked', 'not_sent') AND due_at <= $now AND (not_before IS NULL OR not_before <= $now)
ORDER BY priority, due_at, action_id;

-- name: cleared_actions
-- about: Actions that policy allowed and nobody has claimed; most urgent first.
SELECT * FROM open_actions WHERE state = 'cleared' ORDER BY priority, due_at, action_id;

-- name: actions_of_contacts
-- about: Cleared actions of some contact points: what may share a message with the first of them (R5, R6).
SELECT * FROM open_actions WHERE state = 'cleared' AND list_contains($contact_points, contact_point_id) ORDER BY priority, due_at, action_id;

-- name: outbox_contact_points
-- about: The current state of some contact points.
SELECT contact_point_id, kind, value, line_type, textable FROM current_contact_points WHERE list_contains($contact_points, contact_point_id);

-- name: outbox_persons
-- about: The current state of some persons, who answers for them, and since when they carry a mark that stops everything (R37).
WITH marked AS (
    SELECT person_id, min(recorded_at) AS flagged_at FROM persons
    WHERE list_contains($persons, person_id) AND regexp_matches(flags, 'deceased|dismissed|legal_hold') GROUP BY person_id
)
SELECT p.person_id, p.first_name, p.birth_date, p.language, p.address_state, p.zone, p.flags, p.is_patient, p.guardian_contact_point_id, m.flagged_at
FROM current_persons p LEFT JOIN marked m USING (person_id) WHERE list_contains($persons, p.person_id);

-- name: outbox_sharers
-- about: Who else can be reached on some contact points, by greeting name (R2).
WITH theirs AS MATERIALIZED (SELECT person_id, contact_point_id FROM current_person_contacts WHERE list_contains($contact_points, contact_point_id)),
known AS MATERIALIZED (
    SELECT person_id, first_name, merged_into FROM persons WHERE person_id IN (SELECT person_id FROM theirs)
    QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY seq DESC) = 1
)
SELECT t.contact_point_id, count(DISTINCT t.person_id) AS persons, count(DISTINCT k.first_name) AS names
FROM theirs t JOIN known k USING (person_id) WHERE k.merged_into IS NULL
GROUP BY t.contact_point_id;

-- name: outbox_consents
-- about: The newest evidence per category for some contact points, whatever the brand.
SELECT consent_id, contact_point_id, brand, category, kind, granted, given_at, recorded_at, source, wording_sha256, form_version
FROM current_consents WHERE list_contains($contact_points, contact_point_id);

-- name: outbox_suppressions
-- about: Opt-outs in force for some contact points, whatever the brand.
SELECT suppression_id, contact_point_id, person_id, brand, scope, lifted, effective_at, recorded_at, source, word, provisional
FROM current_suppressions WHERE list_contains($contact_points, contact_point_id);

-- name: outbox_visits
-- about: The visits that some actions are about, with the stream each came from and how it last arrived.
WITH chosen AS MATERIALIZED (SELECT * FROM open_visits WHERE list_contains($visits, visit_id)),
from_raw AS MATERIALIZED (SELECT version_id, raw_id FROM versions WHERE version_id IN (SELECT version_id FROM chosen)),
arrived AS MATERIALIZED (SELECT raw_id, recorded_at, origin FROM raw WHERE raw_id IN (SELECT raw_id FROM from_raw))
SELECT v.*, r.recorded_at AS arrived_at, r.origin
FROM chosen v LEFT JOIN from_raw x ON x.version_id = v.version_id LEFT JOIN arrived r ON r.raw_id = x.raw_id;

-- name: outbox_inquiries
-- about: The inquiries that some actions are about.
SELECT * FROM current_inquiries WHERE list_contains($inquiries, inquiry_id);

-- name: stream_reads
-- about: When each stream was last read completely.
SELECT connection_id, stream, complete_read_at FROM cursors;

-- name: pauses_in_force
-- about: Every pause nobody has released and whose time has not run out.
SELECT pause_id, scope, value, who, why, set_at, until FROM current_pauses WHERE until IS NULL OR until > $now;

-- name: heard_before
-- about: How often some contact points were sent anything, or may have been sent it.
SELECT t.contact_point_id, count(*) AS ever
FROM attempts t LEFT JOIN attempt_outcomes o ON o.attempt_id = t.attempt_id AND o.outcome IN ('not_sent', 'refused')
WHERE list_contains($contact_points, t.contact_point_id) AND o.attempt_id IS NULL
GROUP BY t.contact_point_id;

-- name: last_words
-- about: When some contact points last wrote.
SELECT contact_point_id, max(received_at) AS received_at FROM replies
WHERE list_contains($contact_points, contact_point_id) GROUP BY contact_point_id;

-- name: said_lately
-- about: Every message that left for some contact points since an instant, or may have, newest first: one row each, however many actions it carried (R39).
WITH settled AS (
    SELECT contact_point_id, "row", purpose, channel, claimed_at, state, attempt_id FROM closed_actions
    WHERE claimed_at >= $since AND list_contains($contact_points, contact_point_id)
    QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1
),
arrived AS (
    SELECT s.* FROM settled s ANTI JOIN (SELECT attempt_id FROM receipts WHERE status IN ('bounced', 'rejected') AND recorded_at >= $since) r USING (attempt_id)
    WHERE s.state IN ('sent', 'abandoned')
)
SELECT contact_point_id, "row", purpose, channel, claimed_at FROM arrived
UNION ALL
SELECT contact_point_id, "row", purpose, channel, claimed_at FROM open_actions
WHERE list_contains($contact_points, contact_point_id) AND state IN ('claimed', 'ambiguous') AND claimed_at >= $since
ORDER BY claimed_at DESC;

-- name: answers_of_forms
-- about: When people who used some forms were answered by text since an instant, newest first (R48).
WITH lately AS (
    SELECT action_id, subject_id, claimed_at FROM closed_actions
    WHERE claimed_at >= $since AND purpose = 'requested_reply' AND subject_kind = 'inquiry' AND channel = 'sms' AND state IN ('sent', 'abandoned')
    UNION ALL
    SELECT action_id, subject_id, claimed_at FROM open_actions
    WHERE claimed_at >= $since AND purpose = 'requested_reply' AND subject_kind = 'inquiry' AND channel = 'sms' AND state IN ('claimed', 'ambiguous')
),
asked AS (SELECT DISTINCT inquiry_id, connection_id FROM inquiries WHERE inquiry_id IN (SELECT subject_id FROM lately))
SELECT DISTINCT l.action_id, a.connection_id, l.claimed_at FROM lately l JOIN asked a ON a.inquiry_id = l.subject_id
WHERE list_contains($connections, a.connection_id) ORDER BY l.claimed_at DESC, l.action_id;

-- name: invited_before
-- about: About which visits some persons were sent a review link, or may have been, and when last (R54).
SELECT person_id, subject_id AS visit_id, max(claimed_at) AS invited_at FROM (
    SELECT person_id, subject_id, claimed_at FROM closed_actions
    WHERE purpose = 'review_request' AND list_contains($persons, person_id) AND state IN ('sent', 'abandoned')
    UNION ALL
    SELECT person_id, subject_id, claimed_at FROM open_actions
    WHERE purpose = 'review_request' AND list_contains($persons, person_id) AND state IN ('claimed', 'ambiguous')
) GROUP BY person_id, subject_id;

-- name: complaints_open
-- about: Since when some persons have a complaint or clinical issue that nobody has closed, whatever their score (REV-05).
SELECT person_id, min(opened_at) AS since FROM current_tasks
WHERE kind = 'red_flag' AND closed_at IS NULL AND list_contains($persons, person_id) GROUP BY person_id;

-- name: planned_when
-- about: When some open actions were planned, and for when: what was foreseen is no surge (R48).
SELECT action_id, planned_at, due_at FROM open_actions WHERE action_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: answers_to
-- about: Automatic replies already sent about some subjects, per event and channel (R30): an inquiry and a later interest are two events.
SELECT a.subject_id, a.channel, coalesce(a.facts ->> '$.event_at', '') AS event_at, count(*) AS sent
FROM attempts t
JOIN (
    SELECT action_id, subject_id, channel, purpose, facts FROM closed_actions
    UNION ALL SELECT action_id, subject_id, channel, purpose, facts FROM open_actions
) a USING (action_id)
LEFT JOIN attempt_outcomes o ON o.attempt_id = t.attempt_id AND o.outcome IN ('not_sent', 'refused')
WHERE list_contains($subjects, a.subject_id) AND a.purpose IN ('requested_reply', 'opt_out_confirmation') AND o.attempt_id IS NULL
GROUP BY ALL;

-- name: inquiries_answered_on
-- about: To which inquiries some contact points were sent automatic answers, or may have been, by when these were received (R4).
SELECT DISTINCT t.contact_point_id, a.anchor_at
FROM attempts t
JOIN (
    SELECT action_id, subject_kind, purpose, anchor_at FROM closed_actions UNION SELECT action_id, subject_kind, purpose, anchor_at FROM open_actions
) a USING (action_id)
LEFT JOIN attempt_outcomes o ON o.attempt_id = t.attempt_id AND o.outcome IN ('not_sent', 'refused')
WHERE list_contains($contact_points, t.contact_point_id) AND t.claimed_at >= $since
  AND a.subject_kind = 'inquiry' AND a.purpose = 'requested_reply' AND o.attempt_id IS NULL;

-- name: attempts_of_actions
-- about: How many attempts some actions have had; those without any are not in it.
SELECT action_id, count(*) AS attempts FROM attempts WHERE action_id IN (SELECT unnest(string_split($actions, chr(31)))) GROUP BY action_id;

-- name: held_attempts
-- about: Which of these attempts the ledger holds as claimed and without an outcome.
SELECT attempt_id FROM open_attempts
WHERE attempt_id IN (SELECT unnest(string_split($attempts, chr(31)))) AND ambiguous_since IS NULL;

-- name: attempt_by_id
-- about: One attempt with the message it carried.
SELECT t.*, m.carries, m.names_start FROM attempts t LEFT JOIN messages m USING (message_id) WHERE t.attempt_id = $attempt_id;

-- name: attempt_outcomes_of
-- about: What became of one attempt, oldest first.
SELECT * FROM attempt_outcomes WHERE attempt_id = $attempt_id ORDER BY seq;

-- name: lapsed_attempts
-- about: Claims whose lease ran out without an outcome (machine time).
SELECT * FROM open_attempts WHERE ambiguous_since IS NULL AND lease_until < $machine_now ORDER BY attempt_id;

-- name: ambiguous_attempts
-- about: Attempts whose outcome is unknown, with what a look-up needs.
SELECT o.ambiguous_since, t.*, m.subject, m.body, m.sender, c.value AS contact, a.expires_at, a.location_id
FROM open_attempts o JOIN attempts t USING (attempt_id)
LEFT JOIN messages m USING (message_id)
LEFT JOIN open_actions a ON a.action_id = t.action_id
LEFT JOIN current_contact_points c ON c.contact_point_id = t.contact_point_id
WHERE o.ambiguous_since IS NOT NULL ORDER BY o.ambiguous_since, o.attempt_id;

-- name: mark_ambiguous
-- about: An attempt's outcome is unknown from now on.
UPDATE open_attempts SET ambiguous_since = $now WHERE attempt_id = $attempt_id;

-- name: close_attempts
-- about: The outcomes of some attempts are known.
DELETE FROM open_attempts WHERE attempt_id IN (SELECT unnest(string_split($attempts, chr(31))));

-- name: set_not_before
-- about: When an action may be asked again.
UPDATE open_actions SET not_before = $not_before, updated_at = $now WHERE action_id = $action_id;

-- name: remember_claim
-- about: What an action was claimed with.
UPDATE open_actions SET message_id = $message_id, attempt_id = $attempt_id, verdict_id = $verdict_id, updated_at = $now WHERE action_id = $action_id;

-- name: remember_verdict
-- about: The newest verdict of an action.
UPDATE open_actions SET verdict_id = $verdict_id, not_before = $not_before, updated_at = $now WHERE action_id = $action_id;

-- name: verdict_of
-- about: One verdict with every rule's answer.
SELECT * FROM verdicts WHERE verdict_id = $verdict_id;

-- name: receipts_unread
-- about: Outbound message records that arrived after a stage's mark: status callbacks and what the vendor's log says.
SELECT seq, version_id, raw_id, connection_id, body, effective_at, recorded_at FROM versions WHERE kind = 'message' AND seq > $since ORDER BY seq;

-- name: attempts_by_id
-- about: Some attempts.
SELECT attempt_id, action_id, vendor, contact_point_id, person_id FROM attempts
WHERE attempt_id IN (SELECT unnest(string_split($attempts, chr(31))));

-- name: attempts_by_vendor_id
-- about: The attempts that some vendors' ids belong to; where one id has several, the newest comes last.
SELECT o.vendor_id, t.attempt_id, t.action_id, t.vendor, t.contact_point_id, t.person_id
FROM attempt_outcomes o JOIN attempts t USING (attempt_id)
WHERE o.outcome = 'sent' AND o.vendor_id IN (SELECT unnest(string_split($vendor_ids, chr(31)))) ORDER BY o.seq;

-- name: attempts_unreported
-- about: What one connection accepted since an instant and whose end its vendor has not told yet, by the vendor's id.
SELECT DISTINCT o.vendor_id FROM attempt_outcomes o JOIN attempts t USING (attempt_id)
WHERE t.connection_id = $connection_id AND o.outcome = 'sent' AND o.vendor_id <> '' AND o.happened_at >= $since AND NOT EXISTS (
    SELECT 1 FROM receipts r WHERE r.attempt_id = o.attempt_id AND r.status IN ('delivered', 'bounced', 'rejected')
) ORDER BY o.vendor_id;

-- name: attempt_of_vendor_id
-- about: The attempt that a vendor's id belongs to.
SELECT attempt_id FROM attempt_outcomes WHERE vendor_id = $vendor_id AND outcome = 'sent' ORDER BY seq DESC LIMIT 1;

-- name: pause_history
-- about: The newest row of every pause of this practice, released ones included.
SELECT * FROM pauses QUALIFY row_number() OVER (PARTITION BY pause_id ORDER BY seq DESC) = 1 ORDER BY set_at;

-- name: sent_between
-- about: Attempts that were accepted in a span, with step and row: what the ledger says was sent.
SELECT t.attempt_id, t.vendor, t.command, o.vendor_id, o.happened_at
FROM attempts t JOIN attempt_outcomes o USING (attempt_id)
WHERE o.outcome = 'sent' AND o.happened_at >= $since AND o.happened_at < $until ORDER BY o.happened_at;

-- name: last_reasons
-- about: Why some actions are in the state they are in.
SELECT action_id, reason FROM transitions WHERE list_contains($ids, action_id)
QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1;

-- name: ask_what_was_paused
-- about: What a pause held until its expiry is asked again: whoever ends a pause wants it to go.
UPDATE open_actions SET not_before = NULL, updated_at = $now WHERE state = 'delayed' AND action_id IN (
    SELECT action_id FROM transitions WHERE action_id IN (SELECT action_id FROM open_actions WHERE state = 'delayed')
    QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1 AND contains(reason, 'PAUSE-01')
);

-- name: attempts_under_way
-- about: Every attempt that is claimed, has no outcome and is in no doubt yet.
SELECT attempt_id FROM open_attempts WHERE ambiguous_since IS NULL ORDER BY attempt_id;

-- name: which_are_open
-- about: Which of some attempts still wait for their outcome.
SELECT attempt_id, ambiguous_since FROM open_attempts WHERE attempt_id IN (SELECT unnest(string_split($attempts, chr(31))));

-- name: attempt_is_open
-- about: Whether an attempt still waits for its outcome.
SELECT attempt_id FROM open_attempts WHERE attempt_id = $attempt_id;

-- name: outbox_inquiry_records
-- about: What the vendor's record of some inquiries says, as canonical JSON.
SELECT i.inquiry_id, v.body FROM current_inquiries i JOIN versions v ON v.version_id = i.version_id
WHERE list_contains($inquiries, i.inquiry_id);

-- name: outbox_vendor_ids
-- about: Under which ids some persons are known in each connection.
SELECT l.person_id, v.connection_id, v.stream, v.vendor_id
FROM current_links l JOIN latest_versions v USING (record_id)
WHERE list_contains($persons, l.person_id) AND v.kind = 'person' AND NOT v.deleted
ORDER BY l.person_id, v.connection_id, v.seq;

-- name: outbox_confirmed
-- about: The appointments that some replies said yes to, numbered from 1 in the order in which they begin: where each stands, and as what.
SELECT y.reply_id, row_number() OVER (PARTITION BY y.reply_id ORDER BY y.start_at, y.visit_id) AS nth,
       v.connection_id, v.vendor_id, y.start_at, y.confirmed_at
FROM confirmations y JOIN current_visits c USING (visit_id) JOIN latest_versions v ON v.record_id = c.record_id
WHERE list_contains($replies, y.reply_id)
QUALIFY NOT v.deleted
ORDER BY y.reply_id, nth;

-- name: outbox_tasks
-- about: The tasks that some actions carry to where people look.
SELECT * FROM current_tasks WHERE list_contains($tasks, task_id);

-- name: outbox_reviews
-- about: The reviews that some tasks ask somebody to answer: where each stands, and as what.
SELECT t.task_id, r.connection_id, v.vendor_id FROM current_tasks t
JOIN current_reviews r ON r.review_id = t.subject_id JOIN latest_versions v ON v.record_id = r.record_id
WHERE list_contains($tasks, t.task_id) AND NOT v.deleted;

-- name: outbox_reply_texts
-- about: What people wrote who wait for an answer, by the task that asks for one, with the last message above it.
SELECT t.task_id, v.body ->> '$.text' AS text, c.value AS contact, m.body AS last_message
FROM current_tasks t
JOIN replies r ON r.reply_id = t.subject_id
LEFT JOIN versions v ON v.version_id = r.version_id AND v.tombstone IS NULL
LEFT JOIN current_contact_points c ON c.contact_point_id = r.contact_point_id
LEFT JOIN attempts a ON a.attempt_id = r.answered_to
LEFT JOIN messages m ON m.message_id = a.message_id
WHERE list_contains($tasks, t.task_id);

-- name: any_cleared
-- about: One row when policy has cleared anything, none otherwise.
SELECT 1 AS found FROM open_actions WHERE state = 'cleared' LIMIT 1;
