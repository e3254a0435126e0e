-- Raw rows that nobody understood. Quarantine is a mark on them; releasing it is another row.

-- name: open_marks
-- about: Every open mark of a stream at one stage, oldest first.
SELECT seq, raw_id, origin, code, problem, next_step, mapping_hash, run_id, recorded_at
FROM open_quarantine WHERE connection_id = $connection_id AND stream = $stream AND stage = $stage ORDER BY seq LIMIT $most;

-- name: open_marks_by_reason
-- about: How many marks are open, by stream, stage and reason, with one place to look. One code may have several sentences.
SELECT connection_id, stream, stage, code, count(*) AS marks, problem, next_step, arg_min(origin, seq) AS first_origin, min(recorded_at) AS since
FROM open_quarantine GROUP BY connection_id, stream, stage, code, problem, next_step ORDER BY marks DESC, connection_id, stream, code, problem;

-- name: open_marks_at
-- about: Open marks of a stream's border at these lines, and those on one of these files as a whole, which have no bytes of their own.
SELECT q.raw_id FROM open_quarantine q
WHERE q.connection_id = $connection_id AND q.stream = $stream AND q.stage = 'border'
  AND (q.origin IN (SELECT unnest(string_split($origins, chr(31))))
    OR (regexp_replace(q.origin, ':[0-9]+$', '') IN (SELECT unnest(string_split($files, chr(31))))
        AND EXISTS (SELECT 1 FROM raw r WHERE r.raw_id = q.raw_id AND octet_length(r.body) = 0)));

-- name: released_last_by
-- about: Why the mark of one stage on some raw rows was last taken off, for those that have none now.
SELECT raw_id, arg_max(why, recorded_at) AS why FROM quarantine_released
WHERE stage = $stage AND raw_id IN (SELECT unnest(string_split($raw_ids, chr(31))))
  AND raw_id NOT IN (SELECT raw_id FROM open_quarantine WHERE stage = $stage)
GROUP BY raw_id;

-- name: any_open_marks
-- about: Whether a stream has open marks at one stage.
SELECT count(*) AS marks FROM open_quarantine WHERE connection_id = $connection_id AND stream = $stream AND stage = $stage;

-- name: any_marks_of_stage
-- about: One row when a stage has any open mark, none otherwise.
SELECT 1 AS found FROM open_quarantine WHERE stage = $stage LIMIT 1;

-- name: marked_rows
-- about: Raw rows of these records that normalize has set aside.
SELECT q.raw_id, r.record_id, r.seq FROM open_quarantine q JOIN raw r ON r.raw_id = q.raw_id
WHERE q.stage = 'normalize' AND r.record_id IN (SELECT unnest(string_split($records, chr(31))));
