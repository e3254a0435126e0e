-- How far the stages have read.

-- name: progress_of_stage
-- about: The last number one stage has dealt with.
SELECT seq FROM progress WHERE stage = $stage;

-- name: all_progress
-- about: The last number each stage has dealt with.
SELECT stage, seq FROM progress;

-- name: move_progress
-- about: A stage has dealt with everything up to a number.
UPDATE progress SET seq = $seq WHERE stage = $stage;

-- name: forget_progress
-- about: Drop the marks of all stages whose name starts with a prefix.
DELETE FROM progress WHERE starts_with(stage, $prefix);

-- name: newest_version
-- about: The newest version after a number; null when there is none.
SELECT max(seq) AS seq FROM versions WHERE seq > $since;
