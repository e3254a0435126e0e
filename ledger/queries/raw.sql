-- What vendors sent, as it came: landing it, finding it again, and how far each stream was read.

-- name: latest_of_records
-- about: The newest raw row of each of these records: what it said, which run brought it, and whether it was erased.
SELECT record_id, arg_max(change_hash, seq) AS change_hash, arg_max(run_id, seq) AS run_id, arg_max(tombstone IS NOT NULL, seq) AS erased
FROM raw WHERE record_id IN (SELECT unnest(string_split($records, chr(31)))) GROUP BY record_id;

-- name: all_said_of_records
-- about: Everything these records ever said, by its hash.
SELECT DISTINCT record_id, change_hash FROM raw WHERE record_id IN (SELECT unnest(string_split($records, chr(31))));

-- name: known_raw
-- about: Which of these raw rows are here.
SELECT raw_id FROM raw WHERE raw_id IN (SELECT unnest(string_split($raw_ids, chr(31))));

-- name: living_records
-- about: Every record of a stream whose newest raw row is not a deletion, with the vendor's id.
SELECT record_id, arg_max(vendor_id, seq) AS vendor_id FROM raw
WHERE connection_id = $connection_id AND stream = $stream AND record_id IS NOT NULL
GROUP BY record_id HAVING NOT arg_max(deleted, seq) AND NOT arg_max(tombstone IS NOT NULL, seq);

-- name: next_raw_seq
-- about: The first raw row behind a number that can be mapped; null when there is none.
SELECT min(seq) AS seq FROM raw WHERE seq > $after AND record_id IS NOT NULL AND tombstone IS NULL;

-- name: raw_between
-- about: Raw rows of a range of numbers that nobody has mapped or set aside yet, oldest first.
SELECT r.seq, r.raw_id, r.record_id, r.connection_id, r.stream, r.vendor_id, r.format, r.body, r.origin, r.deleted, r.effective_at
FROM raw r
WHERE r.seq BETWEEN $first AND $last AND r.record_id IS NOT NULL AND r.tombstone IS NULL
  AND r.raw_id NOT IN (SELECT raw_id FROM versions WHERE seq > $first)
  AND r.raw_id NOT IN (SELECT raw_id FROM quarantine WHERE seq > $first AND stage = 'normalize')
ORDER BY r.seq;

-- name: raw_by_id
-- about: These raw rows, oldest first; erased ones are left out.
SELECT seq, raw_id, record_id, connection_id, stream, vendor_id, format, body, origin, deleted, effective_at
FROM raw WHERE raw_id IN (SELECT unnest(string_split($raw_ids, chr(31)))) AND record_id IS NOT NULL AND tombstone IS NULL
ORDER BY seq;

-- name: newest_raw_of_stream
-- about: The newest raw row of each record of a stream, behind a number, oldest first.
SELECT seq, raw_id, record_id, connection_id, stream, vendor_id, format, body, origin, deleted, effective_at
FROM raw WHERE connection_id = $connection_id AND stream = $stream AND record_id IS NOT NULL AND tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1 AND seq > $after
ORDER BY seq LIMIT $most;

-- name: raw_with_body
-- about: One raw row with its bytes.
SELECT seq, raw_id, record_id, connection_id, stream, vendor_id, content_hash, format, body, origin, deleted, run_id, recorded_at,
       effective_at, tombstone
FROM raw WHERE raw_id = $raw_id;

-- name: cursor_of_stream
-- about: How far a stream was read.
SELECT cursor, complete_read_at, updated_at FROM cursors WHERE connection_id = $connection_id AND stream = $stream;

-- name: cursors_of_connection
-- about: How far each stream of a connection was read.
SELECT stream, cursor FROM cursors WHERE connection_id = $connection_id;

-- name: move_cursor
-- about: A stream was read on; a complete pass also says when what it read was true.
UPDATE cursors SET cursor = $cursor, complete_read_at = coalesce($complete_read_at, complete_read_at), updated_at = $updated_at
WHERE connection_id = $connection_id AND stream = $stream;

-- name: stream_freshness
-- about: Every stream that was ever read, with the instant its last complete pass speaks of.
SELECT connection_id, stream, complete_read_at, updated_at FROM cursors ORDER BY connection_id, stream;
