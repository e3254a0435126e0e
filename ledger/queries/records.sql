-- Canonical versions of vendor records.

-- name: latest_of_versions
-- about: What the newest version of each of these records is, in short.
SELECT record_id, max(ordinal) AS ordinal, max(raw_seq) AS raw_seq, arg_max(effective_at, seq) AS effective_at,
       arg_max(body_hash, seq) AS body_hash, arg_max(deleted, seq) AS deleted, arg_max(mapping_hash, seq) AS mapping_hash
FROM versions WHERE record_id IN (SELECT unnest(string_split($records, chr(31)))) GROUP BY record_id;

-- name: latest_bodies
-- about: What the newest version of each of these records says.
SELECT record_id, arg_max(kind, seq) AS kind, arg_max(body, seq) AS body, arg_max(location_id, seq) AS location_id
FROM versions WHERE record_id IN (SELECT unnest(string_split($records, chr(31)))) AND tombstone IS NULL GROUP BY record_id;

-- name: all_erased_hashes
-- about: Keyed hashes of everything that was ever erased on somebody's request.
SELECT DISTINCT unnest(keyed_hashes::VARCHAR[]) AS hash FROM erasures WHERE keyed_hashes IS NOT NULL;

-- name: versions_of_record
-- about: Every version of one record, oldest first.
SELECT version_id, ordinal, raw_id, mapping_hash, deleted, recorded_at, effective_at
FROM versions WHERE record_id = $record_id ORDER BY seq;
