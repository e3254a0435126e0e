WITH late_inquiries AS (
    SELECT i.*, w.interested_at FROM (
        SELECT * FROM inquiries
        WHERE recorded_at >= $events_since OR inquiry_id IN (SELECT inquiry_id FROM interests WHERE interested_at >= $events_since)
        QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1
    ) i LEFT JOIN current_interests w ON w.inquiry_id = i.inquiry_id
), late_suppressions AS (
    SELECT *, effective_at AS received_at FROM suppressions
    WHERE recorded_at >= $events_since AND scope = 'all' AND NOT lifted AND NOT provisional
), late_copies AS (
    SELECT *, effective_at AS received_at FROM opt_out_copies WHERE recorded_at >= $events_since
), late_tasks AS (
    SELECT *, opened_at AS received_at FROM tasks WHERE recorded_at >= $events_since
    QUALIFY row_number() OVER (PARTITION BY task_id ORDER BY seq DESC) = 1
), mailed AS (                           -- whoever has, or had, a mail address
    SELECT DISTINCT c.person_id FROM person_contacts c JOIN contact_points p ON p.contact_point_id = c.contact_point_id WHERE p.kind = 'email'
), near AS MATERIALIZED (
SELECT v.visit_id AS subject_id, v.seq, $r0_step AS step, false AS told FROM open_visits v
WHERE v.recorded_at >= $r0_0_since
  AND v.start_at >= $r0_1_since
  AND v.booked_at < $r0_2_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r0_status, v.status)
  AND v.booked_at >= $r0_live
  AND v.booked_vendor_time
UNION ALL
SELECT v.visit_id AS subject_id, v.seq, $r1_step AS step, true AS told FROM open_visits v
WHERE v.recorded_at >= $r1_0_since
  AND v.start_at >= $r1_1_since
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r1_status, v.status)
  AND v.changed_at >= $r1_live
UNION ALL
SELECT v.visit_id AS subject_id, v.seq, $r2_step AS step, true AS told FROM open_visits v
WHERE v.recorded_at >= $r2_0_since
  AND v.start_at >= $r2_1_since
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r2_status, v.status)
  AND v.changed_at >= $r2_live
UNION ALL
SELECT v.visit_id AS subject_id, v.seq, $r3_step AS step, false AS told FROM open_visits v
WHERE v.start_at >= $r3_0_since
  AND v.start_at < $r3_0_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r3_status, v.status)
  AND v.start_at >= $r3_live
UNION ALL
SELECT v.visit_id AS subject_id, v.seq, $r4_step AS step, false AS told FROM open_visits v
WHERE v.start_at >= $r4_0_since
  AND v.start_at < $r4_0_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r4_status, v.status)
  AND v.start_at >= $r4_live
UNION ALL
SELECT v.visit_id AS subject_id, v.seq, $r5_step AS step, false AS told FROM open_visits v
WHERE v.start_at >= $r5_0_since
  AND v.start_at < $r5_0_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r5_status, v.status)
  AND v.start_at >= $r5_live
UNION ALL
SELECT i.inquiry_id AS subject_id, i.seq, $r6_step AS step, false AS told FROM late_inquiries i
WHERE i.received_at >= $r6_0_since
  AND i.received_at < $r6_0_until
  AND i.received_at >= $r6_live
  AND i.vendor_time
UNION ALL
SELECT i.inquiry_id AS subject_id, i.seq, $r7_step AS step, false AS told FROM late_inquiries i
WHERE i.received_at >= $r7_0_since
  AND i.received_at < $r7_0_until
  AND i.received_at >= $r7_live
  AND i.vendor_time
UNION ALL
SELECT i.inquiry_id AS subject_id, i.seq, $r8_step AS step, false AS told FROM late_inquiries i
WHERE i.received_at >= $r8_0_since
  AND i.received_at < $r8_0_until
  AND i.received_at >= $r8_live
  AND i.vendor_time
UNION ALL
SELECT i.inquiry_id AS subject_id, i.seq, $r9_step AS step, false AS told FROM late_inquiries i
WHERE i.received_at >= $r9_0_since
  AND i.received_at < $r9_0_until
  AND i.received_at >= $r9_live
  AND i.vendor_time
UNION ALL
SELECT i.inquiry_id AS subject_id, i.seq, $r10_step AS step, false AS told FROM late_inquiries i
WHERE i.received_at >= $r10_0_since
  AND i.received_at < $r10_0_until
  AND i.received_at >= $r10_live
  AND i.vendor_time
UNION ALL
SELECT NULL::VARCHAR AS subject_id, NULL::BIGINT AS seq, NULL::VARCHAR AS step, false AS told WHERE false
), said AS MATERIALIZED (                   -- what is remembered of these, whether it used up its occurrence, and whether it told a time
    SELECT r.subject_id, r.step, r.seq, r.tells <> '' AND r.told_at IS NOT NULL AS told,
           r.state IN ('sent', 'delivered', 'bounced', 'rejected', 'refused', 'abandoned', 'expired', 'dropped')
           OR (r.state = 'absorbed' AND coalesce(r.carrier_state IN ('sent', 'delivered', 'bounced', 'rejected', 'refused', 'abandoned', 'dropped'), false)) AS used
    FROM remembered r SEMI JOIN near n ON n.subject_id = r.subject_id
)
SELECT n.subject_id FROM near n          -- of the step nothing is open, and nothing was settled since the subject changed
WHERE NOT n.told
  AND NOT EXISTS (SELECT 1 FROM open_actions a WHERE a.subject_id = n.subject_id AND a.step = n.step)
  AND NOT EXISTS (SELECT 1 FROM said d WHERE d.subject_id = n.subject_id AND d.step = n.step AND d.seq > n.seq AND d.used)
UNION
SELECT n.subject_id FROM near n          -- it changed after something was told about it, or may have been
JOIN (
    SELECT subject_id, max(seq) AS seq FROM (
        SELECT subject_id, seq FROM said WHERE told
        UNION ALL SELECT subject_id, 0 FROM open_actions WHERE state IN ('claimed', 'ambiguous')
    ) GROUP BY subject_id
) h ON h.subject_id = n.subject_id AND h.seq < n.seq
WHERE n.told
UNION
SELECT a.subject_id FROM open_actions a LEFT JOIN open_visits v ON v.visit_id = a.subject_id
WHERE a.state IN ('planned', 'cleared', 'delayed', 'awaiting_approval', 'blocked', 'not_sent')
  AND (a.due_at < $soon OR a.expires_at <= $now OR a.journeys <> $journeys OR v.seq IS DISTINCT FROM a.fact_seq)
UNION
SELECT subject_id FROM remembered WHERE seq > $since
ORDER BY subject_id
