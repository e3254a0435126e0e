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
)
SELECT $r0_rule AS rule, $r0_row AS "row", count(*) AS held FROM open_visits v
WHERE v.recorded_at >= $r0_0_since
  AND v.start_at >= $r0_1_since
  AND v.booked_at < $r0_2_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r0_status, v.status)
  AND NOT coalesce(v.booked_at >= $r0_live AND v.booked_vendor_time, false)
UNION ALL
SELECT $r1_rule AS rule, $r1_row AS "row", count(*) AS held FROM open_visits v
WHERE v.recorded_at >= $r1_0_since
  AND v.start_at >= $r1_1_since
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r1_status, v.status)
  AND EXISTS (SELECT 1 FROM remembered h WHERE h.subject_id = v.visit_id AND h.tells <> '' AND h.told_at IS NOT NULL)
  AND NOT coalesce(v.changed_at >= $r1_live, false)
UNION ALL
SELECT $r2_rule AS rule, $r2_row AS "row", count(*) AS held FROM open_visits v
WHERE v.recorded_at >= $r2_0_since
  AND v.start_at >= $r2_1_since
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r2_status, v.status)
  AND EXISTS (SELECT 1 FROM remembered h WHERE h.subject_id = v.visit_id AND h.tells <> '' AND h.told_at IS NOT NULL)
  AND NOT coalesce(v.changed_at >= $r2_live, false)
UNION ALL
SELECT $r3_rule AS rule, $r3_row AS "row", count(*) AS held FROM open_visits v
WHERE v.start_at >= $r3_0_since
  AND v.start_at < $r3_0_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r3_status, v.status)
  AND NOT coalesce(v.start_at >= $r3_live, false)
UNION ALL
SELECT $r4_rule AS rule, $r4_row AS "row", count(*) AS held FROM open_visits v
WHERE v.start_at >= $r4_0_since
  AND v.start_at < $r4_0_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r4_status, v.status)
  AND NOT coalesce(v.start_at >= $r4_live, false)
UNION ALL
SELECT $r5_rule AS rule, $r5_row AS "row", count(*) AS held FROM open_visits v
WHERE v.start_at >= $r5_0_since
  AND v.start_at < $r5_0_until
  AND NOT coalesce(v.walk_in, false)
  AND list_contains($r5_status, v.status)
  AND NOT coalesce(v.start_at >= $r5_live, false)
UNION ALL
SELECT $r6_rule AS rule, $r6_row AS "row", count(*) AS held FROM late_inquiries i
WHERE i.received_at >= $r6_0_since
  AND i.received_at < $r6_0_until
  AND NOT coalesce(i.received_at >= $r6_live AND i.vendor_time, false)
UNION ALL
SELECT $r7_rule AS rule, $r7_row AS "row", count(*) AS held FROM late_inquiries i
WHERE i.received_at >= $r7_0_since
  AND i.received_at < $r7_0_until
  AND NOT coalesce(i.received_at >= $r7_live AND i.vendor_time, false)
UNION ALL
SELECT $r8_rule AS rule, $r8_row AS "row", count(*) AS held FROM late_inquiries i
WHERE i.received_at >= $r8_0_since
  AND i.received_at < $r8_0_until
  AND NOT coalesce(i.received_at >= $r8_live AND i.vendor_time, false)
UNION ALL
SELECT $r9_rule AS rule, $r9_row AS "row", count(*) AS held FROM late_inquiries i
WHERE i.received_at >= $r9_0_since
  AND i.received_at < $r9_0_until
  AND NOT coalesce(i.received_at >= $r9_live AND i.vendor_time, false)
UNION ALL
SELECT $r10_rule AS rule, $r10_row AS "row", count(*) AS held FROM late_inquiries i
WHERE i.received_at >= $r10_0_since
  AND i.received_at < $r10_0_until
  AND NOT coalesce(i.received_at >= $r10_live AND i.vendor_time, false)
