-- Forms and money: what the paperwork stage reads, and what others ask about them (rows 2.1, 2.3, 2.4).

-- name: new_papers
-- about: Versions of forms and payments after a number, oldest first, at most so many.
SELECT seq, version_id, record_id, kind, connection_id, raw_id, body, deleted, effective_at, recorded_at
FROM versions
WHERE seq > $since AND seq <= $until AND kind IN ('intake', 'payment') AND body IS NOT NULL
ORDER BY seq LIMIT $most;

-- name: any_papers
-- about: Whether there is any form or payment yet.
SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM intakes) OR EXISTS (SELECT 1 FROM payments);

-- name: newest_move
-- about: The newest change after a number of who is who, of which visit an appointment is, or of a visit; null when there is none.
SELECT max(seq) AS seq FROM (
    SELECT max(seq) AS seq FROM person_links WHERE seq > $since
    UNION ALL SELECT max(seq) FROM visit_records WHERE seq > $since
    UNION ALL SELECT max(seq) FROM visit_versions WHERE seq > $since
);

-- name: moves_after
-- about: What changed after a number, oldest first, at most so many: records of persons, records of appointments, visits.
SELECT seq, what, id FROM (
    SELECT seq, 'person' AS what, record_id AS id FROM person_links WHERE seq > $since AND seq <= $until
    UNION ALL SELECT seq, 'appointment', record_id FROM visit_records WHERE seq > $since AND seq <= $until
    UNION ALL SELECT seq, 'visit', visit_id FROM visit_versions WHERE seq > $since AND seq <= $until
) ORDER BY seq LIMIT $most;

-- name: papers_concerned
-- about: Forms and payments as they last came that name one of some persons or appointments, or belong to whoever has one of some visits and name no appointment.
WITH papers AS (
    SELECT version_id, person_id FROM current_intakes UNION ALL SELECT version_id, person_id FROM current_payments
),
known AS (SELECT DISTINCT vendor_id FROM person_records WHERE record_id IN (SELECT unnest(string_split($persons, chr(31))))),
placed AS (SELECT DISTINCT vendor_id FROM appointment_records WHERE record_id IN (SELECT unnest(string_split($appointments, chr(31))))),
theirs AS (SELECT DISTINCT person_id FROM visit_versions WHERE visit_id IN (SELECT unnest(string_split($visits, chr(31))))),
said AS (
    SELECT p.person_id AS whose, v.seq, v.version_id, v.record_id, v.kind, v.connection_id, v.raw_id, v.body, v.deleted, v.effective_at,
           v.recorded_at, v.body ->> '$.person_vendor_id' AS patient, coalesce(v.body ->> '$.appointment_vendor_id', '') AS appointment
    FROM papers p JOIN versions v USING (version_id) WHERE v.kind IN ('intake', 'payment') AND v.body IS NOT NULL
)
SELECT seq, version_id, record_id, kind, connection_id, raw_id, body, deleted, effective_at, recorded_at FROM said
WHERE patient IN (SELECT vendor_id FROM known) OR appointment IN (SELECT vendor_id FROM placed)
   OR (appointment = '' AND whose IN (SELECT person_id FROM theirs))
ORDER BY seq;

-- name: visits_of_appointments
-- about: The visits that some of the vendors' appointments are, with whose they are.
SELECT a.connection_id, a.vendor_id, a.visit_id, a.person_key FROM appointment_records a
WHERE a.vendor_id IN (SELECT unnest(string_split($ids, chr(31)))) AND a.tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY a.record_id ORDER BY a.seq DESC) = 1;

-- name: visits_of_references
-- about: The visits that some of our own references lead to: the visit's id, or that of an action about it.
SELECT DISTINCT visit_id AS reference, visit_id FROM visit_versions WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31))))
UNION
SELECT action_id, subject_id FROM open_actions
WHERE subject_kind = 'visit' AND action_id IN (SELECT unnest(string_split($ids, chr(31))))
UNION
SELECT action_id, subject_id FROM closed_actions
WHERE subject_kind = 'visit' AND action_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: visits_ahead
-- about: Open visits of some persons that are expected, earliest first.
SELECT visit_id, person_id, start_at FROM open_visits
WHERE person_id IN (SELECT unnest(string_split($ids, chr(31)))) AND status IN ('requested', 'booked', 'confirmed', 'arrived', 'in_progress')
ORDER BY start_at, visit_id;

-- name: intakes_standing
-- about: Some forms as they stand, with when their tool says that this came about.
WITH chosen AS MATERIALIZED (
    SELECT * FROM intakes WHERE intake_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY intake_id ORDER BY seq DESC) = 1
),
said AS MATERIALIZED (SELECT version_id, effective_at FROM versions WHERE version_id IN (SELECT version_id FROM chosen))
SELECT c.intake_id AS paper_id, c.* EXCLUDE (seq), coalesce(s.effective_at, c.completed_at) AS said_at
FROM chosen c LEFT JOIN said s USING (version_id);

-- name: payments_standing
-- about: Some payments as they stand, with when their tool says that this came about.
WITH chosen AS MATERIALIZED (
    SELECT * FROM payments WHERE payment_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY payment_id ORDER BY seq DESC) = 1
),
said AS MATERIALIZED (
    SELECT version_id, coalesce(effective_at, (body ->> '$.at')::TIMESTAMPTZ) AS said_at
    FROM versions WHERE version_id IN (SELECT version_id FROM chosen)
)
SELECT c.payment_id AS paper_id, c.* EXCLUDE (seq), coalesce(s.said_at, c.paid_at) AS said_at
FROM chosen c LEFT JOIN said s USING (version_id);

-- name: intakes_of_visits
-- about: Where the forms of some visits stand: one that came back counts for all of them.
SELECT visit_id, arg_max(status, CASE status WHEN 'completed' THEN 3 WHEN 'opened' THEN 2 ELSE 1 END) AS status, min(completed_at) AS completed_at
FROM current_intakes WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31)))) GROUP BY visit_id;

-- name: deposits_of_visits
-- about: The deposits of some visits, oldest word first.
SELECT visit_id, payment_id, status, amount_cents, currency, paid_at FROM current_payments
WHERE deposit AND visit_id IN (SELECT unnest(string_split($ids, chr(31)))) ORDER BY visit_id, seq;

-- name: interests_of
-- about: Which of some inquiries are known to be followed by an interest.
SELECT inquiry_id FROM interests WHERE inquiry_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: deposit_tasks
-- about: The tasks about the deposits of some visits, closed ones included.
SELECT * FROM current_tasks WHERE kind = 'deposit_return' AND subject_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: links_of_visits
-- about: The newest link of some visits by which their deposit is paid (row 2.4).
SELECT visit_id, link FROM payment_links WHERE link IS NOT NULL AND visit_id IN (SELECT unnest(string_split($ids, chr(31))))
QUALIFY row_number() OVER (PARTITION BY visit_id ORDER BY seq DESC) = 1;

-- name: links_under_way
-- about: Of some visits, those for which a link is being made: what policy or a person holds is not.
SELECT subject_id, planned_at FROM open_actions
WHERE command = 'create_payment_link' AND state IN ('planned', 'cleared', 'claimed', 'not_sent', 'ambiguous')
  AND subject_id IN (SELECT unnest(string_split($ids, chr(31))));
