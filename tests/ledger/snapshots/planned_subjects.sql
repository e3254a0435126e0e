WITH done AS (                           -- what needs no second look until the subject changes
    SELECT subject_id, step, max(seq) AS seq FROM remembered
    WHERE state IN ('sent', 'delivered', 'bounced', 'rejected', 'refused', 'abandoned', 'expired', 'dropped')
       OR (state = 'absorbed' AND carrier_state IN ('sent', 'delivered', 'bounced', 'rejected', 'refused', 'abandoned', 'dropped'))
    GROUP BY subject_id, step
    UNION ALL SELECT subject_id, step, 9223372036854775807 FROM open_actions
), heard AS (                            -- visits about which something was told, or may have been, and when last
    SELECT subject_id, max(seq) AS seq FROM remembered WHERE tells <> '' AND told_at IS NOT NULL GROUP BY subject_id
    UNION ALL SELECT subject_id, 0 FROM open_actions WHERE state IN ('claimed', 'ambiguous')
), late_inquiries AS (
    SELECT * FROM inquiries WHERE recorded_at >= $events_since
    QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1
), late_suppressions AS (
    SELECT *, effective_at AS received_at FROM suppressions
    WHERE recorded_at >= $events_since AND scope = 'all' AND NOT lifted AND NOT provisional
), late_copies AS (
    SELECT *, effective_at AS received_at FROM opt_out_copies WHERE recorded_at >= $events_since
), late_tasks AS (
    SELECT *, opened_at AS received_at FROM tasks WHERE recorded_at >= $events_since
    QUALIFY row_number() OVER (PARTITION BY task_id ORDER BY seq DESC) = 1
)
SELECT v.visit_id AS subject_id FROM open_visits v
WHERE v.recorded_at >= $r0_0_since
  AND v.start_at >= $r0_1_since
  AND v.booked_at < $r0_2_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r0_status, v.status)
  AND v.booked_at >= $r0_live
  AND v.booked_vendor_time
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = v.visit_id AND d.step = $r0_step AND d.seq > v.seq)
UNION
SELECT v.visit_id AS subject_id FROM open_visits v
WHERE v.recorded_at >= $r1_0_since
  AND v.start_at >= $r1_1_since
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r1_status, v.status)
  AND EXISTS (SELECT 1 FROM heard h WHERE h.subject_id = v.visit_id AND h.seq < v.seq)
  AND v.changed_at >= $r1_live
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = v.visit_id AND d.step = $r1_step AND d.seq > v.seq)
UNION
SELECT v.visit_id AS subject_id FROM open_visits v
WHERE v.recorded_at >= $r2_0_since
  AND v.start_at >= $r2_1_since
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r2_status, v.status)
  AND EXISTS (SELECT 1 FROM heard h WHERE h.subject_id = v.visit_id AND h.seq < v.seq)
  AND v.changed_at >= $r2_live
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = v.visit_id AND d.step = $r2_step AND d.seq > v.seq)
UNION
SELECT v.visit_id AS subject_id FROM open_visits v
WHERE v.start_at >= $r3_0_since
  AND v.start_at < $r3_0_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r3_status, v.status)
  AND v.start_at >= $r3_live
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = v.visit_id AND d.step = $r3_step AND d.seq > v.seq)
UNION
SELECT v.visit_id AS subject_id FROM open_visits v
WHERE v.start_at >= $r4_0_since
  AND v.start_at < $r4_0_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r4_status, v.status)
  AND v.start_at >= $r4_live
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = v.visit_id AND d.step = $r4_step AND d.seq > v.seq)
UNION
SELECT v.visit_id AS subject_id FROM open_visits v
WHERE v.start_at >= $r5_0_since
  AND v.start_at < $r5_0_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r5_status, v.status)
  AND v.start_at >= $r5_live
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = v.visit_id AND d.step = $r5_step AND d.seq > v.seq)
UNION
SELECT i.inquiry_id AS subject_id FROM late_inquiries i
WHERE i.received_at >= $r6_0_since
  AND i.received_at < $r6_0_until
  AND i.received_at >= $r6_live
  AND i.vendor_time
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = i.inquiry_id AND d.step = $r6_step AND d.seq > i.seq)
UNION
SELECT i.inquiry_id AS subject_id FROM late_inquiries i
WHERE i.received_at >= $r7_0_since
  AND i.received_at < $r7_0_until
  AND i.received_at >= $r7_live
  AND i.vendor_time
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = i.inquiry_id AND d.step = $r7_step AND d.seq > i.seq)
UNION
SELECT i.inquiry_id AS subject_id FROM late_inquiries i
WHERE i.received_at >= $r8_0_since
  AND i.received_at < $r8_0_until
  AND i.received_at >= $r8_live
  AND i.vendor_time
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = i.inquiry_id AND d.step = $r8_step AND d.seq > i.seq)
UNION
SELECT i.inquiry_id AS subject_id FROM late_inquiries i
WHERE i.received_at >= $r9_0_since
  AND i.received_at < $r9_0_until
  AND i.received_at >= $r9_live
  AND i.vendor_time
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.subject_id = i.inquiry_id AND d.step = $r9_step AND d.seq > i.seq)
UNION
SELECT a.subject_id FROM open_actions a LEFT JOIN open_visits v ON v.visit_id = a.subject_id
WHERE a.state IN ('planned', 'cleared', 'delayed', 'awaiting_approval', 'blocked', 'not_sent')
  AND (a.due_at < $soon OR a.expires_at <= $now OR a.journeys <> $journeys OR a.state = 'not_sent'
       OR v.seq IS DISTINCT FROM a.fact_seq)
UNION
SELECT subject_id FROM remembered WHERE seq > $since
ORDER BY subject_id
