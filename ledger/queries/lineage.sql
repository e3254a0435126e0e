-- From the vendor's bytes to the receipt, one query per edge. Each answers in both directions: what came of `$causes`, and
-- what `$effects` came from. No query here reads a text or a contact; ids, hashes, codes and times only.

-- name: edge_raw_version
-- about: A raw row became a version.
SELECT raw_id AS cause, version_id AS effect FROM versions
WHERE raw_id IN (SELECT unnest(string_split($causes, chr(31)))) OR version_id IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_version_visit
-- about: A version made or changed a visit, or is of a record that belongs to it.
SELECT DISTINCT cause, effect FROM (
    SELECT version_id AS cause, visit_id AS effect FROM visit_versions
    UNION ALL SELECT v.version_id, r.visit_id FROM versions v JOIN visit_records r ON r.record_id = v.record_id
)
WHERE cause IN (SELECT unnest(string_split($causes, chr(31)))) OR effect IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_version_inquiry
-- about: A version is an inquiry.
SELECT version_id AS cause, inquiry_id AS effect FROM inquiries
WHERE version_id IN (SELECT unnest(string_split($causes, chr(31)))) OR inquiry_id IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_version_reply
-- about: A version is somebody's reply.
SELECT version_id AS cause, reply_id AS effect FROM replies
WHERE version_id IN (SELECT unnest(string_split($causes, chr(31)))) OR reply_id IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_subject_action
-- about: A visit, an inquiry or a reply asked for an action.
SELECT subject_id AS cause, action_id AS effect FROM (
    SELECT subject_id, action_id FROM open_actions UNION ALL SELECT subject_id, action_id FROM closed_actions
)
WHERE subject_id IN (SELECT unnest(string_split($causes, chr(31)))) OR action_id IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_action_verdict
-- about: An action was judged.
SELECT action_id AS cause, verdict_id AS effect FROM verdicts
WHERE action_id IN (SELECT unnest(string_split($causes, chr(31)))) OR verdict_id IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_action_message
-- about: An action was put into words, alone or with others.
SELECT cause, effect FROM (
    SELECT action_id AS cause, message_id AS effect FROM open_actions WHERE message_id IS NOT NULL
    UNION ALL SELECT action_id, message_id FROM closed_actions WHERE message_id IS NOT NULL
    UNION ALL SELECT unnest(string_split(carries, ',')), message_id FROM messages
)
WHERE cause IN (SELECT unnest(string_split($causes, chr(31)))) OR effect IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_action_attempt
-- about: An action was claimed.
SELECT action_id AS cause, attempt_id AS effect FROM attempts
WHERE action_id IN (SELECT unnest(string_split($causes, chr(31)))) OR attempt_id IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_message_attempt
-- about: A message was what an attempt sent.
SELECT message_id AS cause, attempt_id AS effect FROM attempts
WHERE message_id IN (SELECT unnest(string_split($causes, chr(31)))) OR attempt_id IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_attempt_receipt
-- about: A vendor reported what became of an attempt.
SELECT attempt_id AS cause, 'receipt-' || seq AS effect FROM receipts
WHERE attempt_id IN (SELECT unnest(string_split($causes, chr(31)))) OR 'receipt-' || seq IN (SELECT unnest(string_split($effects, chr(31))));

-- name: edge_raw_receipt
-- about: A vendor's call said so.
SELECT raw_id AS cause, 'receipt-' || seq AS effect FROM receipts WHERE raw_id IS NOT NULL
AND (raw_id IN (SELECT unnest(string_split($causes, chr(31)))) OR 'receipt-' || seq IN (SELECT unnest(string_split($effects, chr(31)))));

-- name: node_raw
-- about: Raw rows: where each stood and what its bytes hash to.
SELECT raw_id AS node_id, recorded_at AS at, {'record': record_id, 'connection': connection_id, 'stream': stream, 'origin': origin,
       'sha256': content_hash, 'run': run_id, 'deleted': deleted::VARCHAR, 'erased': (tombstone IS NOT NULL)::VARCHAR} AS about
FROM raw WHERE raw_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: node_version
-- about: Versions: which mapping made them.
SELECT version_id AS node_id, recorded_at AS at, {'record': record_id, 'version': ordinal::VARCHAR, 'kind': kind, 'mapping': mapping_hash,
       'body_sha256': body_hash, 'run': run_id, 'deleted': deleted::VARCHAR} AS about
FROM versions WHERE version_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: node_visit
-- about: Visits as they are now.
SELECT visit_id AS node_id, recorded_at AS at, {'person': person_id, 'status': status, 'version': ordinal::VARCHAR, 'change': change,
       'start': start_at::VARCHAR, 'location': location_id} AS about
FROM current_visits WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: node_inquiry
-- about: Inquiries as they are now.
SELECT inquiry_id AS node_id, recorded_at AS at, {'person': person_id, 'source': source, 'same_as': same_as} AS about
FROM current_inquiries WHERE inquiry_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: node_reply
-- about: Replies, and the table entry that decided what each meant.
SELECT reply_id AS node_id, recorded_at AS at, {'person': person_id, 'channel': channel, 'intent': intent, 'matched': matched} AS about
FROM replies WHERE reply_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: node_action
-- about: Actions: the step, the settings in force, and where each stands.
SELECT action_id AS node_id, planned_at AS at, {'step': step, 'row': "row", 'occurrence': occurrence::VARCHAR, 'state': state,
       'due': due_at::VARCHAR, 'journeys': journeys, 'facts': facts, 'person': person_id, 'absorbed_by': absorbed_by} AS about
FROM (
    SELECT * FROM open_actions WHERE action_id IN (SELECT unnest(string_split($ids, chr(31))))
    UNION ALL
    SELECT * EXCLUDE (seq) FROM closed_actions WHERE action_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1
);

-- name: node_verdict
-- about: Verdicts: what was decided, under which policy, from which facts.
SELECT verdict_id AS node_id, decided_at AS at, {'outcome': outcome, 'stage': stage, 'policy': policy, 'facts': facts,
       'local_time': local_time, 'consent': consent_id} AS about
FROM verdicts WHERE verdict_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: node_message
-- about: Messages: which template, never which words.
SELECT message_id AS node_id, rendered_at AS at, {'template': template, 'template_hash': template_hash, 'channel': channel,
       'language': language, 'segments': segments::VARCHAR, 'contact_point': contact_point_id, 'rewrites': rewrites} AS about
FROM messages WHERE message_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: node_attempt
-- about: Attempts, with the last that is known of their outcome.
SELECT a.attempt_id AS node_id, a.claimed_at AS at, {'connection': a.connection_id, 'vendor': a.vendor, 'command': a.command,
       'outcome': o.outcome, 'vendor_id': o.vendor_id, 'code': o.code, 'how': o.how} AS about
FROM attempts a
LEFT JOIN (SELECT * FROM attempt_outcomes QUALIFY row_number() OVER (PARTITION BY attempt_id ORDER BY seq DESC) = 1) o
    ON o.attempt_id = a.attempt_id
WHERE a.attempt_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: node_receipt
-- about: Receipts.
SELECT 'receipt-' || seq AS node_id, happened_at AS at, {'status': status, 'code': code, 'vendor_id': vendor_id} AS about
FROM receipts WHERE 'receipt-' || seq IN (SELECT unnest(string_split($ids, chr(31))));

-- name: raw_of_record
-- about: The raw rows of one record, oldest first.
SELECT raw_id FROM raw WHERE record_id = $record_id ORDER BY seq;

-- name: marks_of_raw
-- about: Every mark these raw rows ever had, and how many of a stage's marks were released.
SELECT q.raw_id, q.stage, q.code, q.problem, q.next_step, q.recorded_at,
       EXISTS (SELECT 1 FROM open_quarantine o WHERE o.raw_id = q.raw_id AND o.seq = q.seq) AS open
FROM quarantine q WHERE q.raw_id IN (SELECT unnest(string_split($ids, chr(31)))) ORDER BY q.seq;
