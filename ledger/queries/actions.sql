-- Actions on their way: the open table, what left it, and what must be remembered of it.

-- name: open_actions_by_id
-- about: Some open actions, as they stand.
SELECT * FROM open_actions WHERE action_id IN (SELECT unnest($ids));

-- name: take_open_actions
-- about: Take some actions out of the open table: they left it, or are put back changed in the same transaction.
DELETE FROM open_actions WHERE action_id IN (SELECT unnest($ids));

-- name: remembered_by_id
-- about: The newest that is remembered of some actions that left the open table.
SELECT * FROM remembered WHERE action_id IN (SELECT unnest($ids))
QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1;

-- name: remembered_absorbed
-- about: Actions that some carriers absorbed, as remembered.
SELECT * FROM remembered
QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1 AND absorbed_by IN (SELECT unnest($ids));

-- name: last_states
-- about: The state some actions last reached, by the growing table: for actions that are neither open nor remembered.
SELECT action_id, after FROM transitions WHERE action_id IN (SELECT unnest($ids))
QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1;

-- name: count_open_actions
-- about: How many actions are open, by state.
SELECT state, count(*) AS actions FROM open_actions GROUP BY state ORDER BY state;

-- name: flow_of_actions
-- about: How many actions went each way since a number: the terms of conservation.
SELECT before, after, count(*) AS actions FROM transitions WHERE seq > $since GROUP BY before, after ORDER BY before, after;

-- name: transitions_of_action
-- about: Every state an action went through, oldest first.
SELECT seq, before, after, reason, refs, run_id, happened_at FROM transitions WHERE action_id = $action_id ORDER BY seq;

-- name: told_of_visit
-- about: Every message that told, or may have told, the time of one visit, oldest first.
SELECT * FROM told WHERE visit_id = $visit_id ORDER BY told_at, action_id;

-- name: forgettable
-- about: How many subjects can ask for nothing any more and have been quiet since an instant.
SELECT count(*) AS subjects FROM (SELECT subject_id FROM remembered GROUP BY subject_id HAVING max(closed_at) < $before) q
ANTI JOIN open_visits v ON v.visit_id = q.subject_id
ANTI JOIN open_actions a ON a.subject_id = q.subject_id;

-- name: forget
-- about: Forget such subjects, each wholly; the growing tables keep what was said.
DELETE FROM remembered WHERE subject_id IN (
    SELECT q.subject_id FROM (SELECT subject_id FROM remembered GROUP BY subject_id HAVING max(closed_at) < $before) q
    ANTI JOIN open_visits v ON v.visit_id = q.subject_id
    ANTI JOIN open_actions a ON a.subject_id = q.subject_id
);

-- name: returned_visits
-- about: Visits that changed after a number and have a past, but of which nothing is remembered.
SELECT v.visit_id FROM open_visits v ANTI JOIN remembered r ON r.subject_id = v.visit_id
WHERE v.seq > $since AND v.ordinal > 1;

-- name: recall
-- about: Remember again what the growing tables say about visits that came back.
INSERT INTO remembered (seq, subject_id, action_id, step, occurrence, state, anchor_at, tells, told_at, location_id, provider_id, absorbed_by, carrier_state, closed_at)
SELECT a.seq, a.subject_id, a.action_id, a.step, a.occurrence, a.state, a.anchor_at,
       coalesce(a.facts ->> '$.tells', ''), CASE WHEN coalesce(c.state, a.state) IN ('sent', 'abandoned') THEN coalesce(c.claimed_at, a.claimed_at) END,
       a.location_id, a.facts ->> '$.provider', a.absorbed_by, c.state, a.updated_at
FROM closed_actions a
LEFT JOIN closed_actions c ON c.action_id = a.absorbed_by AND c.message_id = a.message_id
WHERE a.subject_id IN (SELECT unnest($ids))
QUALIFY row_number() OVER (PARTITION BY a.action_id ORDER BY a.seq DESC, c.seq DESC) = 1;
