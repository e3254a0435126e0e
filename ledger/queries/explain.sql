-- What an explanation is told from: one action with everything it led to, and ways to find it.

-- name: actions_named
-- about: The actions a person may mean by an id: an action's, a message's, an attempt's, a vendor's, a subject's, a verdict's.
-- What was attempted comes first: whoever asks has heard of it.
WITH all_actions AS (
    SELECT action_id, subject_id, message_id, attempt_id, verdict_id, updated_at FROM closed_actions
    UNION ALL SELECT action_id, subject_id, message_id, attempt_id, verdict_id, updated_at FROM open_actions
)
SELECT action_id, max(updated_at) AS updated_at FROM all_actions
WHERE action_id = $id OR subject_id = $id OR message_id = $id OR attempt_id = $id OR verdict_id = $id
   OR attempt_id IN (SELECT attempt_id FROM attempt_outcomes WHERE vendor_id = $id)
   OR attempt_id IN (SELECT attempt_id FROM attempts WHERE attempt_id = $id)
   OR subject_id IN (SELECT visit_id FROM visit_records v JOIN latest_versions x USING (record_id) WHERE x.vendor_id = $id)
GROUP BY action_id ORDER BY max(attempt_id) IS NULL, updated_at DESC, action_id LIMIT 50;

-- name: subjects_named
-- about: The visits and inquiries a person may mean by our id or the vendor's, whether or not anything was planned about them.
SELECT visit_id AS subject_id FROM visit_versions WHERE visit_id = $id
UNION SELECT inquiry_id FROM inquiries WHERE inquiry_id = $id
UNION SELECT visit_id FROM visit_records v JOIN latest_versions x USING (record_id) WHERE x.vendor_id = $id
ORDER BY subject_id LIMIT 5;

-- name: actions_by_last_digits
-- about: The newest actions for phones that end in these digits.
WITH all_actions AS (
    SELECT action_id, contact_point_id, attempt_id, updated_at FROM closed_actions
    UNION ALL SELECT action_id, contact_point_id, attempt_id, updated_at FROM open_actions
)
SELECT a.action_id, max(a.updated_at) AS updated_at FROM all_actions a JOIN current_contact_points c USING (contact_point_id)
WHERE c.kind = 'phone' AND ends_with(c.value, $digits) GROUP BY a.action_id ORDER BY max(a.attempt_id) IS NULL, updated_at DESC, a.action_id LIMIT 50;

-- name: story_of_action
-- about: One action with its subject as it stood then, its verdict, its message, its attempt and its contact.
-- Then: when it was claimed, else when it was decided. What became of the visit since is no reason for anything.
-- Not QUALIFY row_number() = 1 over everything: DuckDB 1.5 answers that with a row of nulls where there is nothing.
WITH closed AS (
    SELECT * EXCLUDE (seq) FROM closed_actions WHERE action_id = $action_id ORDER BY seq DESC LIMIT 1
), act AS (
    SELECT * FROM open_actions WHERE action_id = $action_id
    UNION ALL BY NAME SELECT * FROM closed WHERE NOT EXISTS (SELECT 1 FROM open_actions WHERE action_id = $action_id)
), about AS (
    SELECT subject_id AS id FROM act
    UNION SELECT k.subject_id FROM current_tasks k JOIN act ON k.task_id = act.subject_id
    UNION SELECT o.suppression_id FROM opt_out_copies o JOIN act ON o.copy_id = act.subject_id
), origins AS (
    SELECT version_id, NULL AS raw_id FROM replies WHERE reply_id IN (SELECT id FROM about)
    UNION ALL SELECT version_id, NULL FROM current_reviews WHERE review_id IN (SELECT id FROM about)
    UNION ALL SELECT version_id, NULL FROM current_inquiries WHERE inquiry_id IN (SELECT id FROM about)
    UNION ALL SELECT version_id, NULL FROM current_visits WHERE visit_id IN (SELECT id FROM about)
    UNION ALL SELECT NULL, raw_id FROM suppressions WHERE suppression_id IN (SELECT id FROM about)
)
SELECT a.action_id, a.step, a."row", a.subject_kind, a.subject_id, a.occurrence, a.state, a.channel, a.due_at, a.expires_at, a.anchor_at,
       a.absorbed_by, a.journeys, a.location_id, a.person_id,
       c.value AS contact, p.display_name, v.start_at, v.ordinal AS visit_version, v.status AS visit_status,
       coalesce(v.version_id, i.version_id, (  -- what was written to us: itself, or behind the task or the opt-out that it became
           SELECT x.version_id FROM origins o JOIN versions x ON x.version_id = o.version_id OR x.raw_id = o.raw_id
           ORDER BY x.seq LIMIT 1
       )) AS version_id,
       ve.verdict_id, ve.answers, ve.policy, ve.local_time, ve.consent_id, ve.decided_at, ve.outcome AS verdict, ve.until,
       m.message_id, m.template, m.template_hash, m.segments, m.body, m.rewrites,
       t.attempt_id, t.vendor, t.product, t.claimed_at, o.outcome, o.vendor_id, o.how, o.code, o.reason, o.happened_at
FROM act a
LEFT JOIN current_contact_points c ON c.contact_point_id = a.contact_point_id
LEFT JOIN current_persons p ON p.person_id = a.person_id
LEFT JOIN verdicts ve ON ve.verdict_id = a.verdict_id
LEFT JOIN messages m ON m.message_id = a.message_id
LEFT JOIN attempts t ON t.attempt_id = a.attempt_id
LEFT JOIN attempt_outcomes o ON o.attempt_id = t.attempt_id
LEFT JOIN visit_versions v ON v.visit_id = a.subject_id AND v.seq <= coalesce(t.seq, ve.seq, 9223372036854775807)
LEFT JOIN inquiries i ON i.inquiry_id = a.subject_id AND i.seq <= coalesce(t.seq, ve.seq, 9223372036854775807)
ORDER BY o.seq DESC NULLS LAST, ve.seq DESC NULLS LAST, v.seq DESC NULLS LAST, i.seq DESC NULLS LAST LIMIT 1;

-- name: source_of_version
-- about: The vendor record behind a version.
SELECT x.version_id, x.ordinal, x.stream, x.connection_id, x.vendor_id, x.mapping_hash, x.recorded_at, x.effective_at,
       r.raw_id, r.content_hash, r.origin, r.recorded_at AS read_at
FROM versions x JOIN raw r USING (raw_id) WHERE x.version_id = $version_id;

-- name: consent_by_id
-- about: One consent as evidence.
SELECT * FROM consents WHERE consent_id = $consent_id ORDER BY seq DESC LIMIT 1;

-- name: receipts_of_attempt
-- about: What the vendor reported about one attempt, each word once, oldest first.
SELECT status, code, min(happened_at) AS happened_at, min(recorded_at) AS recorded_at
FROM receipts WHERE attempt_id = $attempt_id GROUP BY status, code ORDER BY min(seq);

-- name: audit_entries_about
-- about: First and last audit entry that names an id, and how many there are.
SELECT min(seq) AS first, max(seq) AS last, count(*) AS entries FROM audit WHERE contains(decode(body), $id);

-- name: checkpoint_over
-- about: The first signed checkpoint that covers an entry.
SELECT size, signed_at, exported_to FROM checkpoints WHERE size >= $entry ORDER BY size LIMIT 1;

-- name: open_actions_coming
-- about: What is about to be said or done, in time order.
SELECT a.*, p.display_name, c.kind AS contact_kind FROM open_actions a
LEFT JOIN current_persons p ON p.person_id = a.person_id
LEFT JOIN current_contact_points c ON c.contact_point_id = a.contact_point_id
WHERE a.due_at < $until ORDER BY a.due_at, a.action_id;

-- name: totals_of_attempts
-- about: How many attempts ended how, by vendor and command; the newest outcome of each counts.
SELECT t.vendor, t.command, coalesce(o.outcome, 'open') AS outcome, count(*) AS attempts
FROM attempts t LEFT JOIN (SELECT * FROM attempt_outcomes QUALIFY row_number() OVER (PARTITION BY attempt_id ORDER BY seq DESC) = 1) o USING (attempt_id)
GROUP BY ALL ORDER BY ALL;

-- name: totals_of_reasons
-- about: How many actions were ever held, cancelled or expired, by state and reason.
SELECT after AS state, reason, count(DISTINCT action_id) AS actions FROM transitions
WHERE after IN ('blocked', 'delayed', 'cancelled', 'expired', 'absorbed', 'abandoned') GROUP BY ALL ORDER BY actions DESC, state, reason;

-- name: totals_of_raw
-- about: How many raw rows each stream has, and how many marks are open on them.
SELECT r.connection_id, r.stream, count(DISTINCT r.record_id) AS records, count(*) AS versions FROM raw r GROUP BY ALL ORDER BY ALL;

-- name: totals_of_doubt
-- about: Attempts whose outcome was once unknown, by what became of them.
SELECT last.outcome, count(*) AS attempts
FROM (SELECT DISTINCT attempt_id FROM attempt_outcomes WHERE outcome = 'ambiguous') d
JOIN (SELECT * FROM attempt_outcomes QUALIFY row_number() OVER (PARTITION BY attempt_id ORDER BY seq DESC) = 1) last USING (attempt_id)
GROUP BY ALL ORDER BY ALL;
