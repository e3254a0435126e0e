-- The audit's rows, the checkpoints over them, and histories that were lost.

-- name: audit_rows
-- about: Every entry as stored, oldest first.
SELECT seq, prev_hash, hash, body FROM audit ORDER BY seq;

-- name: audit_bodies_since
-- about: The bodies of the entries after a number, oldest first.
SELECT body FROM audit WHERE seq > $size ORDER BY seq;

-- name: last_checkpoint
-- about: The newest checkpoint this ledger signed, with the audit's head as it stood then.
SELECT size, root, signed_at, last_hash, tree FROM checkpoints ORDER BY size DESC LIMIT 1;

-- name: last_note
-- about: The note of the newest checkpoint this ledger signed.
SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1;

-- name: handed_over_to
-- about: Whether an entry of the audit hands signing over to a key, by its public half in hex.
SELECT 1 AS found FROM audit WHERE contains(decode(body), 'key:signing:rotated') AND contains(decode(body), $key) LIMIT 1;

-- name: set_checkpoint
-- about: Note in the head how far the audit is signed, and since when.
UPDATE ledger_head SET checkpoint_size = $size, checkpoint_at = $signed_at;

-- name: adopted_checkpoints
-- about: Names of exported checkpoints whose loss a person accepted.
SELECT name FROM adoptions;

-- name: lost_time
-- about: Spans of business time of which this ledger remembers nothing, because a backup was restored.
SELECT DISTINCT lost_from, lost_until FROM adoptions ORDER BY lost_from, lost_until;

-- name: clear_read_only
-- about: The ledger may be written again.
UPDATE ledger_head SET read_only_why = NULL;

-- name: actions_maybe_sent
-- about: Open actions that nobody had claimed in the restored file, and that may have been sent while it was away.
SELECT action_id, state FROM open_actions
WHERE due_at <= $now AND state IN ('planned', 'cleared', 'delayed', 'awaiting_approval', 'blocked', 'not_sent')
ORDER BY action_id;

-- name: every_open_action
-- about: Ids and states of all open actions.
SELECT action_id, state FROM open_actions ORDER BY action_id;

-- name: known_attempts
-- about: Which of some attempts the ledger holds.
SELECT attempt_id FROM attempts WHERE attempt_id IN (SELECT unnest($ids::VARCHAR[]));
