-- What waits for a yes, and what was answered (R50). The newest row of an approval counts; its first one says who asked.

-- name: undecided_approvals
-- about: What nobody has decided yet, oldest first, with who asked for it.
SELECT c.*, a.asked_by FROM current_approvals c
JOIN (SELECT approval_id, arg_min(decided_by, seq) AS asked_by FROM approvals GROUP BY approval_id) a USING (approval_id)
WHERE c.decided IS NULL ORDER BY c.asked_at, c.approval_id;

-- name: approval_by_id
-- about: One approval as it stands, with who asked for it.
SELECT c.*, a.asked_by FROM current_approvals c
JOIN (SELECT approval_id, arg_min(decided_by, seq) AS asked_by FROM approvals GROUP BY approval_id) a USING (approval_id)
WHERE c.approval_id = $approval_id;

-- name: approvals_between
-- about: Approvals asked for in a span, by rule and what became of them.
SELECT rule, coalesce(decided, 'undecided') AS decided, count(*) AS approvals, max(decided_at - asked_at) AS longest
FROM current_approvals WHERE asked_at >= $since AND asked_at < $until GROUP BY ALL ORDER BY ALL;

-- name: approved_for_actions
-- about: Under which rules some actions were approved, and by whom, oldest first.
SELECT action_id, rule, decided_by FROM (
    SELECT seq, rule, decided_by, unnest(json_extract_string(action_ids, '$[*]')) AS action_id FROM current_approvals WHERE decided = 'approved'
) WHERE action_id IN (SELECT unnest(string_split($ids, chr(31)))) ORDER BY seq;

-- name: waiting_for_approval
-- about: Actions that somebody has been asked about and nobody has decided.
SELECT unnest(json_extract_string(action_ids, '$[*]')) AS action_id, approval_id, rule FROM current_approvals WHERE decided IS NULL;

-- name: awaiting_approval
-- about: Open actions that wait for a yes, with the code that decided them and the verdict that says why.
SELECT a.*, t.reason FROM open_actions a JOIN (
    SELECT action_id, reason FROM transitions WHERE action_id IN (SELECT action_id FROM open_actions WHERE state = 'awaiting_approval')
    QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1
) t USING (action_id)
WHERE a.state = 'awaiting_approval' ORDER BY a.priority, a.due_at, a.action_id;

-- name: approvals_of_rule
-- about: Approvals of one rule that were given, newest first.
SELECT * FROM current_approvals WHERE rule = $rule AND decided = 'approved' ORDER BY seq DESC;
