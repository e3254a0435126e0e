-- What came through the door: kept beside the records, and found again before anything is sent.

-- name: urgent_raw
-- about: Raw rows behind a number that came by webhook or belong to streams that carry what people say, oldest first; no reports.
SELECT seq, raw_id FROM raw
WHERE seq > $since AND record_id IS NOT NULL AND tombstone IS NULL
  AND (starts_with(origin, 'webhook ') OR concat(connection_id, '/', stream) IN (SELECT unnest(string_split($streams, chr(31)))))
  AND concat(connection_id, '/', stream) NOT IN (SELECT unnest(string_split($reports, chr(31))))
ORDER BY seq LIMIT $most;

-- name: reported_raw
-- about: Raw rows behind a number that came by webhook and say what became of our own messages, oldest first.
SELECT seq, raw_id FROM raw
WHERE seq > $since AND record_id IS NOT NULL AND tombstone IS NULL AND starts_with(origin, 'webhook ')
  AND concat(connection_id, '/', stream) IN (SELECT unnest(string_split($reports, chr(31))))
ORDER BY seq LIMIT $most;

-- name: last_spoken_to
-- about: When a contact point was last written to; null when never.
SELECT max(claimed_at) AS claimed_at FROM attempts WHERE contact_point_id = $contact_point_id;

-- name: pulse
-- about: Whether anything waits for the fast lane: a due answer, notice or errand, or news that nothing was planned for yet.
SELECT
    EXISTS (
        SELECT 1 FROM open_actions
        WHERE state IN ('planned', 'delayed', 'cleared', 'not_sent') AND due_at <= $now AND (not_before IS NULL OR not_before <= $now)
          AND expires_at > $now AND (starts_with("row", '1.') OR starts_with("row", '7.') OR "row" IN ('2.5', '2.7', '2.8'))
    ) AS due,
    EXISTS (SELECT 1 FROM replies WHERE seq > $planned) OR EXISTS (SELECT 1 FROM inquiries WHERE seq > $planned)
    OR EXISTS (SELECT 1 FROM visit_versions WHERE seq > $planned) OR EXISTS (SELECT 1 FROM suppressions WHERE seq > $planned)
    OR EXISTS (SELECT 1 FROM opt_out_copies WHERE seq > $planned) OR EXISTS (SELECT 1 FROM tasks WHERE seq > $planned) AS news;
