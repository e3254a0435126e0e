-- What watching over sending asks: what has not reached its person, what was known too late, what is to be expected.

-- name: untold_open
-- about: Open actions about visits that are due and have not left the house, as far as they are for a person.
SELECT action_id, step, "row", subject_id, person_id, location_id, channel, state, due_at, expires_at, not_before, anchor_at, claimed_at
FROM open_actions WHERE subject_kind = 'visit' AND purpose <> 'internal' AND due_at <= $now
ORDER BY due_at, action_id;

-- name: untold_settled
-- about: What left the open table, or was reported on, after a number and has told nobody anything.
SELECT action_id, state FROM remembered
WHERE seq > $since
QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1 AND (
    state IN ('refused', 'abandoned', 'expired', 'dropped', 'bounced', 'rejected')
    OR (state = 'absorbed' AND carrier_state IN ('refused', 'abandoned', 'dropped', 'bounced', 'rejected'))
);

-- name: newest_remembered
-- about: The number of the newest thing remembered after a number; null when there is none.
SELECT max(seq) AS seq FROM remembered WHERE seq > $since;

-- name: closed_by_id
-- about: Some actions as they stood when they last left the open table.
SELECT action_id, step, "row", subject_kind, subject_id, person_id, location_id, channel, purpose, state, due_at, expires_at, anchor_at, claimed_at, message_id
FROM closed_actions WHERE action_id IN (SELECT unnest(string_split($ids, chr(31))))
QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1;

-- name: flags_of_persons
-- about: The marks of some persons.
SELECT person_id, flags FROM persons WHERE person_id IN (SELECT unnest(string_split($ids, chr(31))))
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY seq DESC) = 1;

-- name: open_tasks_of_kind
-- about: What somebody still has to do of one kind.
SELECT * FROM current_tasks WHERE kind = $kind AND closed_at IS NULL ORDER BY due_at, task_id;

-- name: visits_waiting
-- about: How many visits ahead have messages that still wait, up to an instant.
SELECT count(DISTINCT subject_id) AS visits FROM open_actions
WHERE subject_kind = 'visit' AND purpose <> 'internal' AND anchor_at > $now AND due_at < $until
  AND state IN ('planned', 'cleared', 'delayed', 'awaiting_approval', 'blocked', 'not_sent');

-- name: cleared_to_weigh
-- about: Cleared messages that count for what goes at once: no tasks, no confirmations, no answers to somebody's own question.
SELECT action_id, step, "row", subject_id, person_id, contact_point_id, location_id, channel, purpose, urgent, state, due_at, expires_at, planned_at, anchor_at
FROM open_actions WHERE state = 'cleared' AND purpose NOT IN ('internal', 'opt_out_confirmation', 'requested_reply')
ORDER BY priority, due_at, action_id;

-- name: planned_in
-- about: How many messages were planned for a span, whatever became of them.
SELECT count(DISTINCT action_id) AS messages FROM (
    SELECT action_id, purpose, due_at FROM closed_actions WHERE due_at >= $since AND due_at < $until
    UNION ALL SELECT action_id, purpose, due_at FROM open_actions WHERE due_at >= $since AND due_at < $until
) WHERE purpose NOT IN ('internal', 'opt_out_confirmation', 'requested_reply');

-- name: claimed_in
-- about: Messages that were claimed since an instant, as far as they count for what goes at once.
WITH lately AS MATERIALIZED (SELECT action_id FROM attempts WHERE claimed_at >= $since)
SELECT DISTINCT action_id FROM (
    SELECT action_id, purpose FROM closed_actions SEMI JOIN lately USING (action_id)
    UNION ALL SELECT action_id, purpose FROM open_actions SEMI JOIN lately USING (action_id)
) WHERE purpose NOT IN ('internal', 'opt_out_confirmation', 'requested_reply');

-- name: active_patients
-- about: How many people have a visit ahead or had one within the time in which a visit can still ask for something.
SELECT count(DISTINCT person_id) AS people FROM open_visits WHERE status NOT IN ('cancelled', 'rescheduled');

-- name: pauses_released_since
-- about: Pauses that somebody ended since an instant.
SELECT pause_id, scope, value, released_at, released_by FROM pauses
WHERE released_at >= $since
QUALIFY row_number() OVER (PARTITION BY pause_id ORDER BY seq DESC) = 1
ORDER BY released_at;

-- name: surges_between
-- about: Ticks that were held whole in a span.
SELECT surge_id, approval_id, actions, forecast, found_at FROM surges WHERE found_at >= $since AND found_at < $until ORDER BY found_at;

-- name: visits_changed_since
-- about: Open visits that were moved or cancelled, as we learned since an instant.
SELECT visit_id, seq, person_id, location_id, provider_id, start_at, status, change, changed_at FROM open_visits
WHERE recorded_at >= $since AND change IN ('moved', 'cancelled') ORDER BY changed_at, visit_id;

-- name: visits_before
-- about: Some visits as they stood before their newest version.
SELECT visit_id, location_id, provider_id, start_at FROM visit_versions
WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31))))
QUALIFY row_number() OVER (PARTITION BY visit_id ORDER BY seq DESC) = 2;

-- name: notices_of_visits
-- about: Notices of a move or a cancellation that have not been claimed.
SELECT action_id, step, "row", subject_id, person_id, location_id, channel, state, due_at, expires_at, anchor_at
FROM open_actions
WHERE subject_id IN (SELECT unnest(string_split($ids, chr(31)))) AND "row" IN ('2.7', '2.8') AND purpose <> 'internal'
  AND state IN ('planned', 'cleared', 'delayed')
ORDER BY due_at, action_id;

-- name: visits_in_span
-- about: Visits of one location that are to take place in a span.
SELECT visit_id, person_id, start_at FROM open_visits
WHERE location_id = $location_id AND start_at >= $since AND start_at < $until AND status IN ('booked', 'confirmed', 'requested')
ORDER BY start_at, visit_id;

-- name: reminders_of_visits
-- about: Messages about what is to come of some visits that have not been claimed and are due by an instant.
SELECT action_id, step, "row", subject_id, person_id, location_id, channel, state, due_at, expires_at, anchor_at
FROM open_actions
WHERE subject_id IN (SELECT unnest(string_split($ids, chr(31)))) AND purpose <> 'internal' AND due_at <= $now
  AND state IN ('planned', 'cleared', 'delayed') AND (starts_with("row", '3.') OR "row" IN ('2.3', '2.4', '4.1', '4.2'))
ORDER BY due_at, action_id;

-- name: late_opt_outs
-- about: Messages that left after somebody had taken their permission back and before we knew, for revocations after a number.
WITH fresh AS MATERIALIZED (
    SELECT seq, contact_point_id, person_id, scope, effective_at, recorded_at FROM suppressions
    WHERE seq > $since AND NOT lifted AND NOT provisional AND effective_at < recorded_at
), sent AS MATERIALIZED (
    SELECT t.attempt_id, t.action_id, t.person_id, t.claimed_at, f.scope, f.effective_at, f.recorded_at
    FROM attempts t JOIN fresh f ON f.contact_point_id = t.contact_point_id AND (f.person_id IS NULL OR f.person_id = t.person_id)
    WHERE t.claimed_at > f.effective_at AND t.claimed_at <= f.recorded_at
)
SELECT DISTINCT s.attempt_id, s.action_id, a.subject_id, a.purpose, a.location_id, s.person_id, s.claimed_at AS sent_at, s.scope, s.effective_at AS fact_at, s.recorded_at AS known_at
FROM sent s
JOIN (
    SELECT action_id, subject_id, purpose, location_id FROM closed_actions WHERE action_id IN (SELECT action_id FROM sent)
    UNION SELECT action_id, subject_id, purpose, location_id FROM open_actions WHERE action_id IN (SELECT action_id FROM sent)
) a ON a.action_id = s.action_id
LEFT JOIN attempt_outcomes o ON o.attempt_id = s.attempt_id AND o.outcome IN ('not_sent', 'refused')
WHERE o.attempt_id IS NULL ORDER BY s.claimed_at, s.attempt_id;

-- name: late_changes
-- about: Messages that named a time which was not the visit's any more and left before we knew, for versions of visits after a number.
WITH fresh AS MATERIALIZED (
    SELECT seq, visit_id, person_id, start_at, status, change, changed_at, recorded_at FROM visit_versions
    WHERE seq > $since AND change IN ('moved', 'cancelled') AND changed_at < recorded_at
), about AS MATERIALIZED (
    SELECT action_id, attempt_id, subject_id, location_id, anchor_at FROM closed_actions
    WHERE subject_id IN (SELECT visit_id FROM fresh) AND attempt_id IS NOT NULL AND (facts ->> '$.tells') = 'time'
    UNION SELECT action_id, attempt_id, subject_id, location_id, anchor_at FROM open_actions
    WHERE subject_id IN (SELECT visit_id FROM fresh) AND attempt_id IS NOT NULL AND (facts ->> '$.tells') = 'time'
)
SELECT DISTINCT t.attempt_id, a.action_id, a.subject_id, a.location_id, f.person_id, f.change, t.claimed_at AS sent_at, f.changed_at AS fact_at, f.recorded_at AS known_at
FROM fresh f JOIN about a ON a.subject_id = f.visit_id
JOIN attempts t ON t.attempt_id = a.attempt_id AND t.claimed_at > f.changed_at AND t.claimed_at <= f.recorded_at
LEFT JOIN attempt_outcomes o ON o.attempt_id = t.attempt_id AND o.outcome IN ('not_sent', 'refused')
WHERE o.attempt_id IS NULL AND (f.change = 'cancelled' OR a.anchor_at <> f.start_at)
ORDER BY t.claimed_at, t.attempt_id;

-- name: late_agreements
-- about: What left through one vendor's products after an instant.
SELECT t.attempt_id, t.action_id, t.person_id, t.product, t.claimed_at AS sent_at
FROM attempts t LEFT JOIN attempt_outcomes o ON o.attempt_id = t.attempt_id AND o.outcome IN ('not_sent', 'refused')
WHERE t.vendor = $vendor AND t.claimed_at >= $since AND o.attempt_id IS NULL ORDER BY t.claimed_at, t.attempt_id;

-- name: known_late_truths
-- about: Which of some attempts are known to have been wrong, and why.
SELECT DISTINCT attempt_id, kind FROM late_truths WHERE attempt_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: newest_of_truths
-- about: The newest number of any revocation and of any version of a visit.
SELECT greatest(coalesce((SELECT max(seq) FROM suppressions), 0), coalesce((SELECT max(seq) FROM visit_versions), 0)) AS seq;

-- name: late_truths_between
-- about: What went in a span and should not have, by kind, with how much later than the fact it went.
SELECT kind, count(*) AS messages, median(epoch(sent_at - fact_at)) AS lag_seconds, max(epoch(known_at - fact_at)) AS longest_unknown_seconds
FROM late_truths WHERE sent_at >= $since AND sent_at < $until GROUP BY kind ORDER BY kind;

-- name: tasks_between
-- about: Tasks of one kind that were opened in a span, and how many of these are closed, by what closed them.
SELECT coalesce(closed_by, 'open') AS closed_by, count(*) AS tasks FROM current_tasks
WHERE kind = $kind AND opened_at >= $since AND opened_at < $until GROUP BY ALL ORDER BY ALL;

-- name: open_actions_due_after
-- about: What is written down to be said from an instant on.
SELECT * FROM open_actions WHERE due_at >= $since ORDER BY due_at, action_id;

-- name: delays_lately
-- about: Delays of one provider on one day that were announced since an instant.
SELECT delay_id, minutes, announced_at FROM delays WHERE provider_id = $provider_id AND day = $day AND announced_at >= $since ORDER BY seq;

-- name: persons_named
-- about: The persons an id or the last four digits of a phone may mean.
SELECT DISTINCT p.person_id FROM current_persons p LEFT JOIN current_person_contacts l USING (person_id)
LEFT JOIN current_contact_points c ON c.contact_point_id = l.contact_point_id
WHERE p.person_id = $named OR (length($named) = 4 AND c.kind = 'phone' AND ends_with(c.value, $named)) ORDER BY p.person_id;

-- name: visits_named
-- about: The open visits an id of ours or of the booking tool may mean.
SELECT v.visit_id, v.person_id FROM open_visits v
WHERE v.visit_id = $named OR v.visit_id IN (SELECT r.visit_id FROM visit_records r JOIN latest_versions x USING (record_id) WHERE x.vendor_id = $named)
ORDER BY v.visit_id;

-- name: cleared_overdue
-- about: How many cleared messages were due before an instant: what an outage has left behind.
SELECT count(*) AS messages FROM open_actions
WHERE state = 'cleared' AND due_at < $before AND purpose NOT IN ('internal', 'opt_out_confirmation', 'requested_reply');

-- name: reached_by_row
-- about: Whom the messages of one row have reached since an instant, with what became of each.
WITH mine AS MATERIALIZED (
    SELECT action_id, attempt_id, person_id, contact_point_id, state, claimed_at FROM closed_actions
    WHERE "row" = $row AND claimed_at >= $since AND attempt_id IS NOT NULL AND purpose NOT IN ('internal', 'requested_reply')
), last AS (
    SELECT action_id, after FROM transitions WHERE action_id IN (SELECT action_id FROM mine)
    QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1
)
SELECT DISTINCT m.action_id, m.person_id, m.contact_point_id, l.after AS state, m.claimed_at FROM mine m JOIN last l USING (action_id)
ORDER BY m.claimed_at, m.action_id;

-- name: stops_on_contacts
-- about: Which of some contact points have taken their permission back since an instant.
SELECT DISTINCT contact_point_id, effective_at FROM suppressions
WHERE contact_point_id IN (SELECT unnest(string_split($ids, chr(31)))) AND effective_at >= $since AND NOT lifted;

-- name: red_flags_on_contacts
-- about: Which of some contact points have written of a possible complication since an instant.
SELECT DISTINCT contact_point_id, received_at FROM replies
WHERE contact_point_id IN (SELECT unnest(string_split($ids, chr(31)))) AND received_at >= $since AND intent = 'red_flag';

-- name: rules_made_wait
-- about: Until when the policy has made some actions wait.
SELECT action_id, max(until) AS until FROM verdicts
WHERE action_id IN (SELECT unnest(string_split($ids, chr(31)))) AND until IS NOT NULL GROUP BY action_id;

-- name: phones_told_late
-- about: Which of some contact points were sent something since an instant that had been due two hours before, or may have been, and when last.
WITH lately AS MATERIALIZED (
    SELECT t.attempt_id, t.action_id, t.contact_point_id, t.claimed_at FROM attempts t
    LEFT JOIN attempt_outcomes o ON o.attempt_id = t.attempt_id AND o.outcome IN ('not_sent', 'refused')
    WHERE t.contact_point_id IN (SELECT unnest(string_split($ids, chr(31)))) AND t.claimed_at >= $since AND o.attempt_id IS NULL
)
SELECT l.contact_point_id, max(l.claimed_at) AS told_at FROM lately l JOIN (
    SELECT action_id, due_at, purpose FROM closed_actions WHERE action_id IN (SELECT action_id FROM lately)
    UNION ALL SELECT action_id, due_at, purpose FROM open_actions WHERE action_id IN (SELECT action_id FROM lately)
) a USING (action_id)
WHERE l.claimed_at - a.due_at >= INTERVAL 2 HOUR AND a.purpose NOT IN ('internal', 'opt_out_confirmation', 'requested_reply')
GROUP BY l.contact_point_id;
