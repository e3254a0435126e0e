-- What is known about the subjects that a plan must look at. The subjects themselves come from ledger/planning.py.

-- name: visits_to_plan
-- about: The open visits among some subjects.
SELECT visit_id, seq, person_id, location_id, provider_id, kind, status, start_at, end_at, booked_at, booked_vendor_time,
       booked_by, changed_at, moved_at, walk_in, recorded_at, service_id, completion
FROM open_visits WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: visits_of_persons
-- about: The open visits of some persons that start in a span: siblings on a shared phone (R5).
SELECT visit_id FROM open_visits
WHERE person_id IN (SELECT unnest(string_split($persons, chr(31)))) AND start_at >= $since AND start_at < $until;

-- name: inquiries_to_plan
-- about: The newest row of some inquiries; a phone only if it takes texts (R27); whether it says something, and whether one we knew before is, or will be, answered on its phone or mail address (R4).
WITH chosen AS (
    SELECT *, min(seq) OVER (PARTITION BY inquiry_id) AS first_seq
    FROM inquiries WHERE inquiry_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1
),
others AS (
    SELECT DISTINCT i.inquiry_id, o.inquiry_id AS other_id, o.phone_id = i.phone_id AS by_phone, o.email_id = i.email_id AS by_email
    FROM chosen i JOIN inquiries o
      ON (o.phone_id = i.phone_id OR o.email_id = i.email_id) AND o.seq < i.first_seq AND o.inquiry_id <> i.inquiry_id
    WHERE o.received_at BETWEEN i.received_at - INTERVAL 24 HOUR AND i.received_at + INTERVAL 24 HOUR
),
done AS (
    SELECT subject_id, channel, purpose FROM (
        SELECT subject_id, channel, purpose, state FROM open_actions UNION ALL SELECT subject_id, channel, purpose, state FROM closed_actions
    )
    WHERE (subject_id IN (SELECT other_id FROM others) OR subject_id IN (SELECT same_as FROM chosen))
      AND state NOT IN ('blocked', 'cancelled', 'expired', 'dropped', 'refused', 'abandoned', 'rejected', 'bounced')
),
answers AS (SELECT DISTINCT subject_id, channel FROM done WHERE purpose = 'requested_reply'),
firsts AS (SELECT subject_id, bool_or(purpose = 'requested_reply') AS answered FROM done GROUP BY subject_id),
earlier AS (
    SELECT o.inquiry_id, bool_or(o.by_phone AND a.channel = 'sms') AS phone_answered, bool_or(o.by_email AND a.channel = 'email') AS email_answered
    FROM others o JOIN answers a ON a.subject_id = o.other_id GROUP BY o.inquiry_id
)
SELECT i.inquiry_id, i.seq, i.person_id, i.location_id, i.source, i.received_at, i.vendor_time, i.email_id, i.thread_id, i.connection_id, i.suspected_spam,
       CASE WHEN p.textable IS DISTINCT FROM FALSE THEN i.phone_id END AS phone_id,
       w.interested_at, (
           SELECT min(r.received_at) FROM replies r
           WHERE r.contact_point_id IN (i.phone_id, i.email_id, i.thread_id) AND r.received_at > i.received_at AND r.intent <> 'tapback'
       ) AS replied_at,
       i.same_as, i.called_at, i.booked_at, i.closed, i.recorded_at, e.phone_answered, e.email_answered,
       f.subject_id IS NOT NULL AS first_cared_for, f.answered AS first_answered,
       coalesce(v.body ->> '$.message', '') <> '' AS worded
FROM chosen i LEFT JOIN earlier e USING (inquiry_id) LEFT JOIN firsts f ON f.subject_id = i.same_as LEFT JOIN versions v ON v.version_id = i.version_id
LEFT JOIN current_contact_points p ON p.contact_point_id = i.phone_id LEFT JOIN current_interests w ON w.inquiry_id = i.inquiry_id;

-- name: around_visits
-- about: What stands around some open visits: forms, money, answers, delays, and the person's other visits.
WITH chosen AS (SELECT * FROM open_visits WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31))))),
others AS (
    SELECT c.visit_id,
           coalesce(bool_or(o.start_at > c.start_at AND o.status NOT IN ('cancelled', 'no_show', 'rescheduled', 'unknown', 'requested')), false) AS later_visit,
           coalesce(arg_max(o.status = 'no_show', o.start_at) FILTER (o.start_at < c.start_at), false) AS missed_before,
           count(*) FILTER (o.start_at <= c.start_at AND o.service_id IS NOT DISTINCT FROM c.service_id AND coalesce(o.completion, 'none') <> 'none'
                            AND o.status NOT IN ('cancelled', 'no_show')) AS sessions_done
    FROM chosen c JOIN open_visits o ON o.person_id = c.person_id GROUP BY c.visit_id
),
forms AS (     -- one that came back counts, whatever became of others
    SELECT visit_id, CASE WHEN bool_or(status = 'completed') THEN 'completed' ELSE arg_max(status, seq) END AS intake
    FROM current_intakes WHERE visit_id IN (SELECT visit_id FROM chosen) GROUP BY visit_id
),
money AS (     -- money that is held counts, whatever became of other tries
    SELECT visit_id, CASE WHEN bool_or(status = 'paid') THEN 'paid' WHEN bool_or(status = 'waived') THEN 'waived'
                          WHEN bool_or(status = 'kept') THEN 'kept' ELSE arg_max(status, seq) END AS deposit
    FROM current_payments WHERE deposit AND visit_id IN (SELECT visit_id FROM chosen) GROUP BY visit_id
),
late AS (
    SELECT c.visit_id, arg_max(d.minutes, d.seq) AS delay_minutes, max(d.announced_at) AS delayed_at
    FROM chosen c JOIN delays d ON d.provider_id = c.provider_id AND (d.location_id IS NULL OR c.location_id IS NULL OR d.location_id = c.location_id)
    WHERE c.start_at > d.announced_at AND c.start_at < d.announced_at + INTERVAL 16 HOUR AND (d.minutes > 0)
    GROUP BY c.visit_id
)
SELECT c.visit_id, o.later_visit, o.missed_before, o.sessions_done, f.intake, m.deposit, y.start_at AS confirmed_start, a.score,
       a.answered_at AS scored_at, l.delay_minutes, l.delayed_at
FROM chosen c JOIN others o USING (visit_id) LEFT JOIN forms f USING (visit_id) LEFT JOIN money m USING (visit_id)
LEFT JOIN current_confirmations y USING (visit_id) LEFT JOIN current_survey_answers a USING (visit_id) LEFT JOIN late l USING (visit_id);

-- name: visits_with_known_providers
-- about: Of some open visits ahead, those whose person was treated by that provider before (row 3.4).
SELECT DISTINCT c.visit_id FROM open_visits c JOIN visit_versions v
  ON v.person_id = c.person_id AND v.provider_id = c.provider_id AND v.visit_id <> c.visit_id AND v.start_at < c.start_at
WHERE c.visit_id IN (SELECT unnest(string_split($ids, chr(31)))) AND coalesce(v.completion, 'none') <> 'none';

-- name: asked_of_persons
-- about: When some persons were last asked the question, and last got a review link (R54).
SELECT person_id, max(asked_at) FILTER ("row" = '6.1') AS surveyed_at, max(asked_at) FILTER ("row" = '6.2') AS invited_at
FROM asked WHERE person_id IN (SELECT unnest(string_split($persons, chr(31)))) GROUP BY person_id;

-- name: written_consents_on
-- about: What was agreed to in writing, or by its own authorization, on some contact points and not taken back.
SELECT contact_point_id, category FROM current_consents
WHERE contact_point_id IN (SELECT unnest(string_split($contacts, chr(31)))) AND granted
  AND ((category = 'marketing' AND kind = 'written') OR category = 'photo');

-- name: attended_persons
-- about: When somebody had something of some persons open that delays a review request: a complaint, or a clinical question (R54).
SELECT person_id, opened_at, closed_at FROM current_tasks
WHERE person_id IN (SELECT unnest(string_split($persons, chr(31)))) AND kind IN ('red_flag', 'low_score', 'reply')
ORDER BY person_id, opened_at;

-- name: persons_to_plan
-- about: Zone, marks, age and guardian of some persons.
SELECT person_id, zone, flags, birth_date, tags, guardian_contact_point_id FROM persons WHERE person_id IN (SELECT unnest(string_split($persons, chr(31))))
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY seq DESC) = 1;

-- name: contacts_to_plan
-- about: The contact points of some persons that are still theirs, best first.
SELECT person_id, contact_point_id FROM (
    SELECT * FROM person_contacts WHERE person_id IN (SELECT unnest(string_split($persons, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY person_id, contact_point_id ORDER BY seq DESC) = 1
) c
WHERE NOT coalesce(ended, false) AND NOT EXISTS (      -- a number that belongs to somebody else is nobody's way (R26)
    SELECT 1 FROM current_suppressions s
    WHERE s.contact_point_id = c.contact_point_id AND s.person_id = c.person_id AND s.scope = 'person_on_phone'
)
ORDER BY person_id, rank NULLS LAST, contact_point_id;

-- name: replies_to_plan
-- about: Some replies.
SELECT r.reply_id AS id, r.seq, r.intent, r.contact_point_id, r.received_at, r.person_id, r.location_id, (
           SELECT max(b.received_at) FROM replies b
           WHERE b.contact_point_id = r.contact_point_id AND b.intent = 'human' AND b.received_at < r.received_at
       ) AS before_at, (SELECT count(*) FROM confirmations y WHERE y.reply_id = r.reply_id) AS confirms,
       r.channel, (SELECT v.connection_id FROM versions v WHERE v.version_id = r.version_id LIMIT 1) AS heard_by,
       (SELECT p.kind FROM contact_points p WHERE p.contact_point_id = r.contact_point_id LIMIT 1) AS kind
FROM replies r WHERE r.reply_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: suppressions_to_plan
-- about: Some revocations, with whether the person said it in a message to us, and to which location.
SELECT s.suppression_id AS id, s.seq, s.contact_point_id, s.effective_at, r.intent IS NOT DISTINCT FROM 'stop' AS told_us,
       NULL AS connection_id, r.person_id, r.location_id, r.channel,
       (SELECT v.connection_id FROM versions v WHERE v.version_id = r.version_id LIMIT 1) AS heard_by,
       (SELECT p.kind FROM contact_points p WHERE p.contact_point_id = s.contact_point_id LIMIT 1) AS kind
FROM suppressions s LEFT JOIN replies r ON r.raw_id = s.raw_id AND r.contact_point_id = s.contact_point_id
WHERE s.suppression_id IN (SELECT unnest(string_split($ids, chr(31)))) AND NOT s.lifted;

-- name: copies_to_plan
-- about: Some opt-outs on their way to other tools.
SELECT copy_id AS id, seq, contact_point_id, effective_at, false AS told_us, connection_id, NULL AS person_id, NULL AS location_id,
       NULL AS channel, NULL AS heard_by, NULL AS kind
FROM opt_out_copies WHERE copy_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: tasks_to_plan
-- about: Some tasks as they stand.
SELECT task_id AS id, seq, kind, opened_at, due_at, expires_at, urgent, closed_at, person_id, location_id
FROM tasks WHERE task_id IN (SELECT unnest(string_split($ids, chr(31))))
QUALIFY row_number() OVER (PARTITION BY task_id ORDER BY seq DESC) = 1;

-- name: sharers_to_plan
-- about: Everybody who can be reached on some contact points.
SELECT DISTINCT person_id FROM (
    SELECT * FROM person_contacts WHERE contact_point_id IN (SELECT unnest(string_split($contacts, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY person_id, contact_point_id ORDER BY seq DESC) = 1
) WHERE NOT coalesce(ended, false);

-- name: kinds_of_contacts
-- about: What sort some contact points are, and whether they take texts.
SELECT contact_point_id, kind, textable FROM contact_points WHERE contact_point_id IN (SELECT unnest(string_split($contacts, chr(31))))
QUALIFY row_number() OVER (PARTITION BY contact_point_id ORDER BY seq DESC) = 1;

-- name: subjects_on_contacts
-- about: Subjects with an open action on some contact points: what may be said in the same minute (R6).
SELECT DISTINCT subject_id FROM open_actions
WHERE contact_point_id IN (SELECT unnest(string_split($contacts, chr(31)))) AND state IN ('planned', 'cleared', 'delayed', 'awaiting_approval', 'blocked', 'not_sent');

-- name: open_actions_of_subjects
-- about: Every open action of some subjects.
SELECT * FROM open_actions WHERE subject_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: remembered_of_subjects
-- about: What is remembered of some subjects, with where the message stands that absorbed an action.
SELECT r.* REPLACE (coalesce(o.state, r.carrier_state) AS carrier_state, coalesce(o.claimed_at, r.told_at) AS told_at)
FROM (
    SELECT * FROM remembered WHERE subject_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1
) r
LEFT JOIN open_actions o ON o.action_id = r.absorbed_by
ANTI JOIN open_actions again ON again.action_id = r.action_id
ORDER BY r.seq;

-- name: held_of_run
-- about: What the plan of one run held back, by rule and row.
SELECT rule, "row", held FROM held_in_plan WHERE run_id = $run_id ORDER BY rule, "row";
