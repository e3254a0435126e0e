-- What came through the door: kept beside the records, and found again before anything is sent.

-- name: urgent_raw
-- about: Raw rows behind a number that came by webhook or belong to streams that carry what people say, oldest first.
SELECT seq, raw_id FROM raw
WHERE seq > $since AND record_id IS NOT NULL AND tombstone IS NULL
  AND (starts_with(origin, 'webhook ') OR concat(connection_id, '/', stream) IN (SELECT unnest(string_split($streams, chr(31)))))
ORDER BY seq LIMIT $most;

-- name: last_spoken_to
-- about: When a contact point was last written to; null when never.
SELECT max(claimed_at) AS claimed_at FROM attempts WHERE contact_point_id = $contact_point_id;
