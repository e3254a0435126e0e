-- What the clockwork asks before and after a run: is there work, how does a practice stand, is anything wrong.

-- name: kept_settings
-- about: The hashes of everything of some kinds that ever decided something here.
SELECT DISTINCT kind, hash FROM configuration WHERE kind IN (SELECT unnest($kinds));

-- name: due_by_now
-- about: How many open actions are to be asked about now, and how many attempts have no outcome.
SELECT (SELECT count(*) FROM open_actions WHERE due_at <= $now AND coalesce(not_before, due_at) <= $now AND state NOT IN ('claimed', 'ambiguous')) AS due,
       (SELECT count(*) FROM open_attempts) AS unanswered;

-- name: next_due
-- about: The next instant at which an open action is to be asked about, or a question to a person runs out; null when nothing is open.
SELECT least((SELECT min(greatest(due_at, coalesce(not_before, due_at))) FROM open_actions WHERE greatest(due_at, coalesce(not_before, due_at)) > $now),
             (SELECT min(expires_at) FROM current_approvals WHERE decided IS NULL AND expires_at > $now)) AS at;

-- name: doubts_older_than
-- about: Attempts whose outcome has been unknown since before an instant, oldest first.
SELECT attempt_id, action_id, vendor, ambiguous_since FROM open_attempts WHERE ambiguous_since < $before ORDER BY ambiguous_since, attempt_id;

-- name: raw_by_stream
-- about: How many raw rows each stream has, and how many of them are set aside now.
SELECT r.connection_id, r.stream, r.raw, coalesce(q.aside, 0) AS aside
FROM (SELECT connection_id, stream, count(*) AS raw FROM raw GROUP BY connection_id, stream) r
LEFT JOIN (SELECT connection_id, stream, count(DISTINCT raw_id) AS aside FROM open_quarantine GROUP BY connection_id, stream) q
    ON q.connection_id = r.connection_id AND q.stream = r.stream
ORDER BY r.connection_id, r.stream;

-- name: count_set_aside
-- about: How many raw rows are set aside now.
SELECT count(*) AS aside FROM open_quarantine;

-- name: held_by_reason
-- about: Open actions that are held, by state and by the reason that was given last.
SELECT o.state, t.reason, count(*) AS actions
FROM open_actions o
JOIN (SELECT action_id, reason FROM transitions WHERE action_id IN (SELECT action_id FROM open_actions WHERE state IN ('delayed', 'awaiting_approval', 'blocked'))
      QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1) t ON t.action_id = o.action_id
WHERE o.state IN ('delayed', 'awaiting_approval', 'blocked') GROUP BY o.state, t.reason ORDER BY actions DESC, o.state, t.reason;
